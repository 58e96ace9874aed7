package ondol.backend.cpu;

import ondol.backend.View;

/** One matrix of a batch: where its elements lie. Its rows and its columns may each be several axes of a view. */
final class Matrix {
    final float[] array;
    final Places rows;
    final Places columns;

    /** From row to row, if the rows are {@linkplain Places#isEven even}. */
    final int rowStride;

    /** From column to column, likewise. */
    final int columnStride;

    private final View view;
    private final int batchAxes;
    private long offset;

    /** The first matrix of the last two axes of a view, or its transpose. */
    Matrix(View view, boolean transposed) {
        this(view, 1, 1, transposed);
    }

    /** The same of the last axes: so many for the rows, then so many for the columns. */
    Matrix(View view, int rowAxes, int columnAxes, boolean transposed) {
        int axes = view.shape().length;
        Places first = new Places(view, axes - columnAxes - rowAxes, rowAxes);
        Places second = new Places(view, axes - columnAxes, columnAxes);
        this.view = view;
        this.batchAxes = axes - columnAxes - rowAxes;
        this.array = (float[]) ((CpuBuffer) view.buffer()).array;
        this.rows = transposed ? second : first;
        this.columns = transposed ? first : second;
        this.rowStride = rows.stride;
        this.columnStride = columns.stride;
        this.offset = view.offset();
    }

    /** Whether its rows and its columns both lie evenly. */
    boolean isEven() {
        return rows.isEven() && columns.isEven();
    }

    /** Goes to another matrix, number {@code batch} in row-major order of the other axes. */
    void moveTo(long batch) {
        long[] shape = view.shape();
        offset = view.offset();
        long rest = batch;
        for (int axis = batchAxes - 1; axis >= 0; axis--) {
            offset += rest % shape[axis] * view.strides()[axis];
            rest /= shape[axis];
        }
    }

    /** The place of an element. */
    int at(long row, long column) {
        return (int) offset + rows.at(row) + columns.at(column);
    }

    /**
     * Copies a part of some rows to arrays of their own, {@code to[at]} and following.
     *
     * @param places the columns' {@linkplain Places#fill places} from {@code column} on; read unless they are even
     */
    void copyRows(long row, int rows, int column, int columns, int[] places, float[][] to, int at) {
        int first = at(row, column);
        if (!isEven()) {
            for (int i = 0; i < rows; i++) {
                int begin = at(row + i, 0);
                for (int j = 0; j < columns; j++) {
                    to[at + i][j] = array[begin + places[j]];
                }
            }
        } else if (columnStride == 1) {
            for (int i = 0; i < rows; i++) {
                System.arraycopy(array, first + i * rowStride, to[at + i], 0, columns);
            }
        } else if (rows == 4) {
            copy4(array, first, rowStride, columns, columnStride, to[at], to[at + 1], to[at + 2], to[at + 3]);
        } else {
            for (int i = 0; i < rows; i++) {
                for (int j = 0, q = first + i * rowStride; j < columns; j++, q += columnStride) {
                    to[at + i][j] = array[q];
                }
            }
        }
    }

    private static void copy4(
            float[] from, int first, int pitch, int n, int step, float[] to0, float[] to1, float[] to2, float[] to3) {
        for (int j = 0, q = first; j < n; j++, q += step) {
            to0[j] = from[q];
            to1[j] = from[q + pitch];
            to2[j] = from[q + 2 * pitch];
            to3[j] = from[q + 3 * pitch];
        }
    }

    /** Writes a part of some rows of an even matrix: element j of row i is {@code values[i * pitch + j]}. */
    void setRows(int row, int rows, int column, int columns, float[] values, int pitch) {
        for (int i = 0; i < rows; i++) {
            int at = at(row + i, column);
            if (columnStride == 1) {
                System.arraycopy(values, i * pitch, array, at, columns);
            } else {
                for (int j = 0; j < columns; j++, at += columnStride) {
                    array[at] = values[i * pitch + j];
                }
            }
        }
    }

    /** Packs rows of an even matrix one after the other: element p of row i at {@code i * pitch + p}. */
    void packRows(int row, int rows, long column, int columns, float[] packed, int pitch) {
        int at = at(row, column);
        if (columnStride == 1) {
            for (int i = 0; i < rows; i++) {
                System.arraycopy(array, at + i * rowStride, packed, i * pitch, columns);
            }
        } else {
            interleave(array, at, columns, columnStride, rows, rowStride, packed, 0, pitch);
        }
    }

    /** Packs columns of an even matrix side by side: row p of them at {@code to + p * pitch}. */
    void packColumns(long row, int rows, int column, int columns, float[] packed, int to, int pitch) {
        interleave(array, at(row, column), columns, columnStride, rows, rowStride, packed, to, pitch);
    }

    /** {@code to[at + p * pitch + line] = from[first + line * lineStride + p * step]}, four lines at a time. */
    private static void interleave(
            float[] from, int first, int lines, int lineStride, int n, int step, float[] to, int at, int pitch) {
        int line = 0;
        for (; line + 4 <= lines; line += 4) {
            interleave4(from, first + line * lineStride, lineStride, n, step, to, at + line, pitch);
        }
        for (; line < lines; line++) {
            for (int p = 0, q = at + line, r = first + line * lineStride; p < n; p++, q += pitch, r += step) {
                to[q] = from[r];
            }
        }
    }

    private static void interleave4(
            float[] from, int first, int lineStride, int n, int step, float[] to, int at, int pitch) {
        for (int p = 0, q = at, r = first; p < n; p++, q += pitch, r += step) {
            to[q] = from[r];
            to[q + 1] = from[r + lineStride];
            to[q + 2] = from[r + 2 * lineStride];
            to[q + 3] = from[r + 3 * lineStride];
        }
    }
}
