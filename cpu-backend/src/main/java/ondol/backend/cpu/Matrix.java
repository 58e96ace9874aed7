package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.View;

/** One matrix of a batch: where its elements lie. */
final class Matrix {
    final float[] array;
    final int rowStride;
    final int columnStride;
    private final int offset;

    private Matrix(float[] array, int offset, int rowStride, int columnStride) {
        this.array = array;
        this.offset = offset;
        this.rowStride = rowStride;
        this.columnStride = columnStride;
    }

    /** The matrix of the last two axes, number {@code batch} in row-major order of the others. */
    static Matrix of(View view, long batch) {
        int axes = view.shape().length;
        long offset = view.offset();
        long rest = batch;
        for (int axis = axes - 3; axis >= 0; axis--) {
            long size = view.shape()[axis];
            offset += rest % size * view.strides()[axis];
            rest /= size;
        }
        return new Matrix(
                (float[]) ((CpuBuffer) view.buffer()).array,
                (int) offset,
                (int) view.strides()[axes - 2],
                view.shape()[axes - 1] == 1 ? 1 : (int) view.strides()[axes - 1]);
    }

    /** The place of an element. */
    int at(int row, int column) {
        return offset + row * rowStride + column * columnStride;
    }

    /** Packs rows as a panel of {@code high}: column p of them at {@code to + p * high}; missing rows are zeros. */
    void packRows(int row, int rows, int high, int column, int columns, float[] panel, int to) {
        if (rows < high) {
            Arrays.fill(panel, to, to + columns * high, 0f);
        }
        for (int r = 0; r < rows; r++) {
            int from = at(row + r, column);
            for (int p = 0; p < columns; p++) {
                panel[to + p * high + r] = array[from + p * columnStride];
            }
        }
    }

    /** Packs columns as a panel of {@code wide}: row p of them at {@code to + p * wide}; missing columns are zeros. */
    void packColumns(int row, int rows, int column, int columns, int wide, float[] panel, int to) {
        if (columnStride == 1) {
            for (int p = 0; p < rows; p++) {
                int at = to + p * wide;
                System.arraycopy(array, at(row + p, column), panel, at, columns);
                Arrays.fill(panel, at + columns, at + wide, 0f);
            }
            return;
        }
        if (columns < wide) {
            Arrays.fill(panel, to, to + rows * wide, 0f);
        }
        for (int q = 0; q < columns; q++) {
            int from = at(row, column + q);
            for (int p = 0; p < rows; p++) {
                panel[to + p * wide + q] = array[from + p * rowStride];
            }
        }
    }
}
