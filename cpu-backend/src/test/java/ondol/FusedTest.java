package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** What a program's own kernels may write: any memory of its own, and exactly what they read. */
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
}
