package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import ondol.TestInputs.Layout;
import org.junit.jupiter.api.Test;

/** Matrix products of small integers, which are exact, against plain loops. */
final class MatmulTest {
    private static NdArray integers(Random random, int... shape) {
        NdArray out = NdArray.zeros(shape);
        Arrays.setAll(out.data, i -> random.nextInt(-9, 10));
        return out;
    }

    /** Every pair of batches that broadcasts, with m, k, n from a list; vectors for m or n of -1. */
    private static List<int[][]> shapes() {
        int[][][] batches = {
            {{}, {}},
            {{2}, {2}},
            {{2}, {}},
            {{}, {3}},
            {{1}, {3}},
            {{2}, {1}},
            {{2, 1}, {3}},
            {{2, 3}, {2, 3}},
            {{1, 1}, {2, 3}},
            {{0}, {0}},
            {{0}, {1}},
            {{}, {0, 2}}
        };
        int[][] sizes = {
            {3, 4, 5},
            {1, 4, 5},
            {3, 4, 1},
            {1, 4, 1},
            {3, 1, 5},
            {1, 1, 1},
            {3, 0, 5},
            {1, 0, 5},
            {3, 0, 1},
            {0, 4, 5},
            {3, 4, 0},
            {0, 0, 0},
            {0, 1, 5},
            {7, 65, 9},
            {-1, 4, 5},
            {3, 4, -1},
            {-1, 4, -1},
            {-1, 1, 5},
            {3, 1, -1},
            {-1, 0, 5},
            {3, 0, -1},
            {-1, 0, -1}
        };
        List<int[][]> all = new ArrayList<>();
        for (int[][] batch : batches) {
            for (int[] s : sizes) {
                if ((s[0] < 0 && batch[0].length > 0) || (s[2] < 0 && batch[1].length > 0)) {
                    continue; // a vector has no batch
                }
                int[] a = s[0] < 0 ? new int[] {s[1]} : joined(batch[0], s[0], s[1]);
                int[] b = s[2] < 0 ? new int[] {s[1]} : joined(batch[1], s[1], s[2]);
                all.add(new int[][] {a, b});
            }
        }
        return all;
    }

    private static int[] joined(int[] batch, int... last) {
        int[] out = Arrays.copyOf(batch, batch.length + 2);
        out[batch.length] = last[0];
        out[batch.length + 1] = last[1];
        return out;
    }

    @Test
    void everyCombination() {
        Random random = new Random(TestInputs.SEED);
        List<int[][]> shapes = shapes();
        assertTrue(shapes.size() > 150);
        for (int[][] s : shapes) {
            NdArray a = integers(random, s[0]);
            NdArray b = integers(random, s[1]);
            NdArray expected = MatrixCases.matmul(a, b);
            for (Layout layout : Layout.values()) {
                String what = Arrays.deepToString(s) + ", " + layout + ", seed " + TestInputs.SEED;
                Tensor x = TestInputs.tensor(a, layout);
                Tensor y = TestInputs.tensor(b, layout);
                Tensor product = x.matmul(y);
                assertArrayEquals(expected.sizes(), product.shape().toArray(), what);
                assertArrayEquals(expected.data, NdArray.of(product).data, what);
                assertTrue(product.isContiguous() || product.numel() < 2, what);
            }
        }
    }

    /** Gradients of empty products have their shapes, too. */
    @Test
    void gradientsOfEmptyProducts() {
        for (int[][] s : shapes()) {
            Tensor x = NdArray.zeros(s[0]).tensor().requiresGrad(true);
            Tensor y = NdArray.zeros(s[1]).tensor().requiresGrad(true);
            Tensor product = x.matmul(y);
            product.backward(Tensor.onesLike(product));
            assertArrayEquals(x.shape().toArray(), x.grad().shape().toArray());
            assertArrayEquals(y.shape().toArray(), y.grad().shape().toArray());
        }
    }

    @Test
    void repeatedOperands() {
        Random random = new Random(TestInputs.SEED);
        NdArray row = integers(random, 1, 5);
        NdArray b = integers(random, 5, 4);
        // Stride 0 in the rows, in the columns, and in the inner axis.
        Tensor x = row.tensor().expand(3, 5);
        assertArrayEquals(row.expand(3, 5).matmul(b).data, NdArray.of(x.matmul(b.tensor())).data);
        NdArray column = integers(random, 5, 1);
        NdArray a = integers(random, 3, 5);
        assertArrayEquals(
                a.matmul(column.expand(5, 4)).data,
                NdArray.of(a.tensor().matmul(column.tensor().expand(5, 4))).data);
        NdArray inner = integers(random, 3, 1);
        assertArrayEquals(
                inner.expand(3, 5).matmul(b).data,
                NdArray.of(inner.tensor().expand(3, 5).matmul(b.tensor())).data);
    }

