package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import ondol.TestInputs.Layout;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Special values of pointwise functions, as PyTorch 1.13 gives them on a CPU, comparisons, choices, broadcasting. */
final class PointwiseTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private static final double[] X = {
        0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, INF, -INF, NAN, 1e-40, -3.7, 100, -100, 3e38, 8388609
    };

    /** Values to 4 ulp, with the sign of zeros; {@code X}'s in order. */
    private static DynamicTest special(String name, UnaryOperator<Tensor> f, double... expected) {
        return dynamicTest(name, () -> {
            float[] actual = f.apply(Tensor.tensor(X)).toFloatArray();
            assertEquals(X.length, expected.length);
            for (int i = 0; i < X.length; i++) {
                float e = (float) expected[i];
                String what = name + "(" + X[i] + ")";
                if (e == 0 || Float.isNaN(e) || Float.isInfinite(e)) {
                    assertEquals(e, actual[i], what);
                } else {
                    assertEquals(e, actual[i], 4 * Math.ulp(e), what);
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> specialValues() {
        return Stream.of(
                special("neg", Tensor::neg, Arrays.stream(X).map(x -> -x).toArray()),
                special("abs", Tensor::abs, Arrays.stream(X).map(Math::abs).toArray()),
                special(
                        "exp",
                        Tensor::exp,
                        Arrays.stream(X).map(x -> (float) Math.exp(x)).toArray()),
                special(
                        "expm1",
                        Tensor::expm1,
                        Arrays.stream(X).map(x -> (float) Math.expm1(x)).toArray()),
                special(
                        "log",
                        Tensor::log,
                        Arrays.stream(X).map(x -> Math.log((float) x)).toArray()),
                special(
                        "log1p",
                        Tensor::log1p,
                        Arrays.stream(X).map(Math::log1p).toArray()),
                special(
                        "sqrt",
                        Tensor::sqrt,
                        Arrays.stream(X).map(x -> Math.sqrt((float) x)).toArray()),
                special(
                        "rsqrt",
                        Tensor::rsqrt,
                        Arrays.stream(X).map(x -> 1 / Math.sqrt((float) x)).toArray()),
                special(
                        "square",
                        Tensor::square,
                        Arrays.stream(X).map(x -> x * x).toArray()),
                special(
                        "reciprocal",
                        Tensor::reciprocal,
                        Arrays.stream(X).map(x -> 1f / (float) x).toArray()),
                special(
                        "floor",
                        Tensor::floor,
                        Arrays.stream(X).map(Math::floor).toArray()),
                special("ceil", Tensor::ceil, Arrays.stream(X).map(Math::ceil).toArray()),
                special("round", Tensor::round, Arrays.stream(X).map(Math::rint).toArray()),
                special(
                        "trunc",
                        Tensor::trunc,
                        Arrays.stream(X)
                                .map(x -> x < 0 ? Math.ceil(x) : Math.floor(x))
                                .toArray()),
                special("tanh", Tensor::tanh, Arrays.stream(X).map(Math::tanh).toArray()),
                special(
                        "sigmoid",
                        Tensor::sigmoid,
                        Arrays.stream(X).map(x -> 1 / (1 + Math.exp(-x))).toArray()),
                special(
                        "erf",
                        Tensor::erf,
                        0,
                        -0.0,
                        0.8427008,
                        -0.8427008,
                        0.5204999,
                        -0.5204999,
                        0.96610516,
                        0.999593,
                        -0.999593,
                        1,
                        -1,
                        NAN,
                        1.1283792e-40,
                        -0.99999982,
                        1,
                        -1,
                        1,
                        1),
                special(
                        "relu",
                        Tensor::relu,
                        0,
                        -0.0,
                        1,
                        0,
                        0.5,
                        0,
                        1.5,
                        2.5,
                        0,
                        INF,
                        0,
                        NAN,
                        1e-40,
                        0,
                        100,
                        0,
                        3e38,
                        8388609),
                special(
                        "softplus",
                        Tensor::softplus,
                        Arrays.stream(X)
                                .map(x -> x > 20 ? x : Math.log1p(Math.exp(x)))
                                .toArray()),
                special(
                        "leakyRelu",
                        Tensor::leakyRelu,
                        Arrays.stream(X).map(x -> x > 0 ? x : x * 0.01f).toArray()),
                special(
                        "clamp",
                        x -> x.clamp(-1, 2.0),
                        0,
                        -0.0,
                        1,
                        -1,
                        0.5,
                        -0.5,
                        1.5,
                        2,
                        -1,
                        2,
                        -1,
                        NAN,
                        1e-40,
                        -1,
                        2,
                        -1,
                        2,
                        2),
                special(
                        "clamp from 0",
                        x -> x.clamp(0, INF),
                        0,
                        -0.0,
                        1,
                        0,
                        0.5,
                        0,
                        1.5,
                        2.5,
                        0,
                        INF,
                        0,
                        NAN,
                        1e-40,
                        0,
                        100,
                        0,
                        3e38,
                        8388609));
    }

    private static double at(UnaryOperator<Tensor> f, double x) {
        return f.apply(Tensor.tensor(x)).item();
    }

    @Test
    void activationsFarOut() {
        assertEquals(INF, at(Tensor::gelu, INF));
        assertEquals(NAN, at(Tensor::gelu, -INF)); // -inf * 0, as in PyTorch
        assertEquals(NAN, at(Tensor::silu, -INF));
        assertEquals(INF, at(Tensor::silu, INF));
        assertEquals(100, at(Tensor::gelu, 100));
        assertEquals(0, at(Tensor::gelu, -100), 1e-30);
        assertEquals(-1, at(Tensor::elu, -INF));
        assertEquals(-2.5, at(x -> x.elu(2.5), -100));
        assertEquals(INF, at(Tensor::elu, INF));
        assertEquals(1, at(Tensor::sign, 1e-40));
        assertEquals(-1, at(Tensor::sign, -INF));
        assertEquals(0, at(Tensor::sign, -0.0), 0.0);
        assertEquals(NAN, at(Tensor::sin, INF));
        assertEquals(NAN, at(Tensor::cos, -INF));
        assertEquals(-0.0, at(Tensor::sin, -0.0));
        assertEquals(Math.sin(100f), at(Tensor::sin, 100), 1e-7);
    }

    @Test
    void powers() {
        double[] a = {0, 0, -0.0, 0, NAN, 1, -8, -2, -2, INF, -INF, -INF, INF, 2, 0.5, -1, -1, NAN, -0.0, -0.0, 0, 1};
        double[] b = {0, -1, -1, INF, 0, NAN, 1 / 3.0, 3, -3, -1, 3, 2, 0, INF, INF, INF, -INF, 1, 3, -3, 2, INF};
        double[] expected = {
            1, INF, -INF, 0, 1, 1, NAN, -8, -0.125, 0, -INF, INF, 1, INF, 0, 1, 1, NAN, -0.0, -INF, 0, 1
        };
        float[] actual = Tensor.tensor(a).pow(Tensor.tensor(b)).toFloatArray();
        for (int i = 0; i < a.length; i++) {
            assertEquals((float) expected[i], actual[i], a[i] + " ** " + b[i]);
            assertEquals((float) expected[i], Tensor.tensor(a[i]).pow(b[i]).item(), a[i] + " ** scalar " + b[i]);
            assertEquals((float) expected[i], Tensor.tensor(b[i]).rpow(a[i]).item(), "scalar " + a[i] + " ** " + b[i]);
        }
    }

    @Test
    void divisionByZero() {
        Tensor x = Tensor.tensor(1f, -1f, 0f);
        assertArrayEquals(
                new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN},
                x.div(0.0).toFloatArray());
        assertArrayEquals(
                new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN},
                x.div(Tensor.zeros(3)).toFloatArray());
        assertArrayEquals(
                new float[] {Float.POSITIVE_INFINITY, Float.NaN},
                Tensor.tensor(1L, 0L).div(Tensor.tensor(0L)).toFloatArray());
        assertArrayEquals(
                new float[] {2, -2, Float.POSITIVE_INFINITY}, x.rdiv(2.0).toFloatArray());
    }

    @Test
    void nanEqualsNothing() {
        Tensor n = Tensor.tensor(NAN, NAN, 1.0);
        Tensor m = Tensor.tensor(NAN, 1.0, NAN);
        boolean[] no = {false, false, false};
        assertArrayEquals(no, n.lt(m).toBooleanArray());
        assertArrayEquals(no, n.le(m).toBooleanArray());
        assertArrayEquals(no, n.gt(m).toBooleanArray());
        assertArrayEquals(no, n.ge(m).toBooleanArray());
        assertArrayEquals(no, n.eq(m).toBooleanArray());
        assertArrayEquals(new boolean[] {true, true, true}, n.ne(m).toBooleanArray());
        assertArrayEquals(new boolean[] {false, false, true}, n.eq(1.0).toBooleanArray());
        assertArrayEquals(new boolean[] {true, true, false}, n.ne(1L).toBooleanArray());
        assertTrue(Arrays.equals(
                new float[] {Float.NaN, Float.NaN, Float.NaN}, n.minimum(m).toFloatArray()));
        assertTrue(Arrays.equals(
                new float[] {Float.NaN, Float.NaN, Float.NaN}, n.maximum(m).toFloatArray()));
        assertFalse(n.equal(n));
        assertArrayEquals(new boolean[] {true, true, true}, n.logicalOr(m).toBooleanArray(), "NaN is true");
    }

    @Test
    void zerosAreEqual() {
        assertEquals(1, Tensor.tensor(-0.0).eq(0.0).item());
        assertEquals(0, Tensor.tensor(-0.0).lt(0.0).item());
        assertEquals(0, Tensor.tensor(-0.0).to(DType.BOOL).item());
    }

    @Test
    void finiteAndNot() {
        Tensor x = Tensor.tensor(0.0, NAN, INF, -INF, 3e38);
        assertArrayEquals(
                new boolean[] {false, true, false, false, false}, x.isNaN().toBooleanArray());
        assertArrayEquals(
                new boolean[] {false, false, true, true, false}, x.isInf().toBooleanArray());
        assertArrayEquals(
                new boolean[] {true, false, false, false, true}, x.isFinite().toBooleanArray());
        assertArrayEquals(
                new boolean[] {true}, Tensor.tensor(new long[] {5}).isFinite().toBooleanArray());
    }

    @Test
    void choices() {
        Tensor condition = Tensor.tensor(new boolean[][] {{true}, {false}});
        Tensor x = Tensor.tensor(1f, 2f, 3f);
        Tensor y = Tensor.tensor(-1L);
        float[] expected = {1, 2, 3, -1, -1, -1};
        assertArrayEquals(expected, Tensor.where(condition, x, y).toFloatArray());
        assertArrayEquals(expected, x.where(condition, y).toFloatArray());
        assertArrayEquals(expected, condition.choose(x, y).toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> Tensor.where(x, x, x));
        // What is not chosen does not matter.
        Tensor nan = Tensor.tensor(NAN);
        assertArrayEquals(
                new float[] {1, 2, 3}, Tensor.where(Tensor.tensor(true), x, nan).toFloatArray());
        assertArrayEquals(
                new float[] {9, 2, 9},
                x.maskedFill(Tensor.tensor(true, false, true), 9).toFloatArray());
        assertArrayEquals(
                new long[] {9, 2},
                Tensor.tensor(1L, 2L).maskedFill(Tensor.tensor(true, false), 9).toLongArray());
        assertEquals(
                DType.INT64,
                Tensor.tensor(1L, 2L).maskedFill(Tensor.tensor(true, false), 9).dtype());
    }

    @Test
    void equalAndAllClose() {
        Tensor x = Tensor.tensor(1f, 2f);
        assertTrue(x.equal(Tensor.tensor(1f, 2f)));
        assertFalse(x.equal(Tensor.tensor(1f, 3f)));
        assertFalse(x.equal(Tensor.tensor(new float[][] {{1, 2}})));
        assertTrue(Tensor.zeros(0, 3).equal(Tensor.zeros(0, 3)));
        assertFalse(Tensor.zeros(0, 3).equal(Tensor.zeros(3, 0)));
        assertTrue(x.allClose(Tensor.tensor(1.001f, 2f), 0, 0.0011));
        assertFalse(x.allClose(Tensor.tensor(1.001f, 2f), 1e-5, 1e-8));
        assertTrue(x.allClose(Tensor.tensor(1.001f, 2f), 1.1e-3, 0));
        Tensor inf = Tensor.tensor(INF, -INF);
        assertTrue(inf.allClose(inf.clone(), 0, 0));
        assertFalse(inf.allClose(inf.neg(), 1, 1));
        assertFalse(Tensor.tensor(NAN).allClose(Tensor.tensor(NAN), 1, 1));
    }

    /** Any two shapes that broadcast, in any layout: as if both had been written out. */
    @Test
    void broadcasting() {
        Random random = new Random(TestInputs.SEED);
        List<Layout> layouts = List.of(Layout.values());
        for (int round = 0; round < 200; round++) {
            int[] full = new int[random.nextInt(5)];
            Arrays.setAll(full, i -> random.nextInt(4));
            NdArray a = TestInputs.uniform(random, -2, 2, part(random, full));
            NdArray b = TestInputs.uniform(random, -2, 2, part(random, full));
            Layout layout = layouts.get(random.nextInt(4));
            Tensor x = TestInputs.tensor(a, layout);
            Tensor y = TestInputs.tensor(b, layouts.get(random.nextInt(4)));
            String what = "round " + round + ", seed " + TestInputs.SEED;
            NdArray difference = a.zip(b, (v, w) -> (float) (v - w));
            assertArrayEquals(difference.floats(), x.sub(y).toFloatArray(), what);
            assertArrayEquals(difference.sizes(), x.sub(y).shape().toArray(), what);
            assertTrue(x.sub(y).isContiguous(), what);
            NdArray less = a.zip(b, (v, w) -> v < w ? 1 : 0);
            assertArrayEquals(less.data, NdArray.of(x.lt(y)).data, what);
        }
    }

    /** Some axes at size 1, and some of the first left out. */
    private static int[] part(Random random, int[] full) {
        int lead = random.nextInt(full.length + 1) * random.nextInt(2);
        int[] shape = Arrays.copyOfRange(full, lead, full.length);
        for (int i = 0; i < shape.length; i++) {
            shape[i] = random.nextInt(3) == 0 ? 1 : shape[i];
        }
        return shape;
    }
}
