package ondol.backend.cpu;

import ondol.backend.View;

/**
 * Where the elements along some neighbouring axes of a view lie, relative to the first of them, in row-major order. Axes that
 * one stride leads along are one.
 */
final class Places {
    /** The stride from each to the next, if {@link #isEven}; that of a single element is 1, as an array's. */
    final int stride;

    private final int rank;
    private final long[] sizes;
    private final int[] strides;

    /** Of axes {@code axis} to {@code axis + count - 1}. */
    Places(View view, int axis, int count) {
        long[] joinedSizes = new long[count];
        int[] joinedStrides = new int[count];
        int joined = 0; // innermost first
        boolean isEmpty = isEmpty(view, axis, count);
        if (isEmpty) {
            joinedSizes[joined] = 0;
            joinedStrides[joined++] = 1;
        }
        for (int a = axis + count - 1; a >= axis && !isEmpty; a--) {
            long size = view.shape()[a];
            if (size == 1) {
                continue;
            }
            int step = (int) view.strides()[a];
            if (joined > 0 && step == joinedStrides[joined - 1] * (int) joinedSizes[joined - 1]) {
                joinedSizes[joined - 1] *= size;
                continue;
            }
            joinedSizes[joined] = size;
            joinedStrides[joined++] = step;
        }
        this.rank = joined;
        this.sizes = joinedSizes;
        this.strides = joinedStrides;
        this.stride = joined == 0 ? 1 : joinedStrides[0];
    }

    private static boolean isEmpty(View view, int axis, int count) {
        for (int a = axis; a < axis + count; a++) {
            if (view.shape()[a] == 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether one stride leads from each to the next. */
    boolean isEven() {
        return rank <= 1;
    }

    /** How many lie evenly before there is a jump. */
    long run() {
        return rank == 0 ? 1 : sizes[0];
    }

    /** The place of an element. */
    int at(long index) {
        if (rank <= 1) {
            return (int) index * stride;
        }
        int place = 0;
        long rest = index;
        for (int a = 0; a < rank - 1; a++) {
            long outer = rest / sizes[a];
            place += (int) (rest - outer * sizes[a]) * strides[a];
            rest = outer;
        }
        return place + (int) rest * strides[rank - 1];
    }

    /** The places of {@code count} elements from {@code first} on, to {@code to[at]} and following. */
    void fill(long first, int count, int[] to, int at) {
        int done = 0;
        while (done < count) {
            int place = at(first + done);
            int n = rank <= 1 ? count : (int) Math.min(count - done, sizes[0] - (first + done) % sizes[0]);
            for (int i = 0; i < n; i++, place += stride) {
                to[at + done + i] = place;
            }
            done += n;
        }
    }
}
