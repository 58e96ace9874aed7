package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import ondol.backend.OutOfDeviceMemoryException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** How tensors are made, joined, and turned back into Java values. */
final class FactoryTest {
    private static long[] shape(long... sizes) {
        return sizes;
    }

    // ---- from and to Java

    @Test
    void kindsOfValues() {
        assertEquals(DType.FLOAT32, Tensor.tensor(0.5).dtype());
        assertEquals(DType.INT64, Tensor.tensor(3).dtype());
        assertEquals(DType.INT64, Tensor.tensor(3L).dtype());
        assertEquals(DType.BOOL, Tensor.tensor(true).dtype());
        assertEquals(0, Tensor.tensor(3L).dim());
        assertEquals(DType.FLOAT32, Tensor.tensor(1f, 2f).dtype());
        assertEquals(DType.FLOAT32, Tensor.tensor(1.0, 2.0).dtype());
        assertEquals(DType.INT64, Tensor.tensor(1, 2).dtype());
        assertEquals(DType.INT64, Tensor.tensor(1L, 2L).dtype());
        assertEquals(DType.BOOL, Tensor.tensor(true, false).dtype());
        assertArrayEquals(new float[] {0.1f, 1e-40f}, Tensor.tensor(0.1, 1e-40).toFloatArray());
        assertEquals(Long.MAX_VALUE, Tensor.tensor(Long.MAX_VALUE).toLongArray()[0]);
        assertEquals((float) 0.1, Tensor.tensor(0.1).item());
        assertEquals(1, Tensor.tensor(true).item());
        float[] values = {1, 2};
        Tensor t = Tensor.tensor(values);
        values[0] = 9;
        assertArrayEquals(new float[] {1, 2}, t.toFloatArray(), "a copy");
        assertArrayEquals(
                new float[] {1, 2, 3, 4, 5, 6},
                Tensor.tensor(new float[] {1, 2, 3, 4, 5, 6}, Shape.of(2, 3)).toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> Tensor.tensor(new float[5], Shape.of(2, 3)));
    }

    @Test
    void bytes() {
        Tensor signed = Tensor.tensor(new byte[][] {{0, 1, 127}, {-128, -1, 2}});
        assertEquals(DType.INT64, signed.dtype());
        assertArrayEquals(new long[] {0, 1, 127, -128, -1, 2}, signed.toLongArray());
        assertArrayEquals(shape(2, 3), signed.shape().toArray());
        assertArrayEquals(new long[] {5, -5}, Tensor.tensor(new byte[] {5, -5}).toLongArray());
        Tensor unsigned = Tensor.fromUnsignedBytes(new byte[] {0, 1, 127, -128, -1, 2}, Shape.of(2, 3));
        assertEquals(DType.INT64, unsigned.dtype());
        assertArrayEquals(new long[] {0, 1, 127, 128, 255, 2}, unsigned.toLongArray());
        byte[] many = new byte[(1 << 20) + 5];
        Arrays.fill(many, 1 << 20, many.length, (byte) -2);
        assertEquals(5 * 254, Tensor.fromUnsignedBytes(many, Shape.of(many.length)).sum().item());
    }

    @Test
    void everyDigitOfAnInteger() {
        long[] exact = {0, -1, 1L << 53, -(1L << 53), (1L << 53) + 2, Long.MIN_VALUE, 1L << 62};
        for (long value : exact) {
            assertEquals(value, Tensor.tensor(value).itemLong());
            assertEquals((double) value, Tensor.tensor(value).item());
        }
        for (long value : new long[] {(1L << 53) + 1, -(1L << 53) - 1, Long.MAX_VALUE, Long.MIN_VALUE + 1}) {
            assertEquals(value, Tensor.tensor(value).itemLong());
            assertThrows(IllegalStateException.class, () -> Tensor.tensor(value).item());
        }
        assertEquals(1, Tensor.tensor(true).itemLong());
        assertEquals(0, Tensor.tensor(new boolean[][] {{false}}).itemLong());
    }

    /** The device says so before anything is made on the host, and nothing is drawn. */
    @Test
    void moreThanTheDeviceHas() {
        Device before = Ondol.defaultDevice();
        Ondol.setDefaultDevice(new CountingBackend(64 << 20).device("small"));
        try {
            int most = Integer.MAX_VALUE - 9;
            byte[] state = Ondol.generator().getState();
            List<Executable> calls = List.of(
                    () -> Tensor.linspace(0, 1, Integer.MAX_VALUE - 9),
                    () -> Tensor.arange(most),
                    () -> Tensor.arange(0.0, most, 1),
                    () -> Tensor.eye(most, 1),
                    () -> Tensor.rand(most),
                    () -> Tensor.randn(most),
                    () -> Tensor.randint(0, 2, most),
                    () -> Tensor.randperm(most));
            calls.forEach(call -> assertThrows(OutOfDeviceMemoryException.class, call));
            assertArrayEquals(state, Ondol.generator().getState());
        } finally {
            Ondol.setDefaultDevice(before);
        }
    }

