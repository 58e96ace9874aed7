package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import ondol.TestInputs.Layout;
import org.junit.jupiter.api.Test;

/** Reductions over every set of axes, on empty tensors, with NaN and infinities. */
final class ReductionTest {
    private static final float INF = Float.POSITIVE_INFINITY;
    private static final float NAN = Float.NaN;

    private interface Over {
        Tensor apply(Tensor x, int[] axes, boolean keepDim);
    }

    /** All non-empty sets of axes of a 3-D tensor, some of them counted from the end. */
    private static int[][] axesOfThree() {
        return IntStream.range(1, 8)
                .mapToObj(bits -> IntStream.range(0, 3)
                        .filter(a -> (bits >> a & 1) != 0)
                        .map(a -> (bits & 2) != 0 && a == 2 ? -1 : a)
                        .toArray())
                .toArray(int[][]::new);
    }

    private static void everyAxes(String name, Over op, ToDoubleFunction<double[]> f, double tolerance) {
        Random random = new Random(TestInputs.SEED);
        NdArray a = TestInputs.uniform(random, -2, 2, 2, 3, 4);
        for (Layout layout : Layout.values()) {
            Tensor x = TestInputs.tensor(a, layout);
            for (int[] axes : axesOfThree()) {
                for (boolean keepDim : new boolean[] {false, true}) {
                    String what = name + " over " + Arrays.toString(axes) + ", " + layout + ", keepDim " + keepDim
                            + ", seed " + TestInputs.SEED;
                    NdArray expected = a.reduce(f, keepDim, axes);
                    NdArray actual = NdArray.of(op.apply(x, axes, keepDim));
                    assertArrayEquals(expected.shape, actual.shape, what);
                    assertArrayEquals(expected.data, actual.data, tolerance, what);
                }
            }
        }
    }

    @Test
    void overEverySetOfAxes() {
        everyAxes("sum", Tensor::sum, NdArray::sum, 1e-5);
        everyAxes("mean", Tensor::mean, ReductionCases::mean, 1e-6);
        everyAxes("amax", Tensor::amax, r -> Arrays.stream(r).max().getAsDouble(), 0);
        everyAxes("amin", Tensor::amin, r -> Arrays.stream(r).min().getAsDouble(), 0);
        for (int correction = 0; correction < 2; correction++) {
            int c = correction;
            everyAxes("var", (x, a, k) -> x.var(a, c, k), ReductionCases.variance(c), 1e-5);
            everyAxes("std", (x, a, k) -> x.std(a, c, k), ReductionCases.root(ReductionCases.variance(c)), 1e-5);
        }
        for (double p : new double[] {0, 0.5, 1, 2, 3}) {
            everyAxes("norm " + p, (x, a, k) -> x.norm(p, a, k), ReductionCases.norm(p), 2e-3);
        }
        everyAxes(
                "norm inf",
                (x, a, k) -> x.norm(INF, a, k),
                r -> Arrays.stream(r).map(Math::abs).max().getAsDouble(),
                0);
    }

    @Test
    void alongOneAxis() {
        Random random = new Random(TestInputs.SEED);
        NdArray a = TestInputs.uniform(random, -2, 2, 2, 3, 4);
        for (Layout layout : Layout.values()) {
            Tensor x = TestInputs.tensor(a, layout);
            for (int axis = -3; axis < 3; axis++) {
                for (boolean keep : new boolean[] {false, true}) {
                    NdArray largest = a.reduce(ReductionTest::argmax, keep, axis);
                    assertArrayEquals(largest.data, NdArray.of(x.argmax(axis, keep)).data);
                    assertArrayEquals(largest.data, NdArray.of(x.max(axis, keep).indices()).data);
                    assertArrayEquals(
                            largest.sizes(), x.argmax(axis, keep).shape().toArray());
                    NdArray least = a.map(v -> -v).reduce(ReductionTest::argmax, keep, axis);
                    assertArrayEquals(least.data, NdArray.of(x.argmin(axis, keep)).data);
                    assertArrayEquals(least.data, NdArray.of(x.min(axis, keep).indices()).data);
                    NdArray products = a.reduce(ReductionCases::product, keep, axis);
                    assertArrayEquals(products.data, NdArray.of(x.prod(axis, keep)).data, 1e-5);
                    NdArray any = a.reduce(r -> Arrays.stream(r).anyMatch(v -> v > 1) ? 1 : 0, keep, axis);
                    assertArrayEquals(any.data, NdArray.of(x.gt(1.0).any(axis, keep)).data);
                    NdArray all = a.reduce(r -> Arrays.stream(r).allMatch(v -> v > -1) ? 1 : 0, keep, axis);
                    assertArrayEquals(all.data, NdArray.of(x.gt(-1.0).all(axis, keep)).data);
                    NdArray logs = a.reduce(ReductionCases::logSumExp, keep, axis);
                    assertArrayEquals(logs.data, NdArray.of(x.logSumExp(axis, keep)).data, 1e-5);
                }
                NdArray sums = a.along(axis, ReductionCases::runningSum);
                assertArrayEquals(sums.data, NdArray.of(x.cumsum(axis)).data, 1e-5);
                NdArray softmax = a.along(axis, ReductionCases::softmax);
                assertArrayEquals(softmax.data, NdArray.of(x.softmax(axis)).data, 1e-6);
            }
            assertEquals(argmax(a.data), x.argmax().item());
        }
    }

