package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Gather and ScatterAdd: a row of indices with a row of elements, along the last axis. Where one index is for a whole run
 * of elements that lie side by side, as those of indexSelect are, the run goes at once.
 */
final class IndexedRows {
    /** About how many nanoseconds one element takes by itself, one in a run, and a run besides its elements. */
    private static final double NANOS = 1.5;

    private static final double NANOS_IN_RUN = 0.3;
    private static final double NANOS_OF_RUN = 6;

    /** The least part of a run that a thread adds. */
    private static final long LEAST_PART = 32;

    /** The additions of a row that are counted by an int at a time; a repeated row may be longer than any array. */
    static final int MOST_AT_ONCE = 1 << 30;

    private IndexedRows() {}

    /**
     * What one index is for: the last leading axes, along which the index is repeated and both views go on.
     *
     * @param length how many elements, 1 if every element has an index of its own
     * @param outer the leading axes before
     */
    record Run(long length, LeadingAxes outer) {
        static Run of(long[] shape, View index, View a, View b) {
            long n = 1;
            int axis = shape.length - 2;
            while (axis >= 0
                    && (shape[axis] == 1
                            || index.strides()[axis] == 0 && a.strides()[axis] == n && b.strides()[axis] == n)) {
                n *= shape[axis--];
            }
            return new Run(n, new LeadingAxes(Arrays.copyOf(shape, axis + 2)));
        }
    }

    /** Any element may be gathered by any thread. */
    static void gather(Kernel.Gather kernel, Launch launch, Workers workers) {
        long[] shape = launch.shape();
        Run run = Run.of(shape, launch.inputs()[1], launch.inputs()[0], launch.outputs()[0]);
        if (run.length > 1) {
            gatherRuns(launch, run, workers);
            return;
        }
        long length = shape[shape.length - 1];
        LeadingAxes rows = new LeadingAxes(shape);
        long size = rows.count() * length;
        workers.run(size, size * NANOS, (scratch, from, to) -> {
            for (long at = from; at < to; ) {
                long row = at / length;
                long first = at % length;
                int n = (int) Math.min(length - first, to - at);
                gather(kernel.type(), launch, rows, row, (int) first, n);
                at += n;
            }
        });
    }

    private static void gatherRuns(Launch launch, Run run, Workers workers) {
        View source = launch.inputs()[0];
        View index = launch.inputs()[1];
        View out = launch.outputs()[0];
        long length = launch.shape()[launch.shape().length - 1];
        long[] indices = (long[]) LeadingAxes.array(index);
        Object from = LeadingAxes.array(source);
        Object to = LeadingAxes.array(out);
        long indexStride = LeadingAxes.stride(index);
        int stride = LeadingAxes.stride(source);
        long outStride = LeadingAxes.stride(out);
        int n = (int) run.length;
        long runs = run.outer.count() * length;
        workers.run(runs, runs * (NANOS_OF_RUN + n * NANOS_IN_RUN), (scratch, first, end) -> {
            for (long at = first; at < end; at++) {
                long row = at / length;
                long j = at % length;
                int i = (int) (run.outer.rowStart(index, row) + j * indexStride);
                int s = run.outer.rowStart(source, row) + (int) indices[i] * stride;
                System.arraycopy(from, s, to, (int) (run.outer.rowStart(out, row) + j * outStride), n);
            }
        });
    }

    private static void gather(Type type, Launch launch, LeadingAxes rows, long row, int first, int n) {
        View source = launch.inputs()[0];
        View index = launch.inputs()[1];
        View out = launch.outputs()[0];
        long[] indices = (long[]) LeadingAxes.array(index);
        int indexStride = LeadingAxes.stride(index);
        int i = rows.rowStart(index, row) + first * indexStride;
        int s = rows.rowStart(source, row);
        int stride = LeadingAxes.stride(source);
        int outStride = LeadingAxes.stride(out);
        int o = rows.rowStart(out, row) + first * outStride;
        switch (type) {
            case F32 -> {
                float[] from = (float[]) LeadingAxes.array(source);
                float[] to = (float[]) LeadingAxes.array(out);
                for (int j = 0; j < n; j++, i += indexStride, o += outStride) {
                    to[o] = from[s + (int) indices[i] * stride];
                }
            }
            case I32 -> {
                int[] from = (int[]) LeadingAxes.array(source);
                int[] to = (int[]) LeadingAxes.array(out);
                for (int j = 0; j < n; j++, i += indexStride, o += outStride) {
                    to[o] = from[s + (int) indices[i] * stride];
                }
            }
            case I64 -> {
                long[] from = (long[]) LeadingAxes.array(source);
                long[] to = (long[]) LeadingAxes.array(out);
                for (int j = 0; j < n; j++, i += indexStride, o += outStride) {
                    to[o] = from[s + (int) indices[i] * stride];
                }
            }
            case BOOL -> {
                boolean[] from = (boolean[]) LeadingAxes.array(source);
                boolean[] to = (boolean[]) LeadingAxes.array(out);
                for (int j = 0; j < n; j++, i += indexStride, o += outStride) {
                    to[o] = from[s + (int) indices[i] * stride];
                }
            }
        }
    }

