package ondol.backend.cpu;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/** Gather and ScatterAdd: a row of indices with a row of elements, along the last axis. */
final class IndexedRows {
    /** About how many nanoseconds one element takes. */
    private static final double NANOS = 1.5;

    /** The additions of a row that are counted by an int at a time; a repeated row may be longer than any array. */
    static final int MOST_AT_ONCE = 1 << 30;

    private IndexedRows() {}

    /** Any element may be gathered by any thread. */
    static void gather(Kernel.Gather kernel, Launch launch, Workers workers) {
        long[] shape = launch.shape();
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
