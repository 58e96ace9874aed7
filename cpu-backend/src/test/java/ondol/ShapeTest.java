package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import ondol.TestInputs.Layout;
import org.junit.jupiter.api.Test;

/** Views: their shapes and elements, and that they share memory. */
final class ShapeTest {
    private static long[] shape(long... sizes) {
        return sizes;
    }

    /** 0, 1, 2, ... in a shape. */
    private static Tensor counted(long... shape) {
        return Tensor.arange(Shape.of(shape).numel()).reshape(shape);
    }

    private static void assertTensor(Tensor t, long[] shape, long... values) {
        assertArrayEquals(shape, t.shape().toArray());
        assertArrayEquals(values, t.toLongArray());
    }

    @Test
    void viewsShareMemory() {
        List<UnaryOperator<Tensor>> views = List.of(
                x -> x.reshape(4, 6),
                x -> x.view(-1),
                Tensor::flatten,
                x -> x.flatten(1, 2),
                x -> x.transpose(0, 2),
                Tensor::mT,
                x -> x.permute(2, 0, 1),
                x -> x.unsqueeze(1).squeeze(),
                x -> x.slice(1, 2, 0, -1),
                x -> x.slice(2, 0, 4, 3),
                x -> x.select(0, 1),
                x -> x.select(0, -1).t(),
                x -> x.flip(0, 2),
                x -> x.get(Index.at(1), Index.every(-1), Index.to(2)),
                x -> x.split(2, 1).get(1),
                x -> x.chunk(2, 2).get(0),
                Tensor::detach,
                Tensor::contiguous);
        for (int i = 0; i < views.size(); i++) {
            Tensor x = counted(2, 3, 4);
            Tensor v = views.get(i).apply(x);
            String what = "view " + i;
            assertTrue(v.sharesStorageWith(x), what);
            long[] places = v.toLongArray(); // an element's value is its place in x
            long[] written = Arrays.stream(places).map(p -> p + 100).toArray();
            v.copyFrom(Tensor.tensor(written).reshape(v.shape().toArray()));
            long[] expected = Tensor.arange(24).toLongArray();
            for (long p : places) {
                expected[(int) p] = p + 100;
            }
            assertArrayEquals(expected, x.toLongArray(), what);
            x.fill(7);
            assertEquals(7.0 * v.numel(), v.sum().item(), what);
        }
    }

