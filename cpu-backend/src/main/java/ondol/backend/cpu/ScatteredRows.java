package ondol.backend.cpu;

import java.util.List;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * ScatterAdd: a row of indices with a row of elements, along the last axis. What goes to one element is added in order, by
 * one thread. Where one index is for a whole run of elements, as in the gradient of indexSelect, the run is added at once:
 * as a row of columns, by a {@link ReduceLoop} once that is compiled.
 */
final class ScatteredRows implements KernelRunner {
    /** The least part of a run that a thread adds. */
    private static final long LEAST_PART = 32;

    /** The additions of a row that are counted by an int at a time; a repeated row may be longer than any array. */
    private static final int MOST_AT_ONCE = 1 << 30;

    private final Type type;
    private final @Nullable Warmup side;
    private final Workers workers;
    private final Heat heat = new Heat();
    private volatile @Nullable ReduceLoop adds;

    ScatteredRows(Kernel.ScatterAdd kernel, LoopChoice choice, Workers workers) {
        this.type = kernel.type();
        this.side = choice.vector() && type == Type.F32 ? choice.warmup() : null;
        this.workers = workers;
        if (choice.vector() && side == null) {
            adds = ReduceLoopPlan.additions().loop();
        }
    }

    @Override
    public void run(Launch launch) {
        long[] shape = launch.shape();
        long length = shape[shape.length - 1];
        IndexedRows.Run run = IndexedRows.Run.of(shape, launch.inputs()[0], launch.inputs()[1], launch.outputs()[0]);
        if (run.length() > 1) {
            addRuns(launch, run);
            return;
        }
        LeadingAxes rows = new LeadingAxes(shape);
        long count = rows.count();
        workers.run(count, (double) count * length * IndexedRows.NANOS, (scratch, from, to) -> {
            for (long row = from; row < to; row++) {
                for (long first = 0; first < length; first += MOST_AT_ONCE) {
                    add(type, launch, rows, row, (int) first, (int) Math.min(MOST_AT_ONCE, length - first));
                }
            }
        });
    }

    /** Threads share the rows, and the elements of a run, but never what is added to one element. */
    private void addRuns(Launch launch, IndexedRows.Run run) {
        View index = launch.inputs()[0];
        View source = launch.inputs()[1];
        View out = launch.outputs()[0];
        long length = launch.shape()[launch.shape().length - 1];
        long[] indices = (long[]) LeadingAxes.array(index);
        long indexStride = LeadingAxes.stride(index);
        long stride = LeadingAxes.stride(source);
        int outStride = LeadingAxes.stride(out);
        long part = Math.max(LEAST_PART, Math.ceilDiv(run.length(), workers.threads()));
        long parts = Math.ceilDiv(run.length(), part);
        long units = run.outer().count() * parts;
        double nanos =
                run.outer().count() * length * (IndexedRows.NANOS_OF_RUN + run.length() * IndexedRows.NANOS_IN_RUN);
        improve(nanos);
        workers.run(units, nanos, (scratch, from, to) -> {
            Addition addition = addition(LeadingAxes.array(source), LeadingAxes.array(out));
            for (long unit = from; unit < to; unit++) {
                long row = unit / parts;
                long first = unit % parts * part;
                int n = (int) Math.min(part, run.length() - first);
                int i = run.outer().rowStart(index, row);
                int s = run.outer().rowStart(source, row) + (int) first;
                int o = run.outer().rowStart(out, row) + (int) first;
                for (long j = 0; j < length; j++) {
                    int target = o + (int) indices[(int) (i + j * indexStride)] * outStride;
                    addition.add((int) (s + j * stride), target, n);
                }
            }
        });
    }

    /** Has the loop compiled when so much has been added that it is worth it. */
    private void improve(double nanos) {
        if (side != null && adds == null && heat.hasBecomeHot(nanos)) {
            Warmup.optional(() -> {
                ReduceLoopPlan.Additions additions = ReduceLoopPlan.additions();
                side.warm(List.of(additions.exercise()), () -> true, better -> adds = better ? additions.loop() : null);
            });
        }
    }

    /** Adds n elements from one place on to as many from another on. */
    private interface Addition {
        void add(int from, int to, int n);
    }

    private Addition addition(Object source, Object out) {
        ReduceLoop loop = adds;
        if (type == Type.I64) {
            return (from, to, n) -> add((long[]) source, from, (long[]) out, to, n);
        }
        if (type != Type.F32) {
            throw new IllegalArgumentException("ScatterAdd takes no " + type);
        }
        if (loop == null) {
            return (from, to, n) -> add((float[]) source, from, (float[]) out, to, n);
        }
        ReduceArguments a = new ReduceArguments(1);
        a.arrays[0] = (float[]) source;
        a.lanes = (float[]) out;
        a.count = 1;
        return (from, to, n) -> {
            a.at[0] = from;
            a.from = to;
            a.to = to;
            a.n = n;
            loop.run(a);
        };
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

    private static void add(Type type, Launch launch, LeadingAxes rows, long row, int first, int n) {
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
