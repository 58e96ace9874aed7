package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A {@link RowReduction} and a {@link ColumnReduction}, plain and written, come to what {@link ReduceRunner} does: the rule. */
class ReduceRunnerTest {
    private static final Expr X = Expr.input(0, Type.F32);

    private static void assertRows(ReduceOp op, int rows, int n, boolean transposed) {
        Kernel.Reduce kernel = new Kernel.Reduce(X, op);
        float[] values = FoldsTest.values(rows * n);
        long[] shape = {rows, n};
        View[] in = {transposed ? Views.of(values, shape, 1, rows) : Views.rowMajor(values, shape)};
        float[] expected = new float[rows];
        for (int row = 0; row < rows; row++) {
            expected[row] = FoldsTest.byRule(
                    op, transposed ? Views.every(values, row, rows, n) : Views.every(values, row * n, 1, n));
        }
        View[] out = {Views.of(new float[rows], new long[] {rows, 1}, 1, 0)};
        Launch launch = new Launch(kernel, shape, 0b10, in, out, Launch.NO_SCALARS);
        ReducePlan plan = new ReducePlan(new Programs(List.of(X), false, false), kernel, launch);
        ReduceLoopPlan loop = new ReduceLoopPlan.Loops(kernel).plan(plan, 3, true);
        try (Workers workers = new Workers(3, 0)) {
            if (plan.byColumns) {
                assertGives(expected, out[0], w -> new ColumnReduction(plan, null, launch).run(w), workers);
            } else {
                assertGives(expected, out[0], w -> new RowReduction(plan, null, launch).run(w), workers);
            }
            if (loop.byColumns) {
                assertGives(expected, out[0], w -> new ColumnReduction(plan, loop, launch).run(w), workers);
            } else {
                assertGives(expected, out[0], w -> new RowReduction(plan, loop, launch).run(w), workers);
            }
            for (boolean vector : new boolean[] {false, true}) {
                LoopChoice choice = new LoopChoice(vector, null);
                assertGives(expected, out[0], w -> new ReduceRunner(kernel, choice, w).run(launch), workers);
            }
        }
    }

    /** Each is a sum of products over samples and places, of windows that lie in runs and of an image without gaps. */
    @ParameterizedTest
    @CsvSource({"3, 40, 35", "2, 3, 9", "1, 300, 17", "5, 30, 70", "30, 1, 300"})
    void windows(int samples, int high, int wide) {
        int pitch = wide + 2;
        int plane = (high + 2) * pitch;
        int n = samples * high * wide;
        Kernel.Reduce kernel = new Kernel.Reduce(X.mul(Expr.input(1, Type.F32)), ReduceOp.SUM);
        float[] image = FoldsTest.values(samples * plane);
        float[] gradient = Views.random(n, 8);
        long[] shape = {samples, high, wide, 3, 3};
        View[] in = {
            Views.of(image, shape, plane, pitch, 1, pitch, 1),
            Views.of(gradient, shape, (long) high * wide, wide, 1, 0, 0)
        };
        float[] expected = new float[9];
        float[] products = new float[n];
        for (int tap = 0; tap < 9; tap++) {
            for (int k = 0; k < n; k++) {
                int row = k / wide;
                int at = row / high * plane + (row % high + tap / 3) * pitch + k % wide + tap % 3;
                products[k] = image[at] * gradient[k];
            }
            expected[tap] = FoldsTest.byRule(ReduceOp.SUM, products);
        }
        View[] out = {Views.of(new float[9], new long[] {1, 1, 1, 3, 3}, 0, 0, 0, 3, 1)};
        Launch launch = new Launch(kernel, shape, 0b111, in, out, Launch.NO_SCALARS);
        try (Workers workers = new Workers(3, 0)) {
            for (boolean vector : new boolean[] {false, true}) {
                LoopChoice choice = new LoopChoice(vector, null);
                assertGives(expected, out[0], w -> new ReduceRunner(kernel, choice, w).run(launch), workers);
            }
        }
    }

    private static void assertGives(float[] expected, View out, Consumer<Workers> reduction, Workers workers) {
        Arrays.fill(Views.floats(out), 77);
        reduction.accept(workers);
        assertArrayEquals(expected, Views.floats(out));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 70", "70, 3", "300, 300", "2, 4096", "3, 9000", "40, 4097", "500, 4099"})
    void byRule(int rows, int n) {
        for (ReduceOp op : new ReduceOp[] {ReduceOp.SUM, ReduceOp.PROD, ReduceOp.MAX, ReduceOp.MIN}) {
            assertRows(op, rows, n, false);
            assertRows(op, rows, n, true);
        }
    }
}
