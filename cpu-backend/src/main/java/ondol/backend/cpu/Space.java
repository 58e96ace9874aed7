package ondol.backend.cpu;

import ondol.backend.View;
import org.jspecify.annotations.Nullable;

/**
 * What a runner iterates over: some of a launch's axes, neighbours merged where every view allows it, outermost first.
 * Its elements are counted in row-major order; a row is a run along the innermost axis.
 */
final class Space {
    /** Rows at least this long are not mixed in a block. */
    private static final int LONG_ROW = 64;

    /** The axes, after merging; at least one. */
    final int rank;

    /** Their sizes. */
    final long[] sizes;

    /** Stride of view v along axis a at [v * rank + a]. */
    final long[] strides;

    /** How many elements. */
    final long count;

    /** The length of a row. */
    final long row;

    /** Whether no block has elements of two rows. */
    final boolean byRows;

    /** How many views. */
    final int views;

    /** How far view v goes from behind a row to the next row when axis a is the one counted up, at [v * rank + a]. */
    final long[] carries;

    private Space(int rank, int views, long[] sizes, long[] strides, boolean mayCut) {
        this.rank = rank;
        this.views = views;
        this.sizes = sizes;
        this.strides = strides;
        long n = 1;
        for (int a = 0; a < rank; a++) {
            n *= sizes[a];
        }
        this.count = n;
        this.row = sizes[rank - 1];
        this.byRows = rank == 1 || mayCut && row >= LONG_ROW;
        this.carries = new long[rank == 1 ? 0 : views * rank];
        for (int v = 0; v < views && rank > 1; v++) {
            long back = row * strides[v * rank + rank - 1];
            for (int a = rank - 2; a >= 0; a--) {
                carries[v * rank + a] = strides[v * rank + a] - back;
                back += (sizes[a] - 1) * strides[v * rank + a];
            }
        }
    }

    /** One element and no views. */
    static final Space POINT = new Space(1, 0, new long[] {1}, new long[0], true);

    /**
     * The space of those axes of {@code shape} whose bit is set in {@code axes}.
     *
     * @param viewStrides the strides of every view along all axes of {@code shape}
     * @param mayCut whether blocks may end where rows end; a sum's blocks may not
     */
    static Space of(long[] shape, long axes, long[][] viewStrides, boolean mayCut) {
        int views = viewStrides.length;
        long[] sizes = new long[Math.max(1, shape.length)];
        long[] strides = new long[views * sizes.length];
        int rank = 0; // of the axes merged so far, innermost first
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            if ((axes >>> axis & 1) == 0 || shape[axis] == 1) {
                continue;
            }
            if (rank > 0 && continues(viewStrides, axis, sizes[rank - 1], strides, (rank - 1) * views)) {
                sizes[rank - 1] *= shape[axis];
                continue;
            }
            for (int v = 0; v < views; v++) {
                strides[rank * views + v] = viewStrides[v][axis];
            }
            sizes[rank++] = shape[axis];
        }
        if (rank <= 1) {
            return new Space(1, views, new long[] {rank == 0 ? 1 : sizes[0]}, strides, mayCut);
        }
        long[] outerFirst = new long[rank];
        long[] byView = new long[views * rank];
        for (int a = 0; a < rank; a++) {
            outerFirst[a] = sizes[rank - 1 - a];
            for (int v = 0; v < views; v++) {
                byView[v * rank + a] = strides[(rank - 1 - a) * views + v];
            }
        }
        return new Space(rank, views, outerFirst, byView, mayCut);
    }

    private static boolean continues(long[][] viewStrides, int axis, long innerSize, long[] strides, int at) {
        for (int v = 0; v < viewStrides.length; v++) {
            if (viewStrides[v][axis] != strides[at + v] * innerSize) {
                return false;
            }
        }
        return true;
    }

    /** The strides of a launch's inputs, then its outputs, then, if wanted, the row-major index. */
    static long[][] viewStrides(View[] inputs, View[] outputs, long @Nullable [] index) {
        int views = inputs.length + outputs.length;
        long[][] strides = new long[index == null ? views : views + 1][];
        for (int v = 0; v < inputs.length; v++) {
            strides[v] = inputs[v].strides();
        }
        for (int v = 0; v < outputs.length; v++) {
            strides[inputs.length + v] = outputs[v].strides();
        }
        if (index != null) {
            strides[views] = index;
        }
        return strides;
    }

    /** The strides of a contiguous tensor of this shape. */
    static long[] rowMajor(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int a = shape.length - 1; a >= 0; a--) {
            strides[a] = stride;
            stride *= shape[a];
        }
        return strides;
    }

    /** The stride of a view along the rows. */
    long rowStride(int view) {
        return strides[view * rank + rank - 1];
    }

    /** Whether a view's elements lie side by side in this space's order. */
    boolean isDense(int view) {
        int at = view * rank;
        long stride = 1;
        for (int a = rank - 1; a >= 0; a--) {
            if (strides[at + a] != stride) {
                return false;
            }
            stride *= sizes[a];
        }
        return true;
    }

    /** Whether all elements of a view are one element. */
    boolean isOneElement(int view) {
        for (int a = 0; a < rank; a++) {
            if (strides[view * rank + a] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Where a view's element is, relative to the view's first. */
    long offset(int view, long element) {
        long offset = 0;
        long rest = element;
        for (int a = rank - 1; a > 0; a--) {
            long outer = rest / sizes[a];
            offset += (rest - outer * sizes[a]) * strides[view * rank + a];
            rest = outer;
        }
        return offset + rest * strides[view * rank];
    }

    /** Moves the coordinates to the next row, leaving the column; returns how far that is in a view. */
    long nextRow(int view, long[] coordinates) {
        int at = view * rank;
        long step = 0;
        for (int a = rank - 2; a >= 0; a--) {
            step += strides[at + a];
            if (++coordinates[a] < sizes[a]) {
                return step;
            }
            step -= strides[at + a] * sizes[a];
            coordinates[a] = 0;
        }
        return step;
    }

    // ---- blocks

    /** How many blocks the rows are cut into, or the whole if blocks mix rows. */
    long blocks(int length) {
        return byRows ? count / Math.max(1, row) * Math.ceilDiv(row, length) : Math.ceilDiv(count, length);
    }

    /** The first element of a block. */
    long blockStart(long block, int length) {
        if (!byRows || rank == 1) {
            return block * length;
        }
        long pieces = Math.ceilDiv(row, length);
        return block / pieces * row + block % pieces * length;
    }

    /** How many elements the block has that begins at {@code start}, where the cursor is. */
    int blockLength(Cursor cursor, long start, int length) {
        long left = byRows && rank > 1 ? row - cursor.column() : count - start;
        return (int) Math.min(length, left);
    }

    /** A block length of at most {@code most} that cuts rows evenly, in multiples of 16. */
    int evenBlock(int most) {
        if (!byRows || row <= most) {
            return most;
        }
        long pieces = Math.ceilDiv(row, most);
        return (int) Math.min(most, Math.ceilDiv(Math.ceilDiv(row, pieces), 16) * 16);
    }
}
