package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Sort: a row at a time. What has at most 32 bits is sorted as one long each, the value's order above, the index below,
 * which makes any sort a stable one; I64 rows are merged.
 */
final class SortedRows {
    private SortedRows() {}

    static void sort(Kernel.Sort kernel, Launch launch, Workers workers) {
        long[] shape = launch.shape();
        int n = (int) shape[shape.length - 1];
        LeadingAxes rows = new LeadingAxes(shape);
        long count = n == 0 ? 0 : rows.count();
        double nanos = 5.0 * count * n * (Integer.SIZE - Integer.numberOfLeadingZeros(n));
        workers.run(count, nanos, (scratch, from, to) -> {
            long[] keys = new long[n];
            long[] room = kernel.type() == Type.I64 ? new long[n] : keys;
            for (long row = from; row < to; row++) {
                sortRow(kernel, launch, rows, row, n, keys, room);
            }
        });
    }

    private static void sortRow(
            Kernel.Sort kernel, Launch launch, LeadingAxes rows, long row, int n, long[] keys, long[] room) {
        View in = launch.inputs()[0];
        Object array = LeadingAxes.array(in);
        int at = rows.rowStart(in, row);
        int stride = LeadingAxes.stride(in);
        if (kernel.type() == Type.I64) {
            long[] values = new long[n];
            Strided.read((long[]) array, at, stride, values, 0, n);
            for (int j = 0; j < n; j++) {
                keys[j] = j;
            }
            mergeSort(values, keys, room, 0, n, kernel.descending());
        } else {
            for (int j = 0; j < n; j++) {
                int order = order(kernel.type(), array, at + j * stride);
                // The complement turns the order round; the index below is never turned, so equals stay in order.
                keys[j] = (long) (kernel.descending() ? ~order : order) << 32 | j;
            }
            Arrays.sort(keys, 0, n);
        }
        write(kernel.type(), launch, rows, row, n, keys, array, at, stride);
    }

    /** An int that is ordered as the values are: NaN largest, -0 equal to +0. */
    private static int order(Type type, Object array, int at) {
        return switch (type) {
            case F32 -> order(((float[]) array)[at]);
            case I32 -> ((int[]) array)[at];
            case BOOL -> ((boolean[]) array)[at] ? 1 : 0;
            case I64 -> throw new AssertionError(type);
        };
    }

    private static int order(float value) {
        if (Float.isNaN(value)) {
            return Integer.MAX_VALUE;
        }
        int bits = Float.floatToRawIntBits(value + 0f); // -0 becomes +0
        return bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
    }

    /** Sorts indices by their values, merging halves; an index is taken from the right only if its value is before. */
    private static void mergeSort(long[] values, long[] index, long[] room, int from, int to, boolean descending) {
        if (to - from < 2) {
            return;
        }
        int middle = (from + to) >>> 1;
        mergeSort(values, index, room, from, middle, descending);
        mergeSort(values, index, room, middle, to, descending);
        System.arraycopy(index, from, room, from, middle - from);
        int left = from;
        int right = middle;
        for (int k = from; left < middle; k++) {
            boolean takesRight =
                    right < to && isBefore(values[(int) index[right]], values[(int) room[left]], descending);
            index[k] = takesRight ? index[right++] : room[left++];
        }
    }

    private static boolean isBefore(long a, long b, boolean descending) {
        return descending ? a > b : a < b;
    }

    private static void write(
            Type type,
            Launch launch,
            LeadingAxes rows,
            long row,
            int n,
            long[] keys,
            Object array,
            int at,
            int stride) {
        View values = launch.outputs()[0];
        View indices = launch.outputs()[1];
        int v = rows.rowStart(values, row);
        int vStride = LeadingAxes.stride(values);
        int i = rows.rowStart(indices, row);
        int iStride = LeadingAxes.stride(indices);
        Object to = LeadingAxes.array(values);
        long[] toIndices = (long[]) LeadingAxes.array(indices);
        for (int j = 0; j < n; j++, v += vStride, i += iStride) {
            int index = (int) keys[j];
            int from = at + index * stride;
            toIndices[i] = index;
            switch (type) {
                case F32 -> ((float[]) to)[v] = ((float[]) array)[from];
                case I32 -> ((int[]) to)[v] = ((int[]) array)[from];
                case I64 -> ((long[]) to)[v] = ((long[]) array)[from];
                case BOOL -> ((boolean[]) to)[v] = ((boolean[]) array)[from];
            }
        }
    }
}
