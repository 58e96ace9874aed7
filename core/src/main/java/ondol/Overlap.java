package ondol;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Whether two tensors share elements in memory. Most do not share a storage, which is asked first. */
enum Overlap {
    /** No element of one is an element of the other. */
    NONE,

    /** The same elements in the same places: what is written in place of what is read. */
    SAME,

    /** Some elements are shared, in other places; or it would take too long to tell. */
    PARTIAL;

    static Overlap of(Tensor a, Tensor b) {
        if (!a.sharesStorageWith(b) || a.numel() == 0 || b.numel() == 0) {
            return NONE;
        }
        if (sameWindow(a, b)) {
            return SAME;
        }
        long apart = Math.subtractExact(b.storageOffset(), a.storageOffset());
        if (apart + lowest(b) > highest(a) || apart + highest(b) < lowest(a)) {
            return NONE;
        }
        boolean interleaved = sameSteps(a, b) && !meets(a, apart);
        return interleaved ? NONE : PARTIAL;
    }

    /** Whether two tensors on one storage have the same elements in the same places. */
    static boolean sameWindow(Tensor a, Tensor b) {
        return a.storageOffset() == b.storageOffset() && sameSteps(a, b);
    }

    /** Whether several elements are one in memory: a stride of 0, since no other view makes them. */
    static boolean isExpanded(Tensor t) {
        long[] sizes = t.sizes();
        long[] strides = t.strideArray();
        for (int i = 0; i < sizes.length; i++) {
            if (strides[i] == 0 && sizes[i] > 1) {
                return t.numel() != 0;
            }
        }
        return false;
    }

    private static boolean sameSteps(Tensor a, Tensor b) {
        if (a.dim() != b.dim()) {
            return false;
        }
        for (int i = 0; i < a.dim(); i++) {
            long size = a.sizes()[i];
            if (size != b.sizes()[i] || (size != 1 && a.strideArray()[i] != b.strideArray()[i])) {
                return false;
            }
        }
        return true;
    }

    /** The place of the last element in memory, seen from the first index's. */
    private static long highest(Tensor t) {
        long at = 0;
        for (int i = 0; i < t.dim(); i++) {
            at += Math.max(0, (t.sizes()[i] - 1) * t.strideArray()[i]);
        }
        return at;
    }

    private static long lowest(Tensor t) {
        long at = 0;
        for (int i = 0; i < t.dim(); i++) {
            at += Math.min(0, (t.sizes()[i] - 1) * t.strideArray()[i]);
        }
        return at;
    }

    /**
     * Whether two windows of the same sizes and strides, {@code apart} elements from each other, meet: whether {@code
     * apart} is a sum of {@code k[i] * strides[i]} with {@code |k[i]| < sizes[i]}. From the longest stride to the
     * shortest: what the shorter ones cannot bridge, the longer one has to, which leaves it few ways.
     */
    private static boolean meets(Tensor t, long apart) {
        long[] strides = t.strideArray();
        int[] order = IntStream.range(0, strides.length)
                .boxed()
                .sorted(Comparator.comparingLong(i -> -Math.abs(strides[i])))
                .mapToInt(i -> i)
                .toArray();
        return meets(t.sizes(), strides, order, 0, apart);
    }

    private static boolean meets(long[] sizes, long[] strides, int[] order, int from, long apart) {
        if (from == order.length) {
            return apart == 0;
        }
        long most = sizes[order[from]] - 1;
        long stride = Math.abs(strides[order[from]]);
        if (stride == 0) {
            return apart == 0; // so are all strides after it
        }
        long reach = 0;
        for (int i = from + 1; i < order.length; i++) {
            reach += (sizes[order[i]] - 1) * Math.abs(strides[order[i]]);
        }
        long first = Math.max(-most, Math.ceilDiv(apart - reach, stride));
        long last = Math.min(most, Math.floorDiv(apart + reach, stride));
        for (long k = first; k <= last; k++) {
            if (meets(sizes, strides, order, from + 1, apart - k * stride)) {
                return true;
            }
        }
        return false;
    }
}
