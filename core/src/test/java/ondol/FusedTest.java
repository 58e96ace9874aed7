package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import ondol.autograd.Autograd;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A program's own kernels: new tensors, and memory of its own that they may overwrite. */
@ExtendWith(ReferenceDevice.class)
final class FusedTest {
    private static final Expr A = Expr.input(0, Type.F32);
    private static final Expr B = Expr.input(1, Type.F32);
    private static final Kernel.Map SUM = new Kernel.Map(A.add(B));
    private static final Kernel.Map SUM_AND_DIFFERENCE = new Kernel.Map(A.add(B), A.sub(B));

    @Test
    void inPlaceThroughAnyHandleOnTheSameElements() {
        Tensor a = Tensor.tensor(1f, 2f, 3f);
        Tensor b = Tensor.tensor(10f, 20f, 30f);
        Fused.update(SUM_AND_DIFFERENCE, List.of(a.detach(), b), List.of(a, b.detach()));
        assertArrayEquals(new float[] {11, 22, 33}, a.toFloatArray());
        assertArrayEquals(new float[] {-9, -18, -27}, b.toFloatArray());
    }

    @Test
    void partsOfOneMemoryThatShareNothing() {
        Tensor m = Tensor.tensor(new float[][] {{1, 2, 3}, {4, 5, 6}});
        Tensor left = m.get(Index.all(), Index.at(0));
        Tensor middle = m.get(Index.all(), Index.at(1));
        Tensor right = m.get(Index.all(), Index.at(2));
        Fused.update(SUM_AND_DIFFERENCE, List.of(left, middle), List.of(right, left));
        assertArrayEquals(new float[] {-1, 2, 3, -1, 5, 9}, m.toFloatArray());
        Tensor v = Tensor.tensor(1f, 2f, 3f, 4f);
        Fused.update(SUM, List.of(v.get(Index.to(2)), v.get(Index.from(2))), List.of(v.get(Index.to(2))));
        assertArrayEquals(new float[] {4, 6, 3, 4}, v.toFloatArray());
    }

    @Test
    void anExpandedInputIsOnlyRead() {
        Tensor v = Tensor.tensor(1f, 2f);
        Fused.update(SUM, List.of(v, Tensor.tensor(5f).expand(2)), List.of(v));
        assertArrayEquals(new float[] {6, 7}, v.toFloatArray());
    }

    /** Against the elements themselves, for windows of every kind on a memory of 64 elements. */
    @Test
    void overlap() {
        Random random = new Random(7);
        Tensor memory = Tensor.zeros(64);
        int[] seen = new int[3];
        for (int i = 0; i < 20_000; i++) {
            Tensor a = window(random, memory, null);
            Tensor b = window(random, memory, random.nextInt(3) == 0 ? null : a);
            Set<Long> shared = new HashSet<>(places(a));
            shared.retainAll(places(b));
            Overlap found = Overlap.of(a, b);
            seen[found.ordinal()]++;
            String what = text(a) + " and " + text(b);
            assertEquals(found, Overlap.of(b, a), what);
            switch (found) {
                case NONE -> assertEquals(Set.of(), shared, what);
                case SAME -> assertEquals(places(a), places(b), what);
                case PARTIAL -> assertTrue(!shared.isEmpty() || !alike(a, b), what);
            }
            a.close();
            b.close();
        }
        for (int times : seen) {
            assertTrue(times > 200, Arrays.toString(seen));
        }
        assertEquals(Overlap.NONE, Overlap.of(Tensor.zeros(3), Tensor.zeros(3)));
        assertNotEquals(Overlap.SAME, Overlap.of(memory, memory.flip(0)));
    }

    /** A window of the memory, of another one's sizes and steps or of its own, without shared elements. */
    private static Tensor window(Random random, Tensor memory, Tensor like) {
        while (true) {
            long[] sizes = like == null ? new long[random.nextInt(4)] : like.sizes();
            long[] strides = like == null ? new long[sizes.length] : like.strideArray();
            for (int i = 0; like == null && i < sizes.length; i++) {
                sizes[i] = random.nextInt(1, 5);
                strides[i] = random.nextInt(-9, 17);
            }
            Tensor t = memory.window(sizes, strides, random.nextInt(64));
            Set<Long> places = new HashSet<>(places(t));
            if (places.size() == t.numel() && places.stream().allMatch(p -> p >= 0 && p < 64)) {
                return t;
            }
            t.close();
        }
    }

    /** Only then it is asked to be exact. */
    private static boolean alike(Tensor a, Tensor b) {
        return a.shape().equals(b.shape()) && Arrays.equals(a.strides(), b.strides());
    }

    /** Where each element is. */
    private static List<Long> places(Tensor t) {
        long[] sizes = t.sizes();
        Long[] at = new Long[(int) t.numel()];
        for (int n = 0; n < at.length; n++) {
            long place = t.storageOffset();
            long rest = n;
            for (int i = sizes.length - 1; i >= 0; i--) {
                place += rest % sizes[i] * t.strides()[i];
                rest /= sizes[i];
            }
            at[n] = place;
        }
        return List.of(at);
    }

    private static String text(Tensor t) {
        return t.shape() + " by " + Arrays.toString(t.strides()) + " at " + t.storageOffset();
    }

    // ---- new tensors

    private static final Expr N = Expr.input(0, Type.I64);

