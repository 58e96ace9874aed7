package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;

/** {@link Tensor#unfold}: views whose windows may share elements. Values and gradients by cases: {@link ShapeCases}. */
final class WindowsTest {
    private static Tensor leaf(float... values) {
        return Tensor.tensor(values).requiresGrad(true);
    }

    @Test
    void aViewOfPyTorchsShapeAndStrides() {
        Tensor x = Tensor.arange(24).reshape(2, 12).slice(1, 1, 12);
        Tensor w = x.unfold(1, 4, 3);
        assertEquals(Shape.of(2, 3, 4), w.shape());
        assertArrayEquals(new long[] {12, 3, 1}, w.strides());
        assertEquals(1, w.storageOffset());
        assertTrue(w.sharesStorageWith(x));
        assertArrayEquals(
                new long[] {1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10}, w.select(0, 0).toLongArray());
        assertArrayEquals(
                new long[] {0, 2, 1, 3},
                Tensor.arange(4).unfold(0, 3, 1).slice(-1, 0, 3, 2).toLongArray());
        assertEquals("UnfoldBackward0", leaf(1, 2, 3).unfold(0, 2, 1).gradFn());
    }

    @Test
    void whereElementsAreSharedTheyAreOnlyRead() {
        Tensor x = Tensor.zeros(6);
        Tensor shared = x.unfold(0, 3, 2);
        assertTrue(shared.isOverlapping());
        assertEquals(
                "mulInPlace: the tensor of shape [2, 3] is a view in which elements share memory; change a clone() of it",
                assertThrows(IllegalStateException.class, () -> shared.mulInPlace(2))
                        .getMessage());
        assertThrows(IllegalStateException.class, () -> shared.t().addInPlace(Tensor.ones(3, 2)));
        for (Tensor own : List.of(x.unfold(0, 2, 2), x.unfold(0, 3, 1).slice(0, 0, 4, 3), shared.select(0, 1))) {
            assertFalse(own.isOverlapping());
            own.addInPlace(Tensor.ones(1));
        }
        assertArrayEquals(new float[] {2, 2, 3, 3, 3, 2}, x.toFloatArray());
    }

    @Test
    void fillGivesAllElementsOneValueSharedOrNot() {
        Tensor x = leaf(1, 2, 3, 4, 5, 6);
        Tensor y = x.mul(2.0);
        y.slice(0, 1, 6).unfold(0, 2, 1).slice(0, 0, 4, 3).unfold(0, 1, 1).fill(7);
        y.unfold(0, 3, 1).slice(0, 0, 2).fill(8);
        assertArrayEquals(new float[] {8, 8, 8, 8, 7, 7}, y.toFloatArray());
        y.sum().backward();
        assertArrayEquals(new float[6], x.grad().toFloatArray());
    }

    /** Against the elements themselves, for windows of every kind. */
    @Test
    void isOverlapping() {
        Random random = new Random(7);
        Tensor memory = Tensor.zeros(1);
        int[] seen = new int[2];
        for (int i = 0; i < 20_000; i++) {
            long[] sizes = random.longs(random.nextInt(5), 0, 5).toArray();
            long[] strides = random.longs(sizes.length, -9, 17).toArray();
            Tensor t = memory.window(sizes, strides, 0);
            Set<Long> places = new HashSet<>();
            for (int n = 0; n < t.numel(); n++) {
                int[] index = NdArray.index(
                        Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray(), n);
                long place = 0;
                for (int k = 0; k < index.length; k++) {
                    place += index[k] * strides[k];
                }
                places.add(place);
            }
            boolean shared = places.size() < t.numel();
            assertEquals(shared, t.isOverlapping(), Arrays.toString(sizes) + " by " + Arrays.toString(strides));
            seen[shared ? 1 : 0]++;
            t.close();
        }
        assertTrue(Math.min(seen[0], seen[1]) > 2000, Arrays.toString(seen));
    }

    /** Both ways of adding up, one launch a window and one a run of elements, add in the same order. */
    @Test
    void anElementsGradientsAreAddedInTheOrderOfTheWindows() {
        Random random = new Random(TestInputs.SEED);
        for (long[] sizeAndStep : new long[][] {{3, 1}, {30, 1}, {31, 7}, {9, 4}, {5, 8}}) {
            long size = sizeAndStep[0];
            long step = sizeAndStep[1];
            int n = 40;
            int count = (int) ((n - size) / step + 1);
            float[] g = new float[Math.toIntExact(count * size)];
            float[] expected = new float[n];
            for (int i = 0; i < g.length; i++) {
                g[i] = (float) Math.exp(20 * random.nextDouble());
                expected[(int) (i / size * step + i % size)] += g[i];
            }
            Tensor x = Tensor.zeros(n).requiresGrad(true);
            x.unfold(0, size, step).backward(Tensor.tensor(g, Shape.of(count, size)));
            assertArrayEquals(expected, x.grad().toFloatArray(), size + " by " + step);
        }
    }

    /** A change of the tensor itself gives windows taken before another past. */
    @Test
    void aChangeInPlaceBehindWindows() {
        Tensor x = leaf(1, 2, 3, 4, 5);
        Tensor y = x.mul(2.0);
        Tensor w = y.unfold(0, 3, 1);
        y.slice(0, 1, 2).mulInPlace(10);
        assertArrayEquals(new float[] {2, 40, 6, 40, 6, 8, 6, 8, 10}, w.toFloatArray());
        Tensor g =
                Tensor.tensor(new float[][] {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}).requiresGrad(true);
        Tensor byX =
                Autograd.grad(List.of(w), List.of(x), List.of(g), true, true).getFirst();
        // Element 1 of y is in windows 0 and 1, multiplied by 20.
        assertArrayEquals(new float[] {2, 20 * 6, 2 * 15, 2 * 14, 2 * 9}, byX.toFloatArray());
        byX.mul(Tensor.tensor(1f, 10f, 100f, 1000f, 10000f)).sum().backward();
        assertArrayEquals(
                new float[] {2, 200, 200, 200, 200, 2000, 200, 2000, 20000},
                g.grad().toFloatArray());
    }

    @Test
    void farReachingStepsAndSizes() {
        Tensor one = Tensor.ones(5).unfold(0, 2, Long.MAX_VALUE);
        assertEquals(Shape.of(1, 2), one.shape());
        assertEquals(2, one.sum().item());
        assertFalse(one.isOverlapping());
        Tensor many = Tensor.ones(1).expand(1L << 40).unfold(0, 1L << 20, 1L << 20);
        assertEquals(Shape.of(1 << 20, 1 << 20), many.shape());
        assertTrue(many.isOverlapping());
    }
}