    @Test
    void reshapeCopiesOnlyIfItMust() {
        Tensor x = counted(2, 3);
        assertTrue(x.reshape(3, 2).sharesStorageWith(x));
        Tensor t = x.t();
        assertFalse(t.reshape(6).sharesStorageWith(x));
        assertTensor(t.reshape(6), shape(6), 0, 3, 1, 4, 2, 5);
        assertThrows(IllegalArgumentException.class, () -> t.view(6));
        assertTrue(t.view(3, 2, 1).sharesStorageWith(x));
        assertTrue(t.reshape(3, 1, 2).sharesStorageWith(x));
        assertTensor(x.reshape(-1, 2), shape(3, 2), 0, 1, 2, 3, 4, 5);
        assertTensor(Tensor.zeros(0, 4).to(DType.INT64).reshape(2, 0), shape(2, 0));
        assertThrows(IllegalArgumentException.class, () -> x.reshape(4));
        assertThrows(IllegalArgumentException.class, () -> x.reshape(-1, 4));
        assertThrows(IllegalArgumentException.class, () -> x.reshape(-1, -1));
        assertThrows(IllegalArgumentException.class, () -> x.reshape(-2, 3));
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(0).reshape(-1, 0), "-1 could be anything");
    }

    /** Whether a view is possible, decided from where the elements lie: along each axis they must step evenly. */
    @Test
    void viewIsPossibleExactlyIfStridesAllow() {
        Random random = new Random(TestInputs.SEED);
        int possible = 0;
        for (int round = 0; round < 600; round++) {
            Tensor x = randomView(random);
            long[] target = randomFactors(random, x.numel());
            long[] places = x.toLongArray();
            String what = "round " + round + ", seed " + TestInputs.SEED + ": " + x.shape() + " with strides "
                    + Arrays.toString(x.strides()) + " as " + Arrays.toString(target);
            if (isEven(places, target)) {
                possible++;
                Tensor v = x.view(target);
                assertTrue(v.sharesStorageWith(x), what);
                assertArrayEquals(places, v.toLongArray(), what);
            } else {
                assertThrows(IllegalArgumentException.class, () -> x.view(target), what);
            }
            Tensor reshaped = x.reshape(target);
            assertArrayEquals(target, reshaped.shape().toArray(), what);
            assertArrayEquals(places, reshaped.toLongArray(), what);
        }
        assertTrue(possible > 100 && possible < 500, possible + " views were possible");
    }

    private static Tensor randomView(Random random) {
        Tensor x = counted(random.nextInt(1, 4), random.nextInt(1, 5), 2L * random.nextInt(1, 4));
        if (random.nextBoolean()) {
            x = x.slice(2, 0, x.size(2), 2);
        }
        if (random.nextBoolean()) {
            x = x.flip(random.nextInt(3));
        }
        if (random.nextInt(3) == 0) {
            x = x.slice(0, 0, 1).expand(random.nextInt(1, 4), -1, -1);
        }
        List<Integer> order = new ArrayList<>(List.of(0, 1, 2));
        if (random.nextInt(3) == 0) {
            Collections.shuffle(order, random);
        }
        return x.permute(order.stream().mapToInt(i -> i).toArray());
    }

    private static long[] randomFactors(Random random, long n) {
        List<Long> sizes = new ArrayList<>();
        for (long left = n; left > 1; ) {
            long factor = 1 + random.nextLong(left);
            if (left % factor == 0) {
                sizes.add(factor);
                left /= factor;
            }
        }
        if (random.nextBoolean()) {
            sizes.add(random.nextInt(sizes.size() + 1), 1L);
        }
        return sizes.stream().mapToLong(s -> s).toArray();
    }

    private static boolean isEven(long[] places, long[] shape) {
        int n = places.length;
        long step = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            for (int i = 0; i < n; i++) {
                boolean hasNext = i / step % shape[axis] < shape[axis] - 1;
                if (hasNext && places[(int) (i + step)] - places[i] != places[(int) step] - places[0]) {
                    return false;
                }
            }
            step *= shape[axis];
        }
        return true;
    }

    @Test
    void axesMove() {
        Random random = new Random(TestInputs.SEED);
        NdArray a = TestInputs.uniform(random, -1, 1, 2, 3, 4);
        for (Layout layout : Layout.values()) {
            Tensor x = TestInputs.tensor(a, layout);
            for (int i = -3; i < 3; i++) {
                for (int j = -3; j < 3; j++) {
                    NdArray expected = a.transpose(i, j);
                    assertArrayEquals(expected.data, NdArray.of(x.transpose(i, j)).data);
                    assertArrayEquals(
                            expected.sizes(), x.transpose(i, j).shape().toArray());
                }
            }
            int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {-1, 0, -2}};
            for (int[] order : orders) {
                assertArrayEquals(a.permute(order).data, NdArray.of(x.permute(order)).data);
            }
            assertArrayEquals(a.transpose(1, 2).data, NdArray.of(x.mT()).data);
        }
        assertThrows(IllegalArgumentException.class, () -> counted(2, 3).permute(0));
        assertThrows(IllegalArgumentException.class, () -> counted(2, 3).permute(0, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> counted(2, 3).transpose(0, 2));
        assertThrows(IllegalArgumentException.class, () -> counted(2, 3, 4).t());
        assertThrows(IllegalArgumentException.class, () -> counted(2).mT());
        assertTensor(counted(3).t(), shape(3), 0, 1, 2);
        assertEquals(0, Tensor.tensor(1.0).t().dim());
    }

    @Test
    void axesOfSizeOne() {
        Tensor x = counted(1, 3, 1, 2);
        assertArrayEquals(shape(3, 2), x.squeeze().shape().toArray());
        assertArrayEquals(shape(3, 1, 2), x.squeeze(0).shape().toArray());
        assertArrayEquals(shape(1, 3, 2), x.squeeze(-2).shape().toArray());
        assertArrayEquals(shape(1, 3, 1, 2), x.squeeze(1).shape().toArray(), "another size stays");
        assertArrayEquals(shape(), Tensor.ones(1, 1).squeeze().shape().toArray());
        assertArrayEquals(shape(), Tensor.tensor(1.0).squeeze(0).shape().toArray());
        assertArrayEquals(shape(1, 2, 3), counted(2, 3).unsqueeze(0).shape().toArray());
        assertArrayEquals(shape(2, 3, 1), counted(2, 3).unsqueeze(-1).shape().toArray());
        assertArrayEquals(shape(2, 1, 3), counted(2, 3).unsqueeze(-2).shape().toArray());
        assertArrayEquals(shape(1), Tensor.tensor(1.0).unsqueeze(-1).shape().toArray());
        assertThrows(IndexOutOfBoundsException.class, () -> counted(2).unsqueeze(2));
        assertThrows(IndexOutOfBoundsException.class, () -> counted(2).squeeze(1));
    }

    @Test
    void expanding() {
        Tensor x = counted(3, 1);
        Tensor e = x.expand(2, 3, 4);
        assertTrue(e.sharesStorageWith(x));
        assertArrayEquals(shape(0, 1, 0), e.strides());
        assertTensor(e.slice(2, 0, 1).select(0, 1), shape(3, 1), 0, 1, 2);
        assertEquals(2 * 4 * 3, e.sum().item());
        assertArrayEquals(shape(3, 5), x.expand(-1, 5).shape().toArray());
        assertArrayEquals(shape(3, 2), x.expandAs(counted(3, 2)).shape().toArray());
        assertArrayEquals(shape(0, 2, 3), counted(2, 3).expand(0, 2, 3).shape().toArray());
        assertArrayEquals(shape(0), Tensor.ones(1).expand(0).shape().toArray());
        assertThrows(IllegalArgumentException.class, () -> x.expand(4, 4));
        assertThrows(IllegalArgumentException.class, () -> x.expand(3));
        assertThrows(IllegalArgumentException.class, () -> x.expand(-1, 3, 4));
        e.fill(7);
        assertTensor(x, shape(3, 1), 7, 7, 7);
    }

    @Test
    void flattening() {
        Tensor x = counted(2, 3, 4);
        assertArrayEquals(shape(24), x.flatten().shape().toArray());
        assertArrayEquals(shape(6, 4), x.flatten(0, 1).shape().toArray());
        assertArrayEquals(shape(2, 12), x.flatten(-2, -1).shape().toArray());
        assertArrayEquals(shape(1), Tensor.tensor(1.0).flatten().shape().toArray());
        assertSame(x, x.flatten(1, 1));
        assertTensor(counted(2, 2).t().flatten(), shape(4), 0, 2, 1, 3);
        assertArrayEquals(shape(0), Tensor.zeros(2, 0, 3).flatten().shape().toArray());
        assertThrows(IllegalArgumentException.class, () -> x.flatten(2, 1));
    }

    @Test
    void flipping() {
        assertTensor(counted(2, 3).flip(0), shape(2, 3), 3, 4, 5, 0, 1, 2);
        assertTensor(counted(2, 3).flip(-1, 0), shape(2, 3), 5, 4, 3, 2, 1, 0);
        assertTensor(counted(2, 3).flip(), shape(2, 3), 0, 1, 2, 3, 4, 5);
        assertTensor(counted(4).flip(0).flip(0), shape(4), 0, 1, 2, 3);
        assertArrayEquals(shape(0, 2), Tensor.zeros(0, 2).flip(0).shape().toArray());
        assertThrows(IllegalArgumentException.class, () -> counted(2, 3).flip(0, -2));
    }

    private static long[] sizes(List<Tensor> parts, int axis) {
        return parts.stream().mapToLong(p -> p.size(axis)).toArray();
    }

    @Test
    void splitting() {
        assertArrayEquals(shape(2, 2, 1), sizes(counted(5).split(2, 0), 0));
        assertArrayEquals(shape(3, 1), sizes(counted(2, 4).split(3, -1), 1));
        assertArrayEquals(shape(5), sizes(counted(5).split(9, 0), 0));
        assertArrayEquals(shape(0), sizes(Tensor.zeros(0).split(2, 0), 0));
        assertArrayEquals(shape(1, 0, 4), sizes(counted(5).split(shape(1, 0, 4), 0), 0));
        assertTensor(counted(5).split(2, 0).get(1), shape(2), 2, 3);
        assertTensor(counted(2, 3).split(shape(1, 2), 1).get(1), shape(2, 2), 1, 2, 4, 5);
        assertThrows(IllegalArgumentException.class, () -> counted(5).split(shape(1, 2), 0));
        assertThrows(IllegalArgumentException.class, () -> counted(5).split(shape(6, -1), 0));
        assertThrows(IllegalArgumentException.class, () -> counted(5).split(0, 0));
        assertThrows(IllegalArgumentException.class, () -> Tensor.tensor(1.0).split(1, 0));
    }

    @Test
    void chunking() {
        assertArrayEquals(shape(3, 3, 3, 1), sizes(counted(10).chunk(4, 0), 0));
        assertArrayEquals(shape(2, 2, 1), sizes(counted(5).chunk(4, 0), 0), "fewer than asked for");
        assertArrayEquals(shape(2, 2, 2), sizes(counted(6).chunk(4, 0), 0));
        assertArrayEquals(shape(1, 1), sizes(counted(2).chunk(5, 0), 0));
        assertArrayEquals(shape(0, 0, 0), sizes(Tensor.zeros(0).chunk(3, 0), 0), "of nothing as many as asked for");
        assertThrows(IllegalArgumentException.class, () -> counted(5).chunk(0, 0));
    }

    @Test
    void contiguity() {
        Tensor x = counted(2, 3);
        assertTrue(x.isContiguous());
        assertSame(x, x.contiguous());
        Tensor t = x.t();
        assertFalse(t.isContiguous());
        assertTrue(t.contiguous().isContiguous());
        assertFalse(t.contiguous().sharesStorageWith(x));
        assertFalse(x.clone().sharesStorageWith(x));
        assertTrue(counted(3, 1).t().isContiguous(), "axes of size 1 do not matter");
        assertTrue(Tensor.zeros(0, 3).t().isContiguous());
        assertFalse(counted(4).slice(0, 0, 4, 2).isContiguous());
        assertTrue(counted(4).slice(0, 1, 3).isContiguous());
        assertFalse(counted(4).flip(0).isContiguous());
        assertFalse(counted(1).expand(3).isContiguous());
        assertEquals(1, counted(4).slice(0, 1, 3).storageOffset());
        assertEquals(3, counted(4).flip(0).storageOffset());
        assertArrayEquals(shape(-1), counted(4).flip(0).strides());
        assertArrayEquals(shape(3, 1), x.strides());
    }
}
