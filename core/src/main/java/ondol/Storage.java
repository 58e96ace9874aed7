package ondol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import ondol.backend.Buffer;
import ondol.memory.Lease;
import ondol.memory.Memory;
import org.jspecify.annotations.Nullable;

/** A buffer shared by tensors that view it. */
final class Storage extends Lease {
    private static final VarHandle VERSION;

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(Storage.class, "version", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int FEW = 4096;

    final Device device;

    /**
     * Counts in-place changes, so that backward can tell that a saved tensor was changed. Threads may change different
     * parts of one memory at once; each of them counts.
     */
    private volatile int version;

    private Storage(Device device, Memory memory, Buffer buffer, boolean tracked) {
        super(memory, buffer, tracked);
        this.device = device;
    }

    /** How a device's memory hands out buffers. */
    static Memory.Maker<Storage> maker(Device device) {
        return (memory, buffer, tracked) -> new Storage(device, memory, buffer, tracked);
    }

    int version() {
        return version;
    }

    void changed() {
        VERSION.getAndAdd(this, 1);
    }

    /** The smallest and the largest element of an INT64 tensor on this storage; labels are asked again and again. */
    long[] bounds(Tensor t) {
        long[] minMax = knownBounds(t);
        if (minMax == null) {
            try (var _ = Scope.open()) {
                minMax = findBounds(withoutRepeats(t));
            }
        }
        return minMax;
    }

    private long @Nullable [] knownBounds(Tensor t) {
        Bounds known = bounds;
        return known != null
                        && known.version == version
                        && known.offset == t.storageOffset()
                        && known.n == t.numel()
                        && t.isContiguous()
                ? known.minMax
                : null;
    }

    private long[] findBounds(Tensor t) {
        int now = version; // before the elements are read: a change meanwhile must not count as seen
        long[] minMax = knownBounds(t);
        if (minMax == null) {
            // Few indices are read, which takes less than two launches, and reading their results.
            minMax = t.numel() <= FEW ? minMax(t.toLongArray()) : MinMax.bounds(t);
            if (t.isContiguous()) {
                bounds = new Bounds(now, t.storageOffset(), t.numel(), minMax);
            }
        }
        return minMax;
    }

    /** A view of each element once, where axes repeat them. */
    private static Tensor withoutRepeats(Tensor t) {
        Tensor once = t.detach();
        for (int axis = 0; axis < t.dim(); axis++) {
            if (t.strides()[axis] == 0 && t.sizes()[axis] > 1) {
                once = Views.slice(once, axis, 0, 1, 1);
            }
        }
        return once;
    }

    private static long[] minMax(long[] values) {
        long[] minMax = {values[0], values[0]};
        for (long value : values) {
            minMax[0] = Math.min(minMax[0], value);
            minMax[1] = Math.max(minMax[1], value);
        }
        return minMax;
    }

    private record Bounds(int version, long offset, long n, long[] minMax) {}

    /** The bounds of the last question. Threads that ask at once may each compute it, and find the same. */
    private @Nullable Bounds bounds;
}
