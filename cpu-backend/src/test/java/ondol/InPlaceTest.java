package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import ondol.TestInputs.Layout;
import org.junit.jupiter.api.Test;

/** Changes in place, also through views that overlap; and conversions between types. */
final class InPlaceTest {
    /** The result is as if the source had been copied first, whatever the views have in common. */
    @Test
    void overlappingViews() {
        Random random = new Random(TestInputs.SEED);
        for (int n : new int[] {3, 10, 1000, 100_000}) {
            for (int round = 0; round < 20; round++) {
                Tensor x = Tensor.arange(n);
                Tensor y = Tensor.arange(n);
                long length = random.nextLong(1, n + 1);
                long to = random.nextLong(n - length + 1);
                long from = random.nextLong(n - length + 1);
                boolean backwards = random.nextBoolean();
                String what = "n = " + n + ", round " + round + ", seed " + TestInputs.SEED;
                x.slice(0, to, to + length).copyFrom(part(x, from, length, backwards));
                y.slice(0, to, to + length).addInPlace(part(y, from, length, backwards));
                long[] copied = Tensor.arange(n).toLongArray();
                long[] added = Tensor.arange(n).toLongArray();
                for (int i = 0; i < length; i++) {
                    long source = backwards ? from + length - 1 - i : from + i;
                    copied[(int) to + i] = source;
                    added[(int) to + i] += source;
                }
                assertArrayEquals(copied, x.toLongArray(), what);
                assertArrayEquals(added, y.toLongArray(), what);
            }
        }
    }

    private static Tensor part(Tensor x, long from, long length, boolean backwards) {
        Tensor part = x.slice(0, from, from + length);
        return backwards ? part.flip(0) : part;
    }

    @Test
    void aMatrixAndItsTranspose() {
        Tensor x = Tensor.arange(0.0, 9, 1).reshape(3, 3);
        x.addInPlace(x.t());
        assertArrayEquals(new float[] {0, 4, 8, 4, 8, 12, 8, 12, 16}, x.toFloatArray());
        x.copyFrom(x.t().slice(0, 0, 1));
        assertArrayEquals(new float[] {0, 4, 8, 0, 4, 8, 0, 4, 8}, x.toFloatArray());
        x.addInPlace(x);
        assertArrayEquals(new float[] {0, 8, 16, 0, 8, 16, 0, 8, 16}, x.toFloatArray());
        x.addInPlace(x.select(0, 0)); // a row, broadcast
        assertArrayEquals(new float[] {0, 16, 32, 0, 16, 32, 0, 16, 32}, x.toFloatArray());
        x.addInPlace(x.select(1, 1).unsqueeze(1)); // a column
        assertArrayEquals(new float[] {16, 32, 48, 16, 32, 48, 16, 32, 48}, x.toFloatArray());
    }

    @Test
    void theyReturnTheTensorAndWriteThroughViews() {
        for (Layout layout : Layout.values()) {
            NdArray a = new NdArray(new int[] {2, 3}, new double[] {1, 2, 3, 4, 5, 6});
            Tensor x = TestInputs.tensor(a, layout);
            assertSame(x, x.addInPlace(Tensor.tensor(10f, 20f, 30f)));
            assertArrayEquals(new float[] {11, 22, 33, 14, 25, 36}, x.toFloatArray());
            assertSame(x, x.mulInPlace(2));
            assertArrayEquals(new float[] {22, 44, 66, 28, 50, 72}, x.toFloatArray());
            assertSame(x, x.copyFrom(Tensor.tensor(new float[][] {{1}, {2}})));
            assertArrayEquals(new float[] {1, 1, 1, 2, 2, 2}, x.toFloatArray());
            assertSame(x, x.fill(0.1));
            assertEquals((float) 0.1, x.select(0, 1).select(0, 2).item());
            assertSame(x, x.zero());
            assertArrayEquals(new float[6], x.toFloatArray());
        }
    }

    /** Only the view's own elements change. */
    @Test
    void whatIsAroundAViewStays() {
        Tensor x = Tensor.zeros(5, 5);
        x.slice(0, 1, 4, 2).slice(1, 3, 0, -2).fill(1);
        float[] expected = new float[25];
        expected[5 + 1] = expected[5 + 3] = expected[15 + 1] = expected[15 + 3] = 1;
        assertArrayEquals(expected, x.toFloatArray());
    }