    /** More than a part, of which each is made by itself. */
    @Test
    void longRanges() {
        int n = (1 << 20) + 3;
        long[] integers = Tensor.arange(5, 5 + 3L * n, 3).toLongArray();
        float[] floats = Tensor.arange(0.5, 0.5 + n * 0.25, 0.25).toFloatArray();
        float[] even = Tensor.linspace(-1, 1, n).toFloatArray();
        float step = 2f / (n - 1);
        assertEquals(n, integers.length);
        assertEquals(n, floats.length);
        for (int i = 0; i < n; i++) {
            assertEquals(5 + 3L * i, integers[i]);
            assertEquals((float) (0.5 + i * 0.25), floats[i]);
            assertEquals(i < n / 2 ? -1 + step * i : 1 - step * (n - 1 - i), even[i]);
        }
    }

    @Test
    void nestedArraysThereAndBack() {
        List<Object> arrays = List.of(
                new float[][] {{1, 2, 3}, {4, 5, 6}},
                new float[] {1, 2},
                new long[][][] {{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}},
                new boolean[][] {{true}, {false}},
                new float[2][0],
                new long[0],
                new float[][][][] {{{{1}}, {{2}}}});
        for (Object array : arrays) {
            Object back = Tensor.tensor(array).toNestedArray();
            assertEquals(array.getClass(), back.getClass());
            assertTrue(Arrays.deepEquals(new Object[] {array}, new Object[] {back}));
        }
        assertArrayEquals(shape(2, 2, 2), Tensor.tensor(arrays.get(2)).shape().toArray());
        assertArrayEquals(shape(2, 0), Tensor.tensor(new float[2][0]).shape().toArray());
        assertArrayEquals(
                new float[] {1, 2, 3, 4},
                Tensor.tensor(new double[][] {{1, 2}, {3, 4}}).toFloatArray());
        assertArrayEquals(
                new long[] {1, 2, 3, 4},
                Tensor.tensor(new int[][] {{1, 2}, {3, 4}}).toLongArray());
        Object transposed =
                Tensor.tensor(new float[][] {{1, 2, 3}, {4, 5, 6}}).t().toNestedArray();
        assertTrue(Arrays.deepEquals(new float[][] {{1, 4}, {2, 5}, {3, 6}}, (float[][]) transposed));
        assertThrows(IllegalArgumentException.class, () -> Tensor.tensor(new float[][] {{1, 2}, {3}}));
        assertThrows(IllegalArgumentException.class, () -> Tensor.tensor(new float[][] {{1, 2}, null}));
        assertThrows(IllegalArgumentException.class, () -> Tensor.tensor(new String[] {"1"}));
        assertThrows(IllegalArgumentException.class, () -> Tensor.tensor("1"));
        assertThrows(IllegalStateException.class, () -> Tensor.tensor(1.0).toNestedArray());
    }

    @Test
    void item() {
        assertEquals(5, Tensor.full(Shape.of(1, 1), 5).item());
        assertEquals(2, Tensor.arange(5).select(0, 2).item());
        assertThrows(IllegalStateException.class, () -> Tensor.ones(2).item());
        assertThrows(IllegalStateException.class, () -> Tensor.ones(0).item());
        assertEquals(2, Tensor.ones(1).requiresGrad(true).mul(2.0).item());
    }

    // ---- constants and ranges