    private static double argmax(double[] row) {
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }

    private interface Short {
        Tensor apply(Tensor x, int... axes);
    }

    /** The short forms are the long ones with their defaults; none named are all. */
    @Test
    void shortForms() {
        shortForm("sum", Tensor::sum, Tensor::sum, Tensor::sum);
        shortForm("mean", Tensor::mean, Tensor::mean, Tensor::mean);
        shortForm("var", (x, a) -> x.var(a), (x, a, k) -> x.var(a, k), (x, a, k) -> x.var(a, 1, k));
        shortForm("std", (x, a) -> x.std(a), (x, a, k) -> x.std(a, k), (x, a, k) -> x.std(a, 1, k));
        shortForm("amax", Tensor::amax, Tensor::amax, (x, a, k) -> x.norm(INF, a, k));
        shortForm("amin", Tensor::amin, Tensor::amin, (x, a, k) -> x.norm(-INF, a, k));
        shortForm("norm", (x, a) -> x.norm(3, a), (x, a, k) -> x.norm(3, a, k), (x, a, k) -> x.norm(3, a, k));
        shortForm(
                "logSumExp",
                Tensor::logSumExp,
                Tensor::logSumExp,
                (x, a, k) -> x.exp().sum(a, k).log());
        Tensor x = TestInputs.uniform(new Random(TestInputs.SEED), 1, 2, 2, 3).tensor();
        assertArrayEquals(x.std().toFloatArray(), x.std(0, 1).toFloatArray());
        assertArrayEquals(x.std(0, false).toFloatArray(), x.std(0).toFloatArray());
        assertArrayEquals(
                x.amax(new int[] {1}, true).toFloatArray(), x.amax(1, true).toFloatArray());
        assertArrayEquals(
                x.amin(new int[] {1}, true).toFloatArray(), x.amin(1, true).toFloatArray());
        assertArrayEquals(
                x.norm(3, new int[] {-1}, true).toFloatArray(),
                x.norm(3, -1, true).toFloatArray());
        assertArrayEquals(
                x.norm(3, ReductionOps.ALL, false).toFloatArray(), x.norm(3).toFloatArray());
        assertEquals(6, x.norm(0).item(), "the one argument is p");
        assertArrayEquals(x.prod(1, false).toFloatArray(), x.prod(1).toFloatArray());
        assertArrayEquals(
                x.gt(1.5).any(0, false).toBooleanArray(), x.gt(1.5).any(0).toBooleanArray());
        assertArrayEquals(
                x.gt(1.5).all(-1, false).toBooleanArray(), x.gt(1.5).all(-1).toBooleanArray());
    }

