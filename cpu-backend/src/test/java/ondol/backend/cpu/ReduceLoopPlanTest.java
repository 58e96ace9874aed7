package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.LANES;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Which launches have a {@link ReduceLoop}, by a {@link RowLoopWriter} or a {@link ColumnLoopWriter}, and how a
 * {@link ReduceLoopPlan} lets it read them.
 */
class ReduceLoopPlanTest {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr Y = Expr.input(1, Type.F32);
    private static final Kernel.Reduce SUM = new Kernel.Reduce(X, ReduceOp.SUM);

    /** Over views that repeat one long row of ascending numbers, with strides for each input. */
    private static Launch launch(Kernel.Reduce kernel, long[] shape, long axes, long[]... strides) {
        float[] numbers = new float[100_000];
        IntStream.range(0, numbers.length).forEach(k -> numbers[k] = k);
        View[] in = Arrays.stream(strides).map(s -> Views.of(numbers, shape, s)).toArray(View[]::new);
        long[] kept = shape.clone();
        IntStream.range(0, shape.length).filter(a -> (axes >>> a & 1) != 0).forEach(a -> kept[a] = 1);
        long size = Arrays.stream(kept).reduce(1, (a, b) -> a * b);
        View[] out = {new View(new CpuBuffer(kernel.outputType(), size), kept, Space.rowMajor(kept), 0)};
        return new Launch(kernel, shape, axes, in, out, Launch.NO_SCALARS);
    }

    private static ReducePlan layout(Launch launch) {
        Kernel.Reduce kernel = (Kernel.Reduce) launch.kernel();
        return new ReducePlan(new Programs(List.of(kernel.value()), false, false), kernel, launch);
    }

    private static ReduceLoopPlan plan(Kernel.Reduce kernel, long[] shape, long axes, long[]... strides) {
        return new ReduceLoopPlan.Loops(kernel).plan(layout(launch(kernel, shape, axes, strides)), 1, true);
    }

    private static long[] n(long... numbers) {
        return numbers;
    }

    @Test
    void rowsAndColumns() {
        ReduceLoopPlan rows = plan(SUM, n(300, 300), 0b10, n(300, 1));
        assertFalse(rows.byColumns || rows.hasCopies);
        ReduceLoopPlan columns = plan(SUM, n(300, 300), 0b01, n(300, 1));
        assertTrue(columns.byColumns);
        assertEquals(4, columns.rounds);
        assertEquals(2, plan(SUM, n(130, 300), 0b01, n(300, 1)).rounds);
        assertEquals(1, plan(SUM, n(100, 300), 0b01, n(300, 1)).rounds);
        assertFalse(plan(SUM, n(300, 300), 0b01, n(1, 300)).byColumns, "rows of the transpose");
    }

    /** Columns are cut up among threads; short rows that lie side by side are taken as one. */
    @Test
    void columnsAtOnce() {
        ReducePlan wide = layout(launch(SUM, n(20, 3000), 0b01, n(3000, 1)));
        ReduceLoopPlan.Loops loops = new ReduceLoopPlan.Loops(SUM);
        assertEquals(1008, loops.plan(wide, 1, true).length);
        assertEquals(375, loops.plan(wide, 8, true).length);
        assertEquals(64, loops.plan(wide, 100, true).length);
        assertEquals(1, loops.plan(wide, 1, true).group);
        assertEquals(32, plan(SUM, n(300, 5), 0b01, n(5, 1)).group);
        assertEquals(1, plan(SUM, n(300, 5), 0b01, n(6, 1)).group, "something between the rows");
        ReduceLoopPlan repeated = plan(new Kernel.Reduce(X.mul(Y), ReduceOp.SUM), n(300, 20), 0b01, n(20, 1), n(1, 0));
        assertEquals(1, repeated.group, "an element for each row");
        assertEquals(4, repeated.place(0, 4));
        assertEquals(0, repeated.place(1, 4));
        assertEquals(20, plan(SUM, n(40, 12, 3), 0b001, n(500, 10, 1)).place(0, 6), "by table");
    }

    @Test
    void theseHaveNone() {
        assertNull(plan(SUM, n(3, 0), 0b10, n(1, 1)), "nothing to reduce");
        assertNull(plan(SUM, n(0, 3), 0b10, n(3, 1)), "nothing kept");
        Kernel.Reduce longs = new Kernel.Reduce(X.to(Type.I64).to(Type.F32), ReduceOp.SUM);
        assertNull(plan(longs, n(3, 3), 0b10, n(3, 1)), "another type");
        Kernel.Reduce argmax = new Kernel.Reduce(X, ReduceOp.ARGMAX);
        assertNotNull(plan(argmax, n(3, 5000), 0b10, n(5000, 1)));
        assertFalse(plan(argmax, n(1000, 3), 0b01, n(3, 1)).byColumns, "a table of a column");
        assertTrue(plan(argmax, n(5000, 3), 0b01, n(3, 1)).byColumns, "a column longer than a block");
        assertTrue(plan(argmax, n(3, 4, 3), 0b101, n(12, 3, 1)).byColumns, "an index of two axes");
    }