    @Test
    void constants() {
        assertArrayEquals(new float[6], Tensor.zeros(2, 3).toFloatArray());
        assertArrayEquals(new float[] {1, 1}, Tensor.ones(2).toFloatArray());
        assertArrayEquals(
                new float[] {2.5f, 2.5f}, Tensor.full(Shape.of(2), 2.5).toFloatArray());
        for (DType type : DType.values()) {
            Tensor t = Tensor.full(Shape.of(2), 1, type, Ondol.defaultDevice());
            assertEquals(type, t.dtype());
            assertArrayEquals(new long[] {1, 1}, t.toLongArray());
            Tensor like = t.reshape(1, 2);
            for (Tensor made : List.of(Tensor.zerosLike(like), Tensor.onesLike(like), Tensor.fullLike(like, 1))) {
                assertEquals(type, made.dtype());
                assertArrayEquals(shape(1, 2), made.shape().toArray());
                assertFalse(made.sharesStorageWith(t));
            }
        }
        assertEquals(
                Long.MAX_VALUE >> 12 << 12,
                Tensor.full(Shape.of(), Long.MAX_VALUE >> 12 << 12, DType.INT64, Ondol.defaultDevice())
                        .toLongArray()[0]);
        assertEquals(0, Tensor.zeros().dim());
        assertEquals(0, Tensor.empty(2, 0).numel());
        assertArrayEquals(shape(3, 2), Tensor.empty(3, 2).shape().toArray());
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(-1));
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(Long.MAX_VALUE, 2));
    }

    @Test
    void identityMatrices() {
        assertArrayEquals(new float[] {1, 0, 0, 1}, Tensor.eye(2).toFloatArray());
        assertArrayEquals(new float[] {1, 0, 0, 0, 1, 0}, Tensor.eye(2, 3).toFloatArray());
        assertArrayEquals(shape(2, 0), Tensor.eye(2, 0).shape().toArray());
        assertArrayEquals(shape(0, 0), Tensor.eye(0).shape().toArray());
        assertEquals(DType.FLOAT32, Tensor.eye(1).dtype());
    }

    @Test
    void ranges() {
        assertArrayEquals(new long[] {0, 1, 2}, Tensor.arange(3).toLongArray());
        assertArrayEquals(new long[] {2, 3}, Tensor.arange(2, 4).toLongArray());
        assertArrayEquals(new long[] {5, 3}, Tensor.arange(5, 2, -2).toLongArray());
        assertArrayEquals(new long[] {0, 3}, Tensor.arange(0, 6, 3).toLongArray());
        assertArrayEquals(new long[] {}, Tensor.arange(3, 3).toLongArray());
        assertArrayEquals(
                new long[] {Long.MIN_VALUE, Long.MIN_VALUE + 2},
                Tensor.arange(Long.MIN_VALUE, Long.MIN_VALUE + 3, 2).toLongArray());
        assertArrayEquals(
                new float[] {0, 0.3f, 0.6f, 0.9f}, Tensor.arange(0, 1, 0.3).toFloatArray());
        assertArrayEquals(
                new float[] {1, 0.75f, 0.5f, 0.25f}, Tensor.arange(1, 0, -0.25).toFloatArray());
        assertEquals(DType.FLOAT32, Tensor.arange(0.0, 3, 1).dtype());
        assertThrows(IllegalArgumentException.class, () -> Tensor.arange(0, 3, 0));
        assertThrows(IllegalArgumentException.class, () -> Tensor.arange(0, 3, -1));
        assertThrows(IllegalArgumentException.class, () -> Tensor.arange(-1));
        assertThrows(IllegalArgumentException.class, () -> Tensor.arange(0, Double.NaN, 1));
        assertThrows(IllegalArgumentException.class, () -> Tensor.arange(0, Double.POSITIVE_INFINITY, 1));
    }

    /** The first half is computed from the start, the second from the end, in float. */
    @Test
    void linspaceIsComputedFromBothEnds() {
        Random random = new Random(TestInputs.SEED);
        for (int round = 0; round < 200; round++) {
            float start = (float) random.nextDouble(-10, 10);
            float end = (float) random.nextDouble(-10, 10);
            int n = random.nextInt(2, 40);
            float step = (end - start) / (n - 1);
            float[] actual = Tensor.linspace(start, end, n).toFloatArray();
            for (int i = 0; i < n; i++) {
                float expected = i < n / 2 ? start + step * i : end - step * (n - 1 - i);
                assertEquals(expected, actual[i], start + " to " + end + ", " + i + " of " + n);
            }
            assertEquals(start, actual[0]);
            assertEquals(end, actual[n - 1]);
        }
        assertArrayEquals(
                new float[] {0, 3.3333333f, 6.666667f, 10},
                Tensor.linspace(0, 10, 4).toFloatArray());
        assertArrayEquals(new float[] {3}, Tensor.linspace(3, 4, 1).toFloatArray());
        assertEquals(0, Tensor.linspace(0, 1, 0).numel());
        assertThrows(IllegalArgumentException.class, () -> Tensor.linspace(0, 1, -1));
    }

    // ---- random

    @Test
    void theSeedDecides() {
        List<Function<Generator, Tensor>> draws = List.of(
                g -> Tensor.rand(g, 3, 5),
                g -> Tensor.randn(g, 3, 5),
                g -> Tensor.randn(g, 7, 11),
                g -> Tensor.randint(g, -3, 100, 4, 4),
                g -> Tensor.randperm(g, 50),
                g -> Tensor.uniform(g, -2, 3, 10),
                g -> Tensor.ones(4, 5).dropout(0.5, g));
        for (int i = 0; i < draws.size(); i++) {
            Tensor a = draws.get(i).apply(new Generator(5));
            Tensor b = draws.get(i).apply(new Generator(5));
            Tensor c = draws.get(i).apply(new Generator(6));
            assertTrue(a.equal(b), "draw " + i);
            assertFalse(a.equal(c), "draw " + i);
            Generator one = new Generator(5);
            Tensor first = draws.get(i).apply(one);
            assertTrue(a.equal(first), "draw " + i);
            assertFalse(draws.get(i).apply(one).equal(a), "the stream goes on, draw " + i);
        }
    }

    @Test
    void theDefaultGenerator() {
        Ondol.manualSeed(11);
        Tensor a = Tensor.rand(4);
        Tensor b = Tensor.randn(4);
        Tensor c = Tensor.randint(0, 10, 4);
        Tensor d = Tensor.randperm(6);
        Generator g = Ondol.manualSeed(11);
        assertTrue(a.equal(Tensor.rand(g, 4)));
        assertTrue(b.equal(Tensor.randn(g, 4)));
        assertTrue(c.equal(Tensor.randint(g, 0, 10, 4)));
        assertTrue(d.equal(Tensor.randperm(g, 6)));
        Ondol.manualSeed(11);
        assertTrue(a.equal(Tensor.randLike(Tensor.zeros(4))));
        assertTrue(b.equal(Tensor.randnLike(Tensor.zeros(4))));
    }

    @Test
    void rangesOfRandomNumbers() {
        Generator g = new Generator(TestInputs.SEED);
        Tensor u = Tensor.rand(g, 10_000);
        assertTrue(u.min().item() >= 0 && u.max().item() < 1);
        assertEquals(0.5, u.mean().item(), 0.02);
        Tensor n = Tensor.randn(g, 10_000);
        assertEquals(0, n.mean().item(), 0.05);
        assertEquals(1, n.std().item(), 0.05);
        Tensor i = Tensor.randint(g, -2, 3, 10_000);
        assertEquals(DType.INT64, i.dtype());
        assertEquals(-2, i.min().item());
        assertEquals(2, i.max().item());
        Tensor p = Tensor.randperm(g, 1000);
        assertArrayEquals(Tensor.arange(1000).toLongArray(), p.sort().values().toLongArray());
        assertEquals(0, Tensor.randperm(g, 0).numel());
        assertEquals(0, Tensor.rand(g, 0).numel());
        Tensor w = Tensor.uniform(g, -3, -2, 1000);
        assertTrue(w.min().item() >= -3 && w.max().item() < -2);
    }

    // ---- joining

    @Test
    void joining() {
        Tensor a = Tensor.arange(6).reshape(2, 3);
        Tensor b = a.add(10L);
        assertArrayEquals(
                new long[] {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15},
                Tensor.cat(0, a, b).toLongArray());
        assertArrayEquals(
                new long[] {0, 1, 2, 10, 11, 12, 3, 4, 5, 13, 14, 15},
                Tensor.cat(-1, a, b).toLongArray());
        assertArrayEquals(shape(2, 2, 3), Tensor.stack(0, a, b).shape().toArray());
        assertArrayEquals(
                new long[] {0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15},
                Tensor.stack(2, a, b).toLongArray());
        assertArrayEquals(
                Tensor.stack(1, a, b).toLongArray(), Tensor.stack(-2, a, b).toLongArray());
        assertArrayEquals(new long[] {0, 3, 1, 4, 2, 5}, Tensor.cat(1, a.t()).toLongArray(), "of a view");
        assertFalse(Tensor.cat(0, a).sharesStorageWith(a));
        assertArrayEquals(
                shape(2, 3), Tensor.cat(1, a, Tensor.zeros(2, 0)).shape().toArray());
        assertEquals(DType.FLOAT32, Tensor.cat(1, a, Tensor.zeros(2, 0)).dtype());
        assertArrayEquals(
                new float[] {1, 2, 0.5f},
                Tensor.cat(0, Tensor.tensor(1L, 2L), Tensor.tensor(new float[] {0.5f}))
                        .toFloatArray());
        assertArrayEquals(
                new float[] {1, 2},
                Tensor.stack(0, Tensor.tensor(1L), Tensor.tensor(2.0)).toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> Tensor.cat(0));
        assertThrows(IllegalArgumentException.class, () -> Tensor.stack(0));
        assertThrows(IllegalArgumentException.class, () -> Tensor.cat(0, a, Tensor.arange(2)));
        assertThrows(IllegalArgumentException.class, () -> Tensor.cat(0, a, a.t()));
        assertThrows(IllegalArgumentException.class, () -> Tensor.cat(0, Tensor.tensor(1.0), Tensor.tensor(2.0)));
        assertThrows(IllegalArgumentException.class, () -> Tensor.stack(0, a, a.t()));
        assertThrows(IndexOutOfBoundsException.class, () -> Tensor.cat(2, a, b));
    }
}