    @Test
    void aMatrixTimesItself() {
        Random random = new Random(TestInputs.SEED);
        NdArray a = integers(random, 4, 4);
        Tensor x = a.tensor();
        assertArrayEquals(a.matmul(a).data, NdArray.of(x.matmul(x)).data);
        assertArrayEquals(a.matmul(a.transpose(0, 1)).data, NdArray.of(x.mm(x.t())).data);
    }

    @Test
    void theOthers() {
        Random random = new Random(TestInputs.SEED);
        NdArray a = integers(random, 2, 3, 4);
        NdArray b = integers(random, 2, 4, 5);
        assertArrayEquals(a.matmul(b).data, NdArray.of(a.tensor().bmm(b.tensor())).data);
        NdArray u = integers(random, 4);
        NdArray v = integers(random, 4);
        assertEquals(
                MatrixCases.matmul(u, v).data[0], u.tensor().dot(v.tensor()).item());
        assertEquals(0, Tensor.zeros(0).dot(Tensor.zeros(0)).item());
        Tensor outer = u.tensor().outer(Tensor.tensor(1f, 10f));
        assertArrayEquals(new long[] {4, 2}, outer.shape().toArray());
        assertArrayEquals(u.reshape(4, 1).zip(NdArray.vector(1, 10), (p, q) -> p * q).data, NdArray.of(outer).data);
        assertArrayEquals(
                new long[] {0, 3}, Tensor.zeros(0).outer(Tensor.ones(3)).shape().toArray());
    }

    @Test
    void linearLayers() {
        Random random = new Random(TestInputs.SEED);
        int[][] inputs = {{3, 4}, {1, 4}, {4}, {2, 3, 4}, {0, 4}, {2, 0, 4}, {3, 1}, {3, 0}, {2, 3, 0}, {0}};
        for (int[] s : inputs) {
            int in = s[s.length - 1];
            for (int out : new int[] {5, 1, 0}) {
                NdArray x = integers(random, s);
                NdArray w = integers(random, out, in);
                NdArray b = integers(random, out);
                NdArray product = MatrixCases.matmul(x, w.transpose(0, 1));
                for (Layout layout : Layout.values()) {
                    String what = Arrays.toString(s) + " to " + out + ", " + layout + ", seed " + TestInputs.SEED;
                    Tensor t = TestInputs.tensor(x, layout);
                    Tensor weight = TestInputs.tensor(w, layout);
                    Tensor plain = t.linear(weight, null);
                    assertArrayEquals(product.data, NdArray.of(plain).data, what);
                    assertArrayEquals(product.sizes(), plain.shape().toArray(), what);
                    Tensor biased = t.linear(weight, TestInputs.tensor(b, layout));
                    assertArrayEquals(product.zip(b, Double::sum).data, NdArray.of(biased).data, what);
                }
            }
        }
    }

    @Test
    void whatDoesNotFit() {
        Tensor x = Tensor.zeros(2, 3);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> x.matmul(Tensor.zeros(4, 3)));
        assertTrue(e.getMessage().contains("inner sizes 3 and 4"), e::getMessage);
        assertThrows(IllegalArgumentException.class, () -> x.matmul(Tensor.zeros(2)));
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(3).matmul(x));
        assertThrows(IllegalArgumentException.class, () -> x.matmul(Tensor.tensor(1.0)));
        assertThrows(IllegalArgumentException.class, () -> x.matmul(Tensor.arange(3)));
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(2, 3, 4).matmul(Tensor.zeros(3, 4, 5)));
        assertThrows(IllegalArgumentException.class, () -> x.mm(Tensor.zeros(3)));
        assertThrows(IllegalArgumentException.class, () -> x.bmm(x));
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(1, 2, 3).bmm(Tensor.zeros(2, 3, 2)));
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(2).dot(Tensor.zeros(3)));
        assertThrows(IllegalArgumentException.class, () -> x.outer(Tensor.zeros(2)));
    }
}
