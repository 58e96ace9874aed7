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
    int at(long row, long column) {
        return (int) (offset + row * rowStride + column * columnStride);
    }

    /** Packs rows as a panel of {@code high}: column p of them at {@code to + p * high}; missing rows are zeros. */
    void packRows(MatMulKernel kernel, int row, int rows, int high, long column, int columns, float[] panel, int to) {
        pack(kernel, at(row, column), rows, rowStride, columns, columnStride, panel, to, high);
    }

    /** Packs columns as a panel of {@code wide}: row p of them at {@code to + p * wide}; missing columns are zeros. */
    void packColumns(
            MatMulKernel kernel, long row, int rows, int column, int columns, int wide, float[] panel, int to) {
        pack(kernel, at(row, column), columns, columnStride, rows, rowStride, panel, to, wide);
    }

    private void pack(
            MatMulKernel kernel, int at, int lines, int lineStride, int n, int step, float[] panel, int to, int pitch) {
        if (lineStride == 1 && lines == pitch) {
            kernel.copyLines(array, at, step, n, pitch, panel, to);
            return;
        }
        if (lines < pitch) {
            Arrays.fill(panel, to, to + n * pitch, 0f);
        }
        interleave(array, at, lines, lineStride, n, step, panel, to, pitch);
    }

    /** {@code panel[to + p * pitch + line] = from[at + line * lineStride + p * step]}, four lines at a time. */
    private static void interleave(
            float[] from, int at, int lines, int lineStride, int n, int step, float[] panel, int to, int pitch) {
        int line = 0;
        for (; line + 4 <= lines; line += 4) {
            int first = at + line * lineStride;
            if (step == 1) {
                interleave4(from, first, lineStride, n, panel, to + line, pitch);
            } else {
                interleave4(from, first, lineStride, n, step, panel, to + line, pitch);
            }
        }
        for (; line < lines; line++) {
            int first = at + line * lineStride;
            for (int p = 0; p < n; p++) {
                panel[to + p * pitch + line] = from[first + p * step];
            }
        }
    }

    private static void interleave4(float[] from, int at, int lineStride, int n, float[] panel, int to, int pitch) {
        int at1 = at + lineStride;
        int at2 = at1 + lineStride;
        int at3 = at2 + lineStride;
        for (int p = 0, q = to; p < n; p++, q += pitch) {
            panel[q] = from[at + p];
            panel[q + 1] = from[at1 + p];
            panel[q + 2] = from[at2 + p];
            panel[q + 3] = from[at3 + p];
        }
    }

    private static void interleave4(
            float[] from, int at, int lineStride, int n, int step, float[] panel, int to, int pitch) {
        for (int p = 0, q = to, r = at; p < n; p++, q += pitch, r += step) {
            panel[q] = from[r];
            panel[q + 1] = from[r + lineStride];
            panel[q + 2] = from[r + 2 * lineStride];
            panel[q + 3] = from[r + 3 * lineStride];
        }
    }
}
