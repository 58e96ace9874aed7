package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

/** Columns come to the rule, however many rows a {@link ColumnReduction} takes at once and wherever they lie. */
class ColumnReductionTest {
    private static final Expr X = Expr.input(0, Type.F32);

    private static long[] n(long... numbers) {
        return numbers;
    }

    /** What every kept element's reduced elements come to, one after the other. */
    private static Object[] byRule(ReduceOp op, float[] values, ReducePlan plan) {
        Object[] expected = new Object[(int) plan.kept.count];
        for (int k = 0; k < expected.length; k++) {
            float[] column = new float[(int) plan.reduced.count];
            for (int i = 0; i < column.length; i++) {
                column[i] = values[(int) (plan.kept.offset(0, k) + plan.reduced.offset(0, i))];
            }
            expected[k] = op.isArg() ? (Object) first(op, column) : (Object) FoldsTest.byRule(op, column);
        }
        return expected;
    }

    private static long first(ReduceOp op, float[] column) {
        int best = 0;
        for (int i = 1; i < column.length && !Float.isNaN(column[best]); i++) {
            boolean wins = op == ReduceOp.ARGMAX ? column[i] > column[best] : column[i] < column[best];
            best = wins || Float.isNaN(column[i]) ? i : best;
        }
        return best;
    }

    private static Launch launch(ReduceOp op, float[] values, long[] shape, long axes, long... strides) {
        Kernel.Reduce kernel = new Kernel.Reduce(X, op);
        long[] kept = shape.clone();
        for (int a = 0; a < shape.length; a++) {
            kept[a] = (axes >>> a & 1) != 0 ? 1 : shape[a];
        }
        int size = (int) Arrays.stream(kept).reduce(1, (a, b) -> a * b);
        View[] in = {Views.of(values, shape, strides)};
        View[] out = {Views.rowMajor(op.isArg() ? new long[size] : new float[size], kept)};
        return new Launch(kernel, shape, axes, in, out, Launch.NO_SCALARS);
    }

    private static ReducePlan plan(Launch launch) {
        Kernel.Reduce kernel = (Kernel.Reduce) launch.kernel();
        return new ReducePlan(new Programs(List.of(X), false, false), kernel, launch);
    }

    private static void assertColumns(ReduceOp op, float[] values, long[] shape, long axes, long... strides) {
        Launch launch = launch(op, values, shape, axes, strides);
        ReducePlan plan = plan(launch);
        Object[] expected = byRule(op, values, plan);
        for (int threads : new int[] {1, 3}) {
            ReduceLoopPlan loop = new ReduceLoopPlan.Loops((Kernel.Reduce) launch.kernel()).plan(plan, threads, true);
            assertTrue(loop.byColumns || op.isArg() && expected.length < 10, () -> Arrays.toString(shape));
            try (Workers workers = new Workers(threads, 0)) {
                if (loop.byColumns) {
                    new ColumnReduction(plan, loop, launch).run(workers);
                } else {
                    new RowReduction(plan, loop, launch).run(workers);
                }
            }
            Object array = Views.array(launch.outputs()[0]);
            for (int k = 0; k < expected.length; k++) {
                Object actual = array instanceof long[] longs ? (Object) longs[k] : (Object) ((float[]) array)[k];
                assertEquals(expected[k], actual, Arrays.toString(shape) + " column " + k);
            }
        }
    }

    private static void assertColumns(ReduceOp op, float[] values) {
        assertColumns(op, values, n(300, 70), 0b01, n(70, 1)); // rows three at a time
        assertColumns(op, values, n(150, 70), 0b01, n(70, 1));
        assertColumns(op, values, n(1000, 7), 0b01, n(7, 1)); // many short rows at a time
        assertColumns(op, values, n(9000, 2), 0b01, n(2, 1)); // and several blocks
        assertColumns(op, values, n(4100, 5), 0b01, n(5, 1));
        assertColumns(op, values, n(77, 7), 0b01, n(9, 1)); // not side by side
        assertColumns(op, values, n(9, 2100), 0b01, n(2100, 1)); // more columns than at once
        assertColumns(op, values, n(64, 300), 0b01, n(300, 1));
        assertColumns(op, values, n(30, 5, 100), 0b011, n(700, 110, 1)); // rows in runs
        assertColumns(op, values, n(3, 150, 40), 0b011, n(6050, 40, 1));
        assertColumns(op, values, n(40, 12, 30), 0b001, n(500, 40, 1)); // columns in runs, by table
        assertColumns(op, values, n(20, 400), 0b01, n(0, 1)); // equal rows
    }

    @ParameterizedTest
    @EnumSource
    void byRule(ReduceOp op) {
        assertColumns(op, FoldsTest.values(21_000));
    }

    @ParameterizedTest
    @EnumSource(names = {"MAX", "MIN", "ARGMAX", "ARGMIN"})
    void extremes(ReduceOp op) {
        float[] values = Views.random(21_000, 5);
        for (int k = 0; k < values.length; k++) {
            values[k] = Math.round(values[k]); // many that are equal, and zeros of both signs
        }
        assertColumns(op, values);
        for (int k = 0; k < values.length; k += 177) {
            values[k] = Float.NaN;
        }
        assertColumns(op, values);
        Arrays.fill(
                values,
                op == ReduceOp.MAX || op == ReduceOp.ARGMAX ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY);
        assertColumns(op, values);
    }

    /** More blocks than a block has elements: what they come to is combined twice. */
    @ParameterizedTest
    @EnumSource(names = {"SUM", "MAX"})
    void moreBlocksThanOneTakes(ReduceOp op) {
        int columns = 20;
        int rows = 3 * 41; // repeated as a whole
        float[] values = FoldsTest.values(rows * columns);
        long repeats = BLOCK * (BLOCK + 2L) / rows;
        Launch launch = launch(op, values, n(repeats, rows, columns), 0b011, n(0, columns, 1));
        ReducePlan plan = plan(launch);
        assertTrue(plan.blocks() > BLOCK && plan.byColumns);
        try (Workers workers = new Workers(2, 0)) {
            new ColumnReduction(plan, null, launch).run(workers);
        }
        float[] actual = Views.floats(launch.outputs()[0]);
        int blocks = (int) plan.blocks();
        for (int k = 0; k < columns; k++) {
            float[] results = new float[blocks];
            float[] known = new float[rows]; // a block's result depends on where in the repeated rows it begins
            Arrays.fill(known, Float.NaN);
            for (int b = 0; b < blocks; b++) {
                long first = (long) b * BLOCK;
                int start = (int) (first % rows);
                int some = (int) Math.min(BLOCK, repeats * rows - first);
                if (Float.isNaN(known[start]) || some < BLOCK) {
                    float[] block = new float[some];
                    for (int i = 0; i < some; i++) {
                        block[i] = values[(start + i) % rows * columns + k];
                    }
                    known[start] = FoldsTest.byRule(op, block);
                }
                results[b] = known[start];
            }
            assertEquals(FoldsTest.byRule(op, results), actual[k]);
        }
    }
}