    /** A row's additions stay in order, on one thread; rows go to different elements. */
    static void scatterAdd(Kernel.ScatterAdd kernel, Launch launch, Workers workers) {
        long[] shape = launch.shape();
        long length = shape[shape.length - 1];
        Run run = Run.of(shape, launch.inputs()[0], launch.inputs()[1], launch.outputs()[0]);
        if (run.length > 1) {
            scatterRuns(kernel.type(), launch, run, workers);
            return;
        }
        LeadingAxes rows = new LeadingAxes(shape);
        long count = rows.count();
        workers.run(count, (double) count * length * NANOS, (scratch, from, to) -> {
            for (long row = from; row < to; row++) {
                for (long first = 0; first < length; first += MOST_AT_ONCE) {
                    int n = (int) Math.min(MOST_AT_ONCE, length - first);
                    scatterAdd(kernel.type(), launch, rows, row, (int) first, n);
                }
            }
        });
    }

    /** Threads share the rows, and the elements of a run, but never what is added to one element. */
    private static void scatterRuns(Type type, Launch launch, Run run, Workers workers) {
        View index = launch.inputs()[0];
        View source = launch.inputs()[1];
        View out = launch.outputs()[0];
        long length = launch.shape()[launch.shape().length - 1];
        long[] indices = (long[]) LeadingAxes.array(index);
        long indexStride = LeadingAxes.stride(index);
        long stride = LeadingAxes.stride(source);
        int outStride = LeadingAxes.stride(out);
        long part = Math.max(LEAST_PART, Math.ceilDiv(run.length, workers.threads()));
        long parts = Math.ceilDiv(run.length, part);
        long units = run.outer.count() * parts;
        double nanos = run.outer.count() * length * (NANOS_OF_RUN + run.length * NANOS_IN_RUN);
        workers.run(units, nanos, (scratch, from, to) -> {
            for (long unit = from; unit < to; unit++) {
                long row = unit / parts;
                long first = unit % parts * part;
                int n = (int) Math.min(part, run.length - first);
                int i = run.outer.rowStart(index, row);
                int s = run.outer.rowStart(source, row) + (int) first;
                int o = run.outer.rowStart(out, row) + (int) first;
                for (long j = 0; j < length; j++) {
                    int target = o + (int) indices[(int) (i + j * indexStride)] * outStride;
                    add(type, LeadingAxes.array(source), (int) (s + j * stride), LeadingAxes.array(out), target, n);
                }
            }
        });
    }

    private static void add(Type type, Object source, int s, Object out, int o, int n) {
        switch (type) {
            case F32 -> add((float[]) source, s, (float[]) out, o, n);
            case I64 -> add((long[]) source, s, (long[]) out, o, n);
            case I32, BOOL -> throw new IllegalArgumentException("ScatterAdd takes no " + type);
        }
    }

    private static void add(float[] from, int s, float[] to, int o, int n) {
        for (int k = 0; k < n; k++) {
            to[o + k] += from[s + k];
        }
    }

    private static void add(long[] from, int s, long[] to, int o, int n) {
        for (int k = 0; k < n; k++) {
            to[o + k] += from[s + k];
        }
    }

    private static void scatterAdd(Type type, Launch launch, LeadingAxes rows, long row, int first, int n) {
        View index = launch.inputs()[0];
        View source = launch.inputs()[1];
        View out = launch.outputs()[0];
        long[] indices = (long[]) LeadingAxes.array(index);
        int indexStride = LeadingAxes.stride(index);
        int i = rows.rowStart(index, row) + first * indexStride;
        int stride = LeadingAxes.stride(source);
        int s = rows.rowStart(source, row) + first * stride;
        int outStride = LeadingAxes.stride(out);
        int o = rows.rowStart(out, row);
        switch (type) {
            case F32 -> {
                float[] from = (float[]) LeadingAxes.array(source);
                float[] to = (float[]) LeadingAxes.array(out);
                for (int j = 0; j < n; j++, i += indexStride, s += stride) {
                    to[o + (int) indices[i] * outStride] += from[s];
                }
            }
            case I64 -> {
                long[] from = (long[]) LeadingAxes.array(source);
                long[] to = (long[]) LeadingAxes.array(out);
                for (int j = 0; j < n; j++, i += indexStride, s += stride) {
                    to[o + (int) indices[i] * outStride] += from[s];
                }
            }
            case I32, BOOL -> throw new IllegalArgumentException("ScatterAdd takes no " + type);
        }
    }
}
