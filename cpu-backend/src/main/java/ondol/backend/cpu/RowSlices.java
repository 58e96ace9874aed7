package ondol.backend.cpu;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import org.jspecify.annotations.Nullable;

/**
 * Runs kernels of which each row is computed for itself on some rows at a time, all kernels after one another, so that they find
 * the rows in the cache. Threads share the slices: each kernel of a slice is run by one thread.
 */
final class RowSlices {
    /** About what a slice touches: half of a second-level cache. */
    private static final long SLICE_BYTES = 512 << 10;

    /** With less than this the rows are in the cache anyway, and no threads are wanted. */
    private static final long LEAST_BYTES = 256 << 10;

    /** So many slices are left to each thread at least. */
    private static final int SLICES_PER_THREAD = 2;

    /** About what an element takes one thread in one kernel. */
    private static final double NANOS = 0.25;

    private final KernelRunners runners;
    private final Workers workers;

    RowSlices(KernelRunners runners, Workers workers) {
        this.runners = runners;
        this.workers = workers;
    }

    /** Which axis is cut, and how long slices are. */
    record Cut(int axis, long length) {}

    /** @param reducedAxes bit a is set where rows lie along axis a */
    void run(List<Launch> launches, long reducedAxes) {
        Cut cut = cut(launches, reducedAxes, workers.threads());
        if (cut == null) {
            launches.forEach(this::run);
            return;
        }
        long size = launches.getFirst().shape()[cut.axis];
        workers.run(Math.ceilDiv(size, cut.length), nanos(launches), (scratch, from, to) -> {
            for (long slice = from; slice < to; slice++) {
                long first = slice * cut.length;
                for (Launch launch : launches) {
                    run(part(launch, cut.axis, first, Math.min(cut.length, size - first)));
                }
            }
        });
    }

    private static double nanos(List<Launch> launches) {
        double elements = 0;
        for (Launch launch : launches) {
            elements += launch.size();
        }
        return elements * NANOS;
    }

    /** How to cut; null if all is done at once. */
    static @Nullable Cut cut(List<Launch> launches, long reducedAxes, int threads) {
        long bytes = bytes(launches);
        if (bytes < LEAST_BYTES) {
            return null;
        }
        long slices = Math.max(Math.ceilDiv(bytes, SLICE_BYTES), (long) SLICES_PER_THREAD * threads);
        long[] shape = launches.getFirst().shape();
        int axis = axis(shape, reducedAxes, slices);
        return axis < 0 ? null : new Cut(axis, length(shape[axis], slices));
    }

    private void run(Launch launch) {
        runners.of(launch.kernel()).run(launch);
    }

    /** What all kernels touch; where that is little anyway, what each of them touches. */
    private static long bytes(List<Launch> launches) {
        long all = 0;
        for (Launch launch : launches) {
            for (View v : launch.inputs()) {
                all += bytes(v);
            }
            for (View v : launch.outputs()) {
                all += bytes(v);
            }
        }
        return all < LEAST_BYTES ? all : distinct(launches);
    }

    /** The same, counting what several kernels touch once. */
    private static long distinct(List<Launch> launches) {
        Map<Buffer, Long> most = new IdentityHashMap<>();
        for (Launch launch : launches) {
            count(launch.inputs(), most);
            count(launch.outputs(), most);
        }
        long sum = 0;
        for (long bytes : most.values()) {
            sum += bytes;
        }
        return sum;
    }

    private static void count(View[] views, Map<Buffer, Long> most) {
        for (View v : views) {
            most.merge(v.buffer(), bytes(v), Math::max);
        }
    }

    private static long bytes(View v) {
        long bytes = v.type().bytes();
        for (int a = 0; a < v.shape().length; a++) {
            bytes *= v.strides()[a] == 0 ? 1 : v.shape()[a];
        }
        return bytes;
    }

    /** The first axis that can be cut into so many slices, or else the longest; -1 if none can be cut. */
    private static int axis(long[] shape, long reducedAxes, long slices) {
        int best = -1;
        for (int a = 0; a < shape.length; a++) {
            boolean isKept = (reducedAxes >> a & 1) == 0;
            if (isKept && shape[a] >= slices) {
                return a;
            }
            if (isKept && shape[a] > 1 && (best < 0 || shape[a] > shape[best])) {
                best = a;
            }
        }
        return best;
    }

    /** How long slices are: where possible, so that all have the same length, and with it the same plans. */
    private static long length(long size, long slices) {
        long most = Math.max(1, size / slices);
        for (long length = most; 2 * length > most; length--) {
            if (size % length == 0) {
                return length;
            }
        }
        return most;
    }

    private static Launch part(Launch launch, int axis, long first, long length) {
        long[] shape = launch.shape().clone();
        shape[axis] = length;
        return new Launch(
                launch.kernel(),
                shape,
                launch.reducedAxes(),
                parts(launch.inputs(), axis, first, length),
                parts(launch.outputs(), axis, first, length),
                launch.scalars());
    }

    private static View[] parts(View[] views, int axis, long first, long length) {
        View[] parts = new View[views.length];
        for (int i = 0; i < parts.length; i++) {
            View v = views[i];
            long[] shape = v.shape().clone();
            shape[axis] = length;
            parts[i] = new View(v.buffer(), shape, v.strides(), v.offset() + first * v.strides()[axis]);
        }
        return parts;
    }
}
