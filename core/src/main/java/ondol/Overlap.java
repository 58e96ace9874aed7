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

    /** Whether several of a tensor's elements are one in memory, as in an expanded view or in windows. */
    static boolean ofItself(Tensor t) {
        return ofItself(t.sizes(), t.strideArray());
    }

    static boolean ofItself(long[] sizes, long[] strides) {
        if (Axes.isContiguous(sizes, strides) || Shape.numel(sizes) == 0) {
            return false;
        }
        int[] order = longestFirst(strides);
        // Two elements are apart by k[i] * strides[i]; the first k that is not 0 may be taken to be positive.
        for (int i = 0; i < order.length; i++) {
            long most = sizes[order[i]] - 1;
            long stride = Math.abs(strides[order[i]]);
            if (stride == 0 && most > 0) {
                return true;
            }
            long reach = reach(sizes, strides, order, i + 1);
            for (long k = 1; k <= most && k * stride <= reach; k++) {
                if (meets(sizes, strides, order, i + 1, k * stride)) {
                    return true;
                }
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
        return meets(t.sizes(), strides, longestFirst(strides), 0, apart);
    }

    private static int[] longestFirst(long[] strides) {
        return IntStream.range(0, strides.length)
                .boxed()
                .sorted(Comparator.comparingLong(i -> -Math.abs(strides[i])))
                .mapToInt(i -> i)
                .toArray();
    }

    /** How far apart two elements can be by the axes from one on. */
    private static long reach(long[] sizes, long[] strides, int[] order, int from) {
        long reach = 0;
        for (int i = from; i < order.length; i++) {
            reach += (sizes[order[i]] - 1) * Math.abs(strides[order[i]]);
        }
        return reach;
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
        long reach = reach(sizes, strides, order, from + 1);
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