    private static void shortForm(String name, Short few, Over kept, Over expected) {
        Tensor x =
                TestInputs.uniform(new Random(TestInputs.SEED), 1, 2, 2, 3, 4).tensor();
        for (int[] axes : new int[][] {{}, {0}, {-1}, {2, 0}, {0, 1, 2}}) {
            String what = name + " over " + Arrays.toString(axes);
            Tensor y = expected.apply(x, axes, false);
            assertEquals(y.shape(), few.apply(x, axes).shape(), what);
            assertArrayEquals(y.toFloatArray(), few.apply(x, axes).toFloatArray(), 1e-5f, what);
            assertEquals(
                    expected.apply(x, axes, true).shape(),
                    kept.apply(x, axes, true).shape(),
                    what);
            assertArrayEquals(y.toFloatArray(), kept.apply(x, axes, true).toFloatArray(), 1e-5f, what);
        }
    }

    @Test
    void ofNothing() {
        Tensor none = Tensor.zeros(0);
        assertEquals(0, none.sum().item());
        assertEquals(1, none.prod().item());
        assertEquals(Double.NaN, none.mean().item());
        assertEquals(Double.NaN, none.var().item());
        assertEquals(0, none.norm().item());
        assertEquals(0, none.any().item());
        assertEquals(1, none.all().item());
        assertEquals(Double.NEGATIVE_INFINITY, none.logSumExp(0, false).item());
        assertEquals(0, none.cumsum(0).numel());
        assertEquals(0, none.softmax(0).numel());
        assertEquals(0, none.sort().values().numel());
        assertThrows(IllegalArgumentException.class, none::max);
        assertThrows(IllegalArgumentException.class, none::argmin);
        Tensor rows = Tensor.zeros(2, 0, 3);
        float[] six = new float[6];
        assertArrayEquals(six, rows.sum(1).toFloatArray());
        assertArrayEquals(new long[] {2, 1, 3}, rows.sum(1, true).shape().toArray());
        Arrays.fill(six, 1);
        assertArrayEquals(six, rows.prod(1, false).toFloatArray());
        Arrays.fill(six, NAN);
        assertArrayEquals(six, rows.mean(1).toFloatArray());
        assertArrayEquals(new boolean[6], rows.ne(0L).any(1, false).toBooleanArray());
        assertTrue(rows.ne(0L).all(1, false).all().item() == 1);
        // Along another axis nothing is reduced, and nothing comes out.
        assertArrayEquals(new long[] {0, 3}, rows.max(0).values().shape().toArray());
        assertArrayEquals(new long[] {2, 0}, rows.argmax(2).shape().toArray());
        assertArrayEquals(
                new long[] {2, 0, 1}, rows.amax(new int[] {2}, true).shape().toArray());
        assertThrows(IllegalArgumentException.class, () -> rows.max(1));
        assertThrows(IllegalArgumentException.class, () -> rows.argmax(1));
        assertThrows(IllegalArgumentException.class, () -> rows.amax(new int[] {0, 1}, false));
    }

    @Test
    void ofEveryEmptyShape() {
        for (int[] s : new int[][] {{2, 0, 3}, {0, 2, 3}, {2, 3, 0}, {0, 0, 2}, {2, 0, 0}, {0, 0, 0}}) {
            for (Layout layout : Layout.values()) {
                NdArray a = NdArray.zeros(s);
                Tensor x = TestInputs.tensor(a, layout);
                for (int[] axes : axesOfThree()) {
                    String what = Arrays.toString(s) + " over " + Arrays.toString(axes) + ", " + layout;
                    NdArray sum = a.reduce(NdArray::sum, true, axes);
                    assertArrayEquals(sum.data, NdArray.of(x.sum(axes, true)).data, what);
                    assertArrayEquals(sum.sizes(), x.sum(axes, true).shape().toArray(), what);
                    NdArray mean = a.reduce(ReductionCases::mean, false, axes);
                    assertArrayEquals(mean.data, NdArray.of(x.mean(axes, false)).data, what);
                    NdArray norm = a.reduce(ReductionCases.norm(2), false, axes);
                    assertArrayEquals(norm.data, NdArray.of(x.norm(2, axes, false)).data, what);
                }
                assertEquals(0, x.sum().item());
                assertEquals(1, x.prod().item());
                assertEquals(1, x.eq(x).all().item());
                assertEquals(0, x.to(DType.INT64).sum().item());
            }
        }
    }

