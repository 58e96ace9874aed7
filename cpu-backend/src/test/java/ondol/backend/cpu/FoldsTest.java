package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;
import static ondol.kernel.ReduceOp.LANES;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rule of reductions, in {@link Folds}, {@link IntegerFolds}, {@link ColumnLanes} and {@link BlockResults}. */
class FoldsTest {
    /** What n values come to by the rule, as {@link ReduceOp} has it. */
    static float byRule(ReduceOp op, float... values) {
        float[] blocks = new float[Math.max(1, Math.ceilDiv(values.length, BLOCK))];
        for (int b = 0; b < blocks.length; b++) {
            float[] lanes = new float[LANES];
            Arrays.fill(lanes, Folds.identity(op));
            for (int k = b * BLOCK; k < Math.min(values.length, (b + 1) * BLOCK); k++) {
                lanes[k % LANES] = combine(op, lanes[k % LANES], values[k]);
            }
            for (int half = LANES / 2; half > 0; half /= 2) {
                for (int l = 0; l < half; l++) {
                    lanes[l] = combine(op, lanes[l], lanes[l + half]);
                }
            }
            blocks[b] = lanes[0];
        }
        return blocks.length == 1 ? blocks[0] : byRule(op, blocks);
    }

    private static float combine(ReduceOp op, float a, float b) {
        return switch (op) {
            case SUM -> a + b;
            case PROD -> a * b;
            case MAX, ARGMAX -> Math.max(a, b);
            case MIN, ARGMIN -> Math.min(a, b);
        };
    }

    private static final int[] COUNTS = {0, 1, 2, 31, 33, 63, 64, 65, 128, 200, 1000};

    /** Values near 1, whose products stay finite. */
    static float[] values(int n) {
        float[] values = Views.random(n, 3);
        for (int k = 0; k < n; k++) {
            values[k] = values[k] == 0 ? values[k] : 1 + values[k] / 100;
        }
        return values;
    }

    @ParameterizedTest
    @EnumSource
    void lanes(ReduceOp op) {
        float[] values = values(1010);
        for (int n : COUNTS) {
            float[] lanes = new float[LANES];
            Arrays.fill(lanes, Folds.identity(op));
            Folds.intoLanes(op, lanes, values, 10, n);
            assertEquals(byRule(op, Arrays.copyOfRange(values, 10, 10 + n)), Folds.fold(op, lanes));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MAX", "MIN"})
    void extremesOfNaNAndZeros(ReduceOp op) {
        for (float[] values : new float[][] {{1, Float.NaN, 2}, {0f, -0f}, {-0f, 0f}, {-0f, -0f}}) {
            float[] lanes = {Folds.identity(op)};
            Folds.intoLanes(op, lanes, values, 0, values.length);
            assertEquals(byRule(op, values), Folds.fold(op, lanes));
            float[] first = {values[0]};
            Folds.combine(op, first, new float[] {values[1]}, 1);
            assertEquals(combine(op, values[0], values[1]), first[0]);
        }
    }

    /** Each column comes to what it would come to as a row. */
    @ParameterizedTest
    @EnumSource
    void columns(ReduceOp op) {
        int n = 5;
        ColumnLanes lanes = new ColumnLanes(op, 9, new Scratch());
        for (int rows : COUNTS) {
            float[] values = values(rows * n);
            lanes.begin(n);
            for (int row = 0; row < rows; row++) {
                lanes.take(row, Arrays.copyOfRange(values, row * n, row * n + n));
            }
            float[] folded = lanes.fold(rows);
            for (int column = 0; column < n; column++) {
                assertEquals(byRule(op, Views.every(values, column, n, rows)), folded[column]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SUM", "PROD", "MAX", "MIN"})
    void integers(ReduceOp op) {
        long[] values = {99, 1L << 62, -3, 1L << 62, 5, 1L << 62, 7, 99};
        long sum = IntegerFolds.identity(op);
        sum = IntegerFolds.fold(op, sum, values, 1, 4);
        sum = IntegerFolds.fold(op, sum, values, 5, 2);
        long expected = switch (op) {
            case SUM -> -(1L << 62) + 9;
            case PROD -> 0;
            case MAX -> 1L << 62;
            default -> -3;
        };
        assertEquals(expected, sum);
        assertEquals(4, IntegerFolds.fold(op, IntegerFolds.identity(op), new long[] {4}, 0, 1));
    }

    private static ReducePlan plan(ReduceOp op, Type type) {
        Kernel.Reduce kernel = new Kernel.Reduce(Expr.input(0, type), op);
        long[] shape = {3};
        View[] in = {new View(new CpuBuffer(type, 3), shape, new long[] {1}, 0)};
        View[] out = {new View(new CpuBuffer(type, 1), new long[] {1}, new long[] {0}, 0)};
        Launch launch = new Launch(kernel, shape, 1, in, out, Launch.NO_SCALARS);
        return new ReducePlan(new Programs(List.of(kernel.value()), false, false), kernel, launch);
    }

    /** What blocks came to is combined by the same rule, as often as there are blocks of that. */
    @ParameterizedTest
    @EnumSource(names = {"SUM", "PROD", "MAX", "MIN"})
    void blocks(ReduceOp op) {
        for (int n : new int[] {1, 2, BLOCK, BLOCK + 1, 2 * BLOCK + 77}) {
            float[] values = values(n);
            BlockResults results = new BlockResults(plan(op, Type.F32), n + 3);
            BlockResults integers = new BlockResults(plan(op, Type.I64), n + 3);
            BlockResults once = new BlockResults(plan(op, Type.F32), 5);
            for (int k = 0; k < n; k++) {
                results.set(3 + k, values[k]);
                integers.set(3 + k, k + 1L);
            }
            int blocks = Math.ceilDiv(n, BLOCK);
            assertEquals(blocks, results.combineBlocks(3, n, once, 1));
            float expected = byRule(op, values);
            assertEquals(expected, Float.intBitsToFloat((int) once.combine(1, blocks)));
            assertEquals(expected, Float.intBitsToFloat((int) results.combine(3, n)));
            long[] numbers = new long[n];
            Arrays.setAll(numbers, k -> k + 1L);
            assertEquals(IntegerFolds.fold(op, IntegerFolds.identity(op), numbers, 0, n), integers.combine(3, n));
        }
    }

    /** A written loop leaves its results at a place of its own. */
    @ParameterizedTest
    @EnumSource(names = {"SUM", "PROD"})
    void resultsOfALoop(ReduceOp op) {
        BlockResults results = new BlockResults(plan(op, Type.F32), 4);
        ReduceArguments arguments = new ReduceArguments(1);
        results.into(arguments, 2);
        assertEquals(1, arguments.outPitch);
        arguments.out[arguments.outAt] = 3;
        arguments.out[arguments.outAt + arguments.outPitch] = 5;
        assertEquals(byRule(op, 3, 5), Float.intBitsToFloat((int) results.combine(2, 2)));
        assertArrayEquals(new float[] {0, 0}, Arrays.copyOf(arguments.out, 2));
    }
}
