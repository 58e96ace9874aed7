package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import org.jspecify.annotations.Nullable;

/**
 * A part of a matrix product on one thread: blocks of A and B are packed into panels that the kernel runs through, tile
 * by tile. Later blocks of k take C up where the earlier ones left it, so every element is one chain.
 */
final class MatMulPart {
    private static final int BLOCK_K = 256;
    private static final int BLOCK_ROWS = 144;
    private static final int BLOCK_COLUMNS = 512;

    /** Fewer rows than this do not repay packing a B whose rows are contiguous already. */
    private static final int ROWS_WORTH_PACKING = 48;

    private static final int ROOM_A = 1;
    private static final int ROOM_B = 2;
    private static final int ROOM_TILE = 3;

    private final MatMulKernel kernel;
    private final Scratch scratch;
    private final View a;
    private final View b;
    private final View c;
    private final MatMulRunner.@Nullable Epilogue epilogue;
    private final @Nullable Frame frame;
    private final int k;
    private final long m;
    private final long n;

    MatMulPart(
            MatMulKernel kernel, Scratch scratch, Launch launch, View raw, MatMulRunner.@Nullable Epilogue epilogue) {
        this.kernel = kernel;
        this.scratch = scratch;
        this.a = launch.inputs()[0];
        this.b = launch.inputs()[1];
        this.c = raw;
        this.epilogue = epilogue;
        this.frame = epilogue == null ? null : epilogue.begin(scratch);
        int axes = launch.shape().length;
        this.k = Math.toIntExact(a.shape()[axes - 1]);
        this.m = launch.shape()[axes - 2];
        this.n = launch.shape()[axes - 1];
    }

    void end() {
        if (frame != null) {
            frame.end();
        }
    }

    /** Computes rows i0 to i1 - 1 and columns j0 to j1 - 1 of one product of the batch. */
    void run(long batch, int i0, int i1, int j0, int j1) {
        Matrix first = Matrix.of(a, batch);
        Matrix second = Matrix.of(b, batch);
        Matrix result = Matrix.of(c, batch);
        for (int j = j0; j < j1; j += BLOCK_COLUMNS) {
            int columns = Math.min(BLOCK_COLUMNS, j1 - j);
            columns(first, second, result, i0, i1, j, columns);
            if (epilogue != null && frame != null) {
                for (int i = i0; i < i1; i++) {
                    epilogue.run(frame, (batch * m + i) * n + j, columns);
                }
            }
        }
    }

    private void columns(Matrix first, Matrix second, Matrix result, int i0, int i1, int j, int columns) {
        if (k == 0) {
            for (int i = i0; i < i1; i++) {
                int at = result.at(i, j);
                Arrays.fill(result.array, at, at + columns, 0f);
            }
        }
        int wide = kernel.columns();
        boolean packsAll = second.columnStride != 1 || i1 - i0 >= ROWS_WORTH_PACKING;
        int packedFrom = packsAll ? 0 : columns - columns % wide;
        int deep = Math.min(k, BLOCK_K);
        int panels = Math.ceilDiv(columns - packedFrom, wide);
        float[] packedB = scratch.room(ROOM_B, (long) panels * wide * deep);
        float[] packedA = scratch.room(ROOM_A, (long) (Math.min(i1 - i0, BLOCK_ROWS) + kernel.rows()) * deep);
        for (int p = 0; p < k; p += BLOCK_K) {
            int depth = Math.min(BLOCK_K, k - p);
            for (int panel = 0; panel < panels; panel++) {
                int from = packedFrom + panel * wide;
                second.packColumns(
                        p, depth, j + from, Math.min(wide, columns - from), wide, packedB, panel * wide * depth);
            }
            for (int i = i0; i < i1; i += BLOCK_ROWS) {
                int rows = Math.min(BLOCK_ROWS, i1 - i);
                int high = kernel.rows();
                for (int r = 0; r < rows; r += high) {
                    int valid = Math.min(high, rows - r);
                    first.packRows(i + r, valid, tileRows(valid), p, depth, packedA, r * depth);
                }
                for (int q = 0; q < columns; q += wide) {
                    boolean packed = q >= packedFrom;
                    float[] from = packed ? packedB : second.array;
                    int at = packed ? (q - packedFrom) * depth : second.at(p, j + q);
                    int pitch = packed ? wide : second.rowStride;
                    for (int r = 0; r < rows; r += high) {
                        tile(
                                packedA,
                                r * depth,
                                from,
                                at,
                                pitch,
                                depth,
                                result,
                                i + r,
                                j + q,
                                Math.min(high, rows - r),
                                Math.min(wide, columns - q),
                                p == 0);
                    }
                }
            }
        }
    }

    private int tileRows(int valid) {
        return valid == kernel.rows() ? valid : kernel.rowsFor(valid);
    }

    /** One tile; at the edges it is formed aside and its valid part copied. */
    private void tile(
            float[] packedA,
            int a0,
            float[] b,
            int b0,
            int pitchB,
            int depth,
            Matrix result,
            int i,
            int j,
            int rows,
            int columns,
            boolean first) {
        int wide = kernel.columns();
        int c0 = result.at(i, j);
        int high = tileRows(rows);
        if (rows == high && columns == wide) {
            kernel.tile(high, packedA, a0, b, b0, pitchB, depth, result.array, c0, result.rowStride, first);
            return;
        }
        float[] aside = scratch.room(ROOM_TILE, (long) kernel.rows() * wide);
        if (!first) {
            for (int r = 0; r < rows; r++) {
                System.arraycopy(result.array, c0 + r * result.rowStride, aside, r * wide, columns);
            }
        }
        kernel.tile(high, packedA, a0, b, b0, pitchB, depth, aside, 0, wide, first);
        for (int r = 0; r < rows; r++) {
            System.arraycopy(aside, r * wide, result.array, c0 + r * result.rowStride, columns);
        }
    }
}