    @Test
    void ofOneNumber() {
        Tensor x = Tensor.tensor(3.0);
        assertEquals(3, x.sum(0).item());
        assertEquals(3, x.sum(-1, true).item());
        assertEquals(0, x.sum(-1, true).dim());
        assertEquals(0, x.argmax(0).item());
        assertEquals(3, x.max(0).values().item());
        assertEquals(0, x.max(0).indices().item());
        assertEquals(1, x.softmax(0).item());
        assertEquals(0, x.logSoftmax(-1).item());
        assertEquals(3, x.cumsum(0).item());
        assertEquals(Double.NaN, x.var().item());
        assertEquals(Double.NaN, Tensor.ones(1).std().item());
        assertEquals(0, x.var(new int[0], 0, false).item());
        assertEquals(3, x.norm().item());
        assertEquals(3, x.mean().item());
    }

    @Test
    void moreCorrectionThanElements() {
        assertEquals(Double.NaN, Tensor.ones(2).var(new int[] {0}, 2, false).item());
        assertEquals(Double.NaN, Tensor.ones(2).var(new int[] {0}, 3, false).item());
        assertEquals(
                Double.POSITIVE_INFINITY,
                Tensor.tensor(1f, 2f).var(new int[] {0}, 2, false).item());
    }

    @Test
    void tiesGoToTheFirst() {
        assertEquals(0, Tensor.tensor(3f, 1f, 3f).argmax().item());
        assertEquals(1, Tensor.tensor(3f, 1f, 1f).argmin().item());
        assertEquals(1, Tensor.tensor(new float[][] {{1, 5}, {5, 2}}).argmax().item());
        assertEquals(1, Tensor.tensor(7L, 9L, 9L).max(0).indices().item());
        assertEquals(0, Tensor.tensor(-0.0, 0.0).argmax().item(), "-0 equals 0");
        // The same in a long row: the blocks and lanes of a device do not show.
        long[] values = new long[20_000];
        values[12_345] = 5;
        values[19_999] = 5;
        assertEquals(12_345, Tensor.tensor(values).argmax().item());
        assertEquals(
                12_345, Tensor.tensor(values).to(DType.FLOAT32).max(0).indices().item());
    }

    @Test
    void tiesShareTheGradient() {
        Tensor x = Tensor.tensor(new float[][] {{2, 1, 2}, {0, 2, 0}}).requiresGrad(true);
        x.max().backward();
        float third = 1 / 3f;
        assertArrayEquals(new float[] {third, 0, third, 0, third, 0}, x.grad().toFloatArray());
        x.zeroGrad();
        x.amin(new int[] {1}, false).sum().backward();
        assertArrayEquals(new float[] {0, 1, 0, 0.5f, 0, 0.5f}, x.grad().toFloatArray());
        x.zeroGrad();
        x.max(1).values().sum().backward();
        assertArrayEquals(new float[] {1, 0, 0, 0, 1, 0}, x.grad().toFloatArray(), "along an axis, the first has all");
        x.zeroGrad();
        x.maximum(Tensor.full(Shape.of(), 2)).sum().backward();
        assertArrayEquals(new float[] {0.5f, 0, 0.5f, 0, 0.5f, 0}, x.grad().toFloatArray());
    }

    @Test
    void nan() {
        Tensor x = Tensor.tensor(1f, NAN, 3f, NAN);
        assertEquals(Double.NaN, x.max().item());
        assertEquals(Double.NaN, x.min().item());
        assertEquals(Double.NaN, x.sum().item());
        assertEquals(Double.NaN, x.prod().item());
        assertEquals(Double.NaN, x.norm(INF, new int[0], false).item());
        assertEquals(1, x.argmax().item());
        assertEquals(1, x.argmin().item());
        assertEquals(1, x.min(0).indices().item());
        assertEquals(Double.NaN, x.min(0).values().item());
        assertEquals(1, Tensor.tensor(NAN).any().item(), "NaN is true");
        assertArrayEquals(new float[] {1, NAN, NAN, NAN}, x.cumsum(0).toFloatArray());
        assertEquals(Double.NaN, Tensor.tensor(INF, -INF).sum().item());
        assertEquals(Double.NaN, Tensor.tensor(0f, INF).prod().item());
        assertEquals(2, x.isNaN().sum().item());
    }

