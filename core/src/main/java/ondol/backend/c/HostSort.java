package ondol.backend.c;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/** Sorts rows on the host: the values come, are sorted, and go back. */
public final class HostSort {
    /** About so many elements come to the host at a time. */
    private static final int AT_ONCE = 1 << 24;

    private final Backend backend;
    private final Workspace workspace;
    private final int atOnce;

    /**
     * A sort for one device.
     *
     * @param backend the device whose rows are sorted
     * @param workspace where the rows are collected
     */
    public HostSort(Backend backend, Workspace workspace) {
        this(backend, workspace, AT_ONCE);
    }

    HostSort(Backend backend, Workspace workspace, int atOnce) {
        this.backend = backend;
        this.workspace = workspace;
        this.atOnce = atOnce;
    }

    /**
     * Runs a sort.
     *
     * @param sort the kernel
     * @param launch its launch
     * @throws IllegalArgumentException if a row does not fit a Java array
     */
    public void run(Kernel.Sort sort, Launch launch) {
        View input = launch.inputs()[0];
        long n = input.size();
        if (n == 0) {
            return;
        }
        long length = input.shape()[input.shape().length - 1];
        if (length > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "sort: a row of " + length + " elements; " + backend.info().name() + " sorts rows of at most "
                            + (Integer.MAX_VALUE - 8) + ": use shorter rows");
        }
        int row = (int) length;
        int most = Math.max(1, atOnce / row) * row;
        Buffer values = workspace.take(sort.type(), n);
        try {
            Buffer places = workspace.take(Type.I64, n);
            try {
                View contiguousValues = Planner.contiguous(values, input.shape());
                copy(sort.type(), input, contiguousValues);
                for (long at = 0; at < n; at += most) {
                    int count = (int) Math.min(most, n - at);
                    long[] order = new long[count];
                    backend.upload(sorted(sort, values, at, count, row, order), values, at);
                    backend.upload(MemorySegment.ofArray(order), places, at);
                }
                copy(sort.type(), contiguousValues, launch.outputs()[0]);
                copy(Type.I64, Planner.contiguous(places, input.shape()), launch.outputs()[1]);
            } finally {
                workspace.give(places);
            }
        } finally {
            workspace.give(values);
        }
    }

    /** Some rows' values, sorted; their places before go to {@code order}. */
    private MemorySegment sorted(Kernel.Sort sort, Buffer values, long at, int count, int row, long[] order) {
        boolean descending = sort.descending();
        return switch (sort.type()) {
            case F32 -> {
                float[] x = new float[count];
                backend.download(values, at, MemorySegment.ofArray(x));
                sortFloats(x, order, row, descending);
                yield MemorySegment.ofArray(x);
            }
            case I64 -> {
                long[] x = new long[count];
                backend.download(values, at, MemorySegment.ofArray(x));
                sortLongs(x, order, row, descending);
                yield MemorySegment.ofArray(x);
            }
            case I32 -> {
                int[] x = new int[count];
                backend.download(values, at, MemorySegment.ofArray(x));
                long[] wide = Arrays.stream(x).asLongStream().toArray();
                sortLongs(wide, order, row, descending);
                Arrays.setAll(x, i -> (int) wide[i]);
                yield MemorySegment.ofArray(x);
            }
            case BOOL -> {
                byte[] x = new byte[count];
                backend.download(values, at, MemorySegment.ofArray(x));
                long[] wide = new long[count];
                Arrays.setAll(wide, i -> x[i]);
                sortLongs(wide, order, row, descending);
                for (int i = 0; i < count; i++) {
                    x[i] = (byte) wide[i];
                }
                yield MemorySegment.ofArray(x);
            }
        };
    }

    private void copy(Type type, View from, View to) {
        Kernel.Map kernel = new Kernel.Map(Expr.input(0, type));
        backend.run(new Launch(kernel, to.shape(), 0, new View[] {from}, new View[] {to}, Launch.NO_SCALARS));
    }

    /** NaN above all, -0 equal to +0. The keys carry the place, so equal values stay in order. */
    private static void sortFloats(float[] x, long[] order, int row, boolean descending) {
        long[] keys = new long[row];
        float[] sorted = new float[row];
        for (int start = 0; start < x.length; start += row) {
            for (int i = 0; i < row; i++) {
                float v = x[start + i];
                int bits = Float.floatToIntBits(v == 0 ? 0f : v);
                int key = bits >= 0 ? bits : bits ^ 0x7fffffff;
                keys[i] = (long) (descending ? ~key : key) << 32 | i;
            }
            Arrays.sort(keys);
            for (int i = 0; i < row; i++) {
                int from = (int) keys[i];
                sorted[i] = x[start + from];
                order[start + i] = from;
            }
            System.arraycopy(sorted, 0, x, start, row);
        }
    }

    private static void sortLongs(long[] x, long[] order, int row, boolean descending) {
        Integer[] places = new Integer[row];
        long[] sorted = new long[row];
        for (int start = 0; start < x.length; start += row) {
            int first = start;
            Arrays.setAll(places, i -> i);
            Comparator<Integer> ascending = (a, b) -> Long.compare(x[first + a], x[first + b]);
            Arrays.sort(places, descending ? (a, b) -> ascending.compare(b, a) : ascending);
            for (int i = 0; i < row; i++) {
                sorted[i] = x[start + places[i]];
                order[start + i] = places[i];
            }
            System.arraycopy(sorted, 0, x, start, row);
        }
    }
}