    @Test
    void mapBroadcasts() {
        Tensor row = Tensor.tensor(new float[][] {{1, 2, 3}});
        Tensor column = Tensor.tensor(new float[][] {{10}, {20}});
        Tensor sum = Fused.map(SUM, row, column);
        assertArrayEquals(new float[][] {{11, 12, 13}, {21, 22, 23}}, (float[][]) sum.toNestedArray());
        List<Tensor> both =
                Fused.mapAll(SUM_AND_DIFFERENCE, row.t().unfold(0, 2, 1).squeeze(1), column.squeeze());
        assertArrayEquals(
                new float[][] {{11, 22}, {12, 23}}, (float[][]) both.get(0).toNestedArray());
        assertArrayEquals(
                new float[][] {{-9, -18}, {-8, -17}}, (float[][]) both.get(1).toNestedArray());
        assertTrue(both.get(1).isContiguous() && !both.get(0).sharesStorageWith(both.get(1)));
        assertEquals(Shape.of(0, 3), Fused.map(SUM, row, Tensor.zeros(0, 1)).shape());
    }

    @Test
    void outputsOfEveryType() {
        Kernel.Map kernel = new Kernel.Map(
                N.lt(Expr.constantI64(2)), N.add(N), N.to(Type.F32).mul(0.5));
        List<Tensor> out = Fused.mapAll(kernel, Tensor.arange(4));
        assertArrayEquals(new boolean[] {true, true, false, false}, out.get(0).toBooleanArray());
        assertArrayEquals(new long[] {0, 2, 4, 6}, out.get(1).toLongArray());
        assertArrayEquals(new float[] {0, 0.5f, 1, 1.5f}, out.get(2).toFloatArray());
        assertEquals(
                List.of(DType.BOOL, DType.INT64, DType.FLOAT32),
                out.stream().map(Tensor::dtype).toList());
    }

    @Test
    void reduceOverAxesOfTheCommonShape() {
        Kernel.Reduce dot = new Kernel.Reduce(A.mul(B), ReduceOp.SUM);
        Tensor x = Tensor.tensor(new float[][] {{1, 2, 3}, {4, 5, 6}});
        Tensor y = Tensor.tensor(1f, 10f, 100f);
        assertArrayEquals(
                new float[] {321, 654},
                Fused.reduce(dot, new int[] {-1}, false, x, y).toFloatArray());
        assertEquals(
                Shape.of(1, 3), Fused.reduce(dot, new int[] {0}, true, x, y).shape());
        assertEquals(975, Fused.reduce(dot, new int[0], false, x, y).item());
        Kernel.Reduce place = new Kernel.Reduce(A.mul(Expr.scalar(0, Type.F32)), ReduceOp.ARGMAX);
        assertArrayEquals(
                new long[] {0, 0},
                Fused.reduce(place, new int[] {1}, false, List.of(x), -1).toLongArray());
        // The largest of each window: pooling.
        Kernel.Reduce largest = new Kernel.Reduce(A, ReduceOp.MAX);
        Tensor windows = x.unfold(0, 2, 1).unfold(1, 2, 1);
        assertArrayEquals(
                new float[] {5, 6},
                Fused.reduce(largest, new int[] {-2, -1}, false, windows).toFloatArray());
    }

    @Test
    void scalarsOfEveryType() {
        Kernel.Map kernel = new Kernel.Map(Expr.scalar(2, Type.BOOL)
                .choose(N.add(Expr.scalar(0, Type.I64)), N)
                .to(Type.F32)
                .add(Expr.scalar(1, Type.F32)));
        Tensor n = Tensor.arange(2);
        assertArrayEquals(
                new float[] {4.5f, 5.5f},
                Fused.map(kernel, List.of(n), 4, 0.5, 1).toFloatArray());
        assertArrayEquals(
                new float[] {3, 4}, Fused.map(kernel, List.of(n), 4L, 3L, 0).toFloatArray());
        // Dropout's mask: its seed and its threshold are I32.
        Kernel.Map dropout = new Kernel.Map(A.mul(Expr.keep(0, 1).choose(Expr.scalar(2, Type.F32), Expr.constant(0f))));
        Tensor x = Tensor.ones(100);
        int seed = (int) new Generator(3).random32();
        assertArrayEquals(
                x.dropout(0.25, new Generator(3)).toFloatArray(),
                Fused.map(dropout, List.of(x), seed, Expr.Keep.threshold(0.75), 1 / 0.75f)
                        .toFloatArray());
    }

    @Test
    void aGradientIsNotLostInSilence() {
        Tensor x = Tensor.ones(3).requiresGrad(true);
        assertThrows(IllegalStateException.class, () -> Fused.map(SUM, Tensor.ones(3), x));
        Tensor y = Autograd.noGrad(() -> Fused.map(SUM, x, x));
        assertFalse(y.requiresGrad());
        assertArrayEquals(
                new float[] {2, 2, 2}, Fused.map(SUM, x.detach(), x.detach()).toFloatArray());
    }

    /** Inputs beyond those that the kernel reads make no difference, however many there were in the launch before. */
    @Test
    void inputsThatAreNotRead() {
        Kernel.Map copy = new Kernel.Map(Expr.input(0, Type.F32).mul(Expr.scalar(0, Type.F32)));
        Tensor x = Tensor.tensor(1f, 2f, 3f);
        Tensor y = Tensor.tensor(5f, 5f, 5f);
        Tensor out = Tensor.zeros(3);
        for (List<Tensor> inputs : List.of(List.of(x), List.of(x, y, y), List.of(x, y), List.of(x))) {
            Fused.update(copy, inputs, List.of(out), 2);
            assertArrayEquals(new float[] {2, 4, 6}, out.toFloatArray());
            out.zero();
        }
    }
}