    /** Without leave to write one, a launch has only the loops that there are. */
    @Test
    void aLoopIsWrittenOnceForEachWayToRead() {
        ReduceLoopPlan.Loops loops = new ReduceLoopPlan.Loops(SUM);
        ReducePlan rows = layout(launch(SUM, n(300, 300), 0b10, n(300, 1)));
        ReducePlan others = layout(launch(SUM, n(10, 500), 0b10, n(500, 1)));
        ReducePlan columns = layout(launch(SUM, n(300, 300), 0b01, n(300, 1)));
        assertNull(loops.plan(rows, 1, false));
        ReduceLoop loop = loops.plan(rows, 1, true).loop;
        assertSame(loop, loops.plan(rows, 1, false).loop);
        assertSame(loop, loops.plan(others, 1, false).loop);
        assertNull(loops.plan(columns, 1, false));
        assertTrue(loops.plan(columns, 1, true).byColumns);
    }

    /** The elements of a row of 12 x 4, with those of another between them. */
    @Test
    void tables() {
        Launch launch = launch(SUM, n(12, 2, 4), 0b101, n(8, 4, 1));
        ReduceLoopPlan plan = new ReduceLoopPlan.Loops(SUM).plan(layout(launch), 1, true);
        assertFalse(plan.byColumns || plan.hasCopies || plan.isOneElement(0));
        ReduceArguments arguments = plan.arguments(launch, new float[LANES]);
        plan.elements(arguments, 48);
        assertEquals(48, arguments.n);
        assertSame(Views.floats(launch.inputs()[0]), arguments.arrays[0]);
        for (int k = 0; k < 48; k++) {
            assertEquals(k / 4 * 8 + k % 4, arguments.tables[0][k]);
        }
        plan.elements(arguments, 5);
        assertArrayEquals(new int[] {0, 1, 2, 3, 8, 0}, Arrays.copyOf(arguments.tables[0], 6));
    }

    @Test
    void copiesAndRepeatedElements() {
        assertTrue(plan(SUM, n(4, 8, 16), 0b101, n(128, 16, 1)).isCopied(0), "long runs");
        assertFalse(plan(SUM, n(4, 8, 4), 0b101, n(32, 4, 1)).isCopied(0), "short ones");
        Kernel.Reduce product = new Kernel.Reduce(X.mul(Y), ReduceOp.SUM);
        ReduceLoopPlan plan = plan(product, n(30, 50), 0b10, n(50, 1), n(1, 0));
        assertFalse(plan.byColumns || plan.isOneElement(0));
        assertTrue(plan.isOneElement(1));
    }

    /** Three rows at once, by the rule. */
    @ParameterizedTest
    @EnumSource
    void aLoopOverRows(ReduceOp op) {
        Kernel.Reduce kernel = new Kernel.Reduce(X, op);
        float[] values = FoldsTest.values(900);
        ReduceLoopPlan plan = plan(kernel, n(3, 300), 0b10, n(300, 1));
        for (int n : new int[] {1, 3, 63, 64, 65, 200, 299}) {
            ReduceArguments arguments = new ReduceArguments(1);
            plan.elements(arguments, n);
            arguments.arrays[0] = values;
            arguments.at[0] = 1;
            arguments.pitch[0] = 300;
            arguments.count = 3;
            arguments.lanes = new float[LANES];
            arguments.out = new float[7];
            arguments.outAt = 1;
            arguments.outPitch = 2;
            plan.loop.run(arguments);
            for (int row = 0; row < 3; row++) {
                float[] elements = Views.every(values, 1 + 300 * row, 1, n);
                assertEquals(FoldsTest.byRule(op, elements), arguments.out[1 + 2 * row], n + " elements");
                assertEquals(0, arguments.out[2 * row]);
            }
        }
    }

    /** What compiles a loop runs it within arrays of its own. */
    @Test
    void exercises() {
        for (ReduceLoopPlan plan : new ReduceLoopPlan[] {
            plan(SUM, n(300, 300), 0b10, n(300, 1)),
            plan(SUM, n(300, 300), 0b01, n(300, 1)),
            plan(SUM, n(12, 2, 4), 0b101, n(8, 4, 1))
        }) {
            Warmup.Exercise exercise = plan.exercises().getFirst();
            assertEquals(1, plan.exercises().size());
            assertSame(plan.loop.getClass(), exercise.key());
            for (int n : new int[] {0, 1, 63, 300, 1024, 1024}) {
                exercise.elements().accept(n);
            }
        }
        List<Warmup.Exercise> copying =
                plan(SUM, n(4, 8, 16), 0b101, n(128, 16, 1)).exercises();
        assertEquals(VectorMatMul.copying().key(), copying.getLast().key());
        assertEquals(2, copying.size());
    }
}