    @Test
    void norms() {
        Tensor x = Tensor.tensor(0f, -3f, 4f);
        assertEquals(5, x.norm().item());
        assertEquals(2, x.norm(0, new int[0], false).item());
        assertEquals(7, x.norm(1, new int[] {0}, false).item());
        assertEquals(4, x.norm(INF, new int[] {0}, false).item());
        assertEquals(4.497941494, x.norm(3, new int[] {0}, true).item(), 1e-5);
        assertEquals(0, x.norm(-1, new int[0], false).item());
        assertEquals(0, x.norm(-INF, new int[0], false).item());
        assertEquals(12 / 7.0, x.slice(0, 1, 3).norm(-1, new int[0], false).item(), 1e-6);
        assertEquals(3, x.slice(0, 1, 3).norm(-INF, new int[0], false).item());
        assertEquals(NAN, x.norm(NAN, new int[0], false).item());
        assertEquals(1e30f, Tensor.tensor(1e30f).norm().item(), "one number needs no square");
        assertEquals(INF, Tensor.tensor(3e20f, 4e20f).norm().item(), "squares beyond FLOAT32, as in PyTorch");
        assertEquals(
                5e20f,
                Tensor.tensor(3e20f, 4e20f).mul(0x1p-66).norm().mul(0x1p66).item(),
                1e14f);
        for (double p : new double[] {-INF, -2, 0.5, 1, 1.5, 2, 3, INF}) {
            Tensor zero = Tensor.zeros(2, 2).requiresGrad(true);
            zero.norm(p, new int[0], false).backward();
            assertArrayEquals(new float[4], zero.grad().toFloatArray(), "the gradient at 0, p = " + p);
        }
        Tensor same = Tensor.full(Shape.of(3), 2).requiresGrad(true);
        same.std().backward();
        assertArrayEquals(new float[3], same.grad().toFloatArray(), "the gradient of no deviation");
    }

    @Test
    void softmaxOfExtremes() {
        float[][] rows = {{INF, 0}, {-INF, -INF}, {-INF, 1}, {1000, 1000}, {NAN, 1}, {-1000, 1000}, {INF, INF}};
        Tensor x = Tensor.tensor(rows);
        float[] expected = {NAN, NAN, NAN, NAN, 0, 1, 0.5f, 0.5f, NAN, NAN, 0, 1, NAN, NAN};
        assertArrayEquals(expected, x.softmax(1).toFloatArray());
        float half = (float) -Math.log(2);
        float[] logs = {NAN, NAN, NAN, NAN, -INF, 0, half, half, NAN, NAN, -2000, 0, NAN, NAN};
        assertArrayEquals(logs, x.logSoftmax(1).toFloatArray(), 1e-6f);
    }

    @Test
    void logSumExpOfExtremes() {
        float[][] rows = {{INF, 0}, {-INF, -INF}, {-INF, 1}, {1000, 1000}, {NAN, 1}, {INF, -INF}, {INF, INF}};
        float[] expected = {INF, -INF, 1, 1000 + (float) Math.log(2), NAN, INF, INF};
        assertArrayEquals(expected, Tensor.tensor(rows).logSumExp(1, false).toFloatArray());
    }

    /** The block and lane edges of a sum, against exact sums of small integers. */
    @Test
    void longSumsOfIntegersAreExact() {
        for (int n : new int[] {63, 64, 65, 4095, 4096, 4097, 10_000, 65_537}) {
            Tensor x = Tensor.arange(n);
            long expected = (long) n * (n - 1) / 2;
            assertEquals((double) expected, x.sum().item(), "INT64, n = " + n);
            Tensor small = Tensor.ones(n);
            assertEquals(n, small.sum().item(), "n = " + n);
            assertEquals(1, small.mean().item(), "n = " + n);
            assertArrayEquals(
                    x.add(1L).to(DType.FLOAT32).toFloatArray(), small.cumsum(0).toFloatArray(), "n = " + n);
        }
    }

    @Test
    void axesAreChecked() {
        Tensor x = Tensor.zeros(2, 3);
        assertThrows(IndexOutOfBoundsException.class, () -> x.sum(2));
        assertThrows(IndexOutOfBoundsException.class, () -> x.mean(-3));
        assertThrows(IllegalArgumentException.class, () -> x.sum(0, 0));
        assertThrows(IllegalArgumentException.class, () -> x.sum(1, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> x.softmax(2));
    }
}
