package ondol.backend.cpu;

import ondol.backend.View;

/** One matrix of a batch: where its elements lie. */
final class Matrix {
    final float[] array;
    final int rowStride;
    final int columnStride;
    private final View view;
    private long offset;

    /** The first matrix of the last two axes of a view, or its transpose. */
    Matrix(View view, boolean transposed) {
        int axes = view.shape().length;
        int rows = stride(view, axes - 2);
        int columns = stride(view, axes - 1);
        this.view = view;
        this.array = (float[]) ((CpuBuffer) view.buffer()).array;
        this.rowStride = transposed ? columns : rows;
        this.columnStride = transposed ? rows : columns;
        this.offset = view.offset();
    }

    /** A stride; one that is never gone is 1, as that of an array. */
    private static int stride(View view, int axis) {
        return view.shape()[axis] == 1 ? 1 : (int) view.strides()[axis];
    }

    /** Goes to another matrix, number {@code batch} in row-major order of the other axes. */
    void moveTo(long batch) {
        long[] shape = view.shape();
        offset = view.offset();
        long rest = batch;
        for (int axis = shape.length - 3; axis >= 0; axis--) {
            offset += rest % shape[axis] * view.strides()[axis];
            rest /= shape[axis];
        }
    }

    /** The place of an element. */
    int at(long row, long column) {
        return (int) (offset + row * rowStride + column * columnStride);
    }

    /** Copies a part of some rows to arrays of their own, {@code to[at]} and following. */
    void copyRows(long row, int rows, int column, int columns, float[][] to, int at) {
        int first = at(row, column);
        if (columnStride == 1) {
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

    /** Writes a part of some rows: element j of row i is {@code values[i * pitch + j]}. */
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

    /** Packs rows one after the other: element p of row i at {@code i * pitch + p}. */
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

    /** Packs columns side by side: row p of them at {@code to + p * pitch}. */
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
