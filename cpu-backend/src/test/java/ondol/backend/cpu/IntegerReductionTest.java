package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An {@link IntegerReduction} comes to what its elements come to one after the other, wherever they lie. */
class IntegerReductionTest {
    private static final Random RANDOM = new Random(4);
    private static final long[] LONGS = RANDOM.longs(200_000).toArray();
    private static final boolean[] MANY = new boolean[200_000];
    private static final boolean[] ALL = new boolean[200_000];

    static {
        for (int k = 0; k < MANY.length; k++) {
            MANY[k] = RANDOM.nextInt(10) > 0;
            ALL[k] = true;
        }
    }

    private static long[] n(long... numbers) {
        return numbers;
    }

    private static Kernel.Reduce kernel(ReduceOp op, Type type) {
        Expr x = Expr.input(0, type);
        return new Kernel.Reduce(op == ReduceOp.SUM ? x.to(Type.I64) : x, op);
    }

    private static Launch launch(Kernel.Reduce kernel, Object values, long[] shape, long axes, long... strides) {
        long[] kept = shape.clone();
        for (int a = 0; a < shape.length; a++) {
            kept[a] = (axes >>> a & 1) != 0 ? 1 : shape[a];
        }
        int size = (int) Arrays.stream(kept).reduce(1, (a, b) -> a * b);
        View[] in = {Views.of(values, shape, strides)};
        View[] out = {Views.rowMajor(kernel.outputType() == Type.BOOL ? new boolean[size] : new long[size], kept)};
        return new Launch(kernel, shape, axes, in, out, Launch.NO_SCALARS);
    }

    private static long number(Object array, int at) {
        return array instanceof boolean[] flags ? (flags[at] ? 1 : 0) : Array.getLong(array, at);
    }

    private static void assertReduces(ReduceOp op, Object values, long[] shape, long axes, long... strides) {
        Kernel.Reduce kernel = kernel(op, values instanceof long[] ? Type.I64 : Type.BOOL);
        assertTrue(IntegerReduction.takes(kernel));
        Launch launch = launch(kernel, values, shape, axes, strides);
        ReducePlan plan =
                new ReducePlan(new Programs(List.of(kernel.value().to(Type.I64)), false, false), kernel, launch);
        assertTrue(IntegerReduction.hasRoom(plan));
        try (Workers workers = new Workers(3, 0)) {
            new IntegerReduction(plan, launch).run(workers);
        }
        for (int k = 0; k < plan.kept.count; k++) {
            long place = plan.kept.offset(0, k);
            LongStream elements = LongStream.range(0, plan.reduced.count)
                    .map(i -> number(values, (int) (place + plan.reduced.offset(0, i))));
            long expected = switch (op) {
                case SUM -> elements.sum();
                case PROD -> elements.reduce(1, (a, b) -> a * b);
                case MAX -> elements.max().orElseThrow();
                default -> elements.min().orElseThrow();
            };
            assertEquals(expected, number(Views.array(launch.outputs()[0]), k), Arrays.toString(shape));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SUM", "PROD", "MAX", "MIN"})
    void likeOneAfterTheOther(ReduceOp op) {
        for (Object values : op == ReduceOp.PROD ? new Object[] {LONGS} : new Object[] {LONGS, MANY, ALL}) {
            assertReduces(op, values, n(200_000), 0b1, n(1)); // several pieces
            assertReduces(op, values, n(2, 70_000), 0b10, n(70_000, 1));
            assertReduces(op, values, n(70_000, 2), 0b01, n(2, 1));
            assertReduces(op, values, n(300, 70), 0b10, n(70, 1));
            assertReduces(op, values, n(300, 70), 0b01, n(70, 1));
            assertReduces(op, values, n(3, 1500), 0b10, n(2, 7)); // apart
            assertReduces(op, values, n(3, 9000), 0b01, n(9001, 1)); // more columns than at once
            assertReduces(op, values, n(30, 5, 100), 0b011, n(700, 110, 1)); // rows in runs
            assertReduces(op, values, n(30, 5, 100), 0b101, n(700, 110, 1));
            assertReduces(op, values, n(20, 3, 90), 0b001, n(500, 100, 1)); // columns in runs
            assertReduces(op, values, n(40, 12, 3), 0b001, n(500, 40, 1));
            assertReduces(op, values, n(20, 400), 0b01, n(0, 1)); // equal rows
        }
    }

    @Test
    void noneHaveTheSumZero() {
        assertReduces(ReduceOp.SUM, LONGS, n(0, 5), 0b01, n(5, 1));
        assertReduces(ReduceOp.SUM, MANY, n(5, 0), 0b10, n(1, 1));
        assertReduces(ReduceOp.SUM, MANY, n(0, 5), 0b10, n(5, 1));
    }

    @Test
    void notExpressionsNorIndicesNorFloats() {
        Expr x = Expr.input(0, Type.I64);
        assertFalse(IntegerReduction.takes(new Kernel.Reduce(x.mul(x), ReduceOp.SUM)));
        assertFalse(IntegerReduction.takes(new Kernel.Reduce(x, ReduceOp.ARGMAX)));
        assertFalse(IntegerReduction.takes(new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM)));
        assertFalse(
                IntegerReduction.takes(new Kernel.Reduce(Expr.input(0, Type.F32).to(Type.I64), ReduceOp.SUM)));
    }

    @Test
    void notMorePiecesThanThereIsRoomFor() {
        Kernel.Reduce kernel = kernel(ReduceOp.SUM, Type.I64);
        for (long repeats : new long[] {1L << 30, 1L << 45}) {
            Launch launch = launch(kernel, LONGS, n(repeats, 300), 0b01, n(0, 1));
            ReducePlan plan = new ReducePlan(new Programs(List.of(kernel.value()), false, false), kernel, launch);
            assertFalse(IntegerReduction.hasRoom(plan));
        }
    }
}
