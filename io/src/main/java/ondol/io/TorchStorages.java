package ondol.io;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import ondol.Tensor;

/** Which storages the tensors of a file have, and where each tensor is in its storage. */
final class TorchStorages {
    /** PyTorch's alignment of what an entry holds. */
    static final int ALIGNMENT = 64;

    /** The version of the format, which entry "version" says. */
    static final byte[] VERSION = "3\n".getBytes(StandardCharsets.US_ASCII);

    /** The order of bytes, which entry "byteorder" says. */
    static final byte[] LITTLE = "little".getBytes(StandardCharsets.US_ASCII);

    /**
     * Where a tensor is.
     *
     * @param storage the storage's number
     * @param count how many elements the storage has
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Place(int storage, long count, long offset, long[] strides) {}

    private final List<Tensor> contents = new ArrayList<>();
    private final Map<Tensor, Place> places = new IdentityHashMap<>();

    /** The tensors whose elements, in row-major order, are the storages. */
    List<Tensor> contents() {
        return contents;
    }

    Place place(Tensor t) {
        Place place = places.get(t);
        if (place == null) {
            throw new AssertionError("a tensor that was not added");
        }
        return place;
    }

    /** Finds places for all tensors of a file. */
    void add(List<Tensor> tensors) {
        for (List<Tensor> sharing : bySharing(tensors)) {
            List<Tensor> roots = new ArrayList<>();
            // Those that hold others come first, so that these find them.
            sharing.sort((a, b) -> Long.compare(room(b), room(a)));
            for (Tensor t : sharing) {
                Tensor root =
                        roots.stream().filter(r -> holds(r, t)).findFirst().orElse(t);
                if (root == t) {
                    roots.add(t);
                    places.put(t, new Place(contents.size(), t.numel(), 0, rowMajor(t)));
                    contents.add(t);
                } else {
                    Place place = place(root);
                    boolean same = isSameWindow(root, t);
                    places.put(
                            t,
                            new Place(
                                    place.storage,
                                    place.count,
                                    same ? 0 : t.storageOffset() - root.storageOffset(),
                                    same ? place.strides : t.strides()));
                }
            }
        }
    }

    private static List<List<Tensor>> bySharing(List<Tensor> tensors) {
        List<List<Tensor>> groups = new ArrayList<>();
        for (Tensor t : tensors) {
            List<Tensor> group = groups.stream()
                    .filter(g -> g.getFirst().sharesStorageWith(t))
                    .findFirst()
                    .orElse(null);
            if (group == null) {
                group = new ArrayList<>();
                groups.add(group);
            }
            group.add(t);
        }
        return groups;
    }

    /** How many elements of memory others may lie in; none unless they lie there row after row. */
    private static long room(Tensor t) {
        return t.isContiguous() ? t.numel() : 0;
    }

    /** Whether a tensor is all in the memory of another one, which lies there row after row, or is the same window. */
    private static boolean holds(Tensor root, Tensor t) {
        if (isSameWindow(root, t)) {
            return true;
        }
        long last = t.storageOffset();
        for (int axis = 0; axis < t.dim(); axis++) {
            if (t.strides()[axis] < 0) {
                return false;
            }
            last += (t.size(axis) - 1) * t.strides()[axis];
        }
        return root.isContiguous()
                && t.numel() > 0
                && t.storageOffset() >= root.storageOffset()
                && last < root.storageOffset() + root.numel();
    }

    private static boolean isSameWindow(Tensor a, Tensor b) {
        return a.storageOffset() == b.storageOffset()
                && a.shape().equals(b.shape())
                && Arrays.equals(a.strides(), b.strides());
    }

    private static long[] rowMajor(Tensor t) {
        long[] strides = new long[t.dim()];
        long n = 1;
        for (int axis = t.dim() - 1; axis >= 0; axis--) {
            strides[axis] = n;
            n *= Math.max(1, t.size(axis));
        }
        return strides;
    }
}