    @Test
    void typesAreConverted() {
        Tensor i = Tensor.tensor(1L, 2L, 3L);
        i.copyFrom(Tensor.tensor(1.9f, -1.9f, Float.NaN));
        assertArrayEquals(new long[] {1, -1, 0}, i.toLongArray());
        i.fill(2.9);
        assertArrayEquals(new long[] {2, 2, 2}, i.toLongArray());
        Tensor b = Tensor.tensor(false, false, true);
        b.copyFrom(Tensor.tensor(0.5f, 0f, -0f));
        assertArrayEquals(new boolean[] {true, false, false}, b.toBooleanArray());
        b.fill(0.5);
        assertArrayEquals(new boolean[] {true, true, true}, b.toBooleanArray());
        Tensor f = Tensor.zeros(3);
        f.copyFrom(Tensor.tensor(true, false, true));
        f.addInPlace(Tensor.tensor(1L, 2L, 3L));
        assertArrayEquals(new float[] {2, 2, 4}, f.toFloatArray());
        i.addInPlace(Tensor.tensor(true, false, true));
        assertArrayEquals(new long[] {3, 2, 3}, i.toLongArray());
    }

    @Test
    void whatDoesNotFit() {
        Tensor x = Tensor.zeros(2, 3);
        assertThrows(IllegalArgumentException.class, () -> x.addInPlace(Tensor.ones(2)));
        assertThrows(IllegalArgumentException.class, () -> x.copyFrom(Tensor.ones(2, 2, 3)));
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(1, 3).addInPlace(x));
        assertThrows(
                IllegalStateException.class, () -> Tensor.zeros(1).expand(3).addInPlace(Tensor.ones(3)));
        assertThrows(IllegalArgumentException.class, () -> Tensor.tensor(1L).mulInPlace(2));
        assertArrayEquals(new float[6], x.toFloatArray());
        x.slice(0, 0, 0).fill(1).addInPlace(Tensor.ones(3));
        assertArrayEquals(new float[6], x.toFloatArray(), "nothing to change");
    }

    // ---- conversions

    @Test
    void casts() {
        Tensor x = Tensor.tensor(1.9f, -1.9f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f, -0f);
        assertArrayEquals(
                new long[] {1, -1, 0, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE, 0},
                x.to(DType.INT64).toLongArray());
        assertArrayEquals(
                new boolean[] {true, true, true, true, true, true, false},
                x.to(DType.BOOL).toBooleanArray());
        assertArrayEquals(x.to(DType.INT64).toLongArray(), x.toLongArray());
        assertArrayEquals(x.to(DType.BOOL).toBooleanArray(), x.toBooleanArray());
        assertSame(x, x.to(DType.FLOAT32));
        assertSame(x, x.to(x.device()));
        Tensor i = Tensor.tensor(16777217L, -1L, 0L, Long.MAX_VALUE);
        assertArrayEquals(
                new float[] {16777216, -1, 0, 9.223372036854775807e18f},
                i.to(DType.FLOAT32).toFloatArray());
        assertArrayEquals(
                new boolean[] {true, true, false, true}, i.to(DType.BOOL).toBooleanArray());
        Tensor b = Tensor.tensor(true, false);
        assertArrayEquals(new long[] {1, 0}, b.to(DType.INT64).toLongArray());
        assertArrayEquals(new float[] {1, 0}, b.to(DType.FLOAT32).toFloatArray());
        assertArrayEquals(new float[] {1, 0}, b.toFloatArray());
    }

    @Test
    void castsOfViews() {
        Random random = new Random(TestInputs.SEED);
        NdArray a = TestInputs.uniform(random, -5, 5, 3, 4);
        for (Layout layout : Layout.values()) {
            Tensor x = TestInputs.tensor(a, layout);
            assertArrayEquals(a.map(v -> (long) v).data, NdArray.of(x.to(DType.INT64)).data);
            assertTrue(x.to(DType.INT64).isContiguous());
            Tensor copy = x.clone();
            assertArrayEquals(a.floats(), copy.toFloatArray());
            assertTrue(copy.isContiguous());
            assertFalse(copy.sharesStorageWith(x));
        }
    }

    @Test
    void clonesKeepEveryBit() {
        float[] values = {
            Float.intBitsToFloat(0x7fc12345), Float.intBitsToFloat(0xffc54321), -0f, Float.MIN_VALUE, 1e-45f
        };
        float[] back = Tensor.tensor(values).flip(0).clone().flip(0).toFloatArray();
        for (int i = 0; i < values.length; i++) {
            assertEquals(Float.floatToRawIntBits(values[i]), Float.floatToRawIntBits(back[i]));
        }
        Tensor b = Tensor.tensor(true, false, true).slice(0, 0, 3, 2).clone();
        assertArrayEquals(new boolean[] {true, true}, b.toBooleanArray());
        assertEquals(DType.BOOL, b.dtype());
    }
}
