package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Gather: a row of indices with a row of elements, along the last axis. Where one index is for a whole run of elements that
 * lie side by side, as those of indexSelect are, the run goes at once.
 */
final class IndexedRows {
    /** About how many nanoseconds one element takes by itself, one in a run, and a run besides its elements. */
    static final double NANOS = 1.5;

    static final double NANOS_IN_RUN = 0.3;
    static final double NANOS_OF_RUN = 6;

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
        int indexStride = LeadingAxes.stride(index);
        int stride = LeadingAxes.stride(source);
        int outStride = LeadingAxes.stride(out);
        int n = (int) run.length;
        long runs = run.outer.count() * length;
        workers.run(runs, runs * (NANOS_OF_RUN + n * NANOS_IN_RUN), (scratch, first, end) -> {
            for (long at = first; at < end; ) {
                long row = at / length;
                int j = (int) (at % length);
                int some = (int) Math.min(length - j, end - at);
                int i = run.outer.rowStart(index, row) + j * indexStride;
                int s = run.outer.rowStart(source, row);
                int o = run.outer.rowStart(out, row) + j * outStride;
                if (LeadingAxes.array(source) instanceof float[] from) {
                    float[] to = (float[]) LeadingAxes.array(out);
                    for (int k = 0;
                            k < some;
                            k++) { // an array's type is known, so that it is copied without a look at it
                        System.arraycopy(
                                from, s + (int) indices[i + k * indexStride] * stride, to, o + k * outStride, n);
                    }
                } else {
                    Object from = LeadingAxes.array(source);
                    Object to = LeadingAxes.array(out);
                    for (int k = 0; k < some; k++) {
                        System.arraycopy(
                                from, s + (int) indices[i + k * indexStride] * stride, to, o + k * outStride, n);
                    }
                }
                at += some;
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
}
