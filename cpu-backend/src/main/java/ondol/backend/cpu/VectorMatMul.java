package ondol.backend.cpu;

import java.util.concurrent.atomic.AtomicReferenceArray;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Vector API: 12 x 2 vectors of C in registers where there are 32 of them, 6 x 2 where there are 16, and whatever is
 * left at the edges. Every size is a class of its own, written when it is first wanted.
 */
final class VectorMatMul extends MatMulKernel {
    /** What the tiles written for this are for; they read it. */
    static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

    private static final int WIDTH = S.length();

    /** AVX-512 and NEON have 32 registers, AVX2 and SSE 16. */
    private static final int ROWS =
            WIDTH == 16 || System.getProperty("os.arch", "").equals("aarch64") ? 12 : 6;

    /** The tiles there are, for all backends: the compiled code is shared. */
    private static final AtomicReferenceArray<Tile> TILES = new AtomicReferenceArray<>(4 * (ROWS + 1));

    @Override
    int rows() {
        return ROWS;
    }

    @Override
    int columns() {
        return 2 * WIDTH;
    }

    @Override
    int rowsFor(int left) {
        return left;
    }

    @Override
    int columnsFor(int left) {
        return left <= WIDTH ? WIDTH : 2 * WIDTH;
    }

    @Override
    boolean readsRows() {
        return true;
    }

    @Override
    Tile tile(int rows, int columns, boolean packed) {
        int at = 4 * rows + (columns == WIDTH ? 0 : 2) + (packed ? 1 : 0);
        Tile tile = TILES.get(at);
        if (tile == null) {
            TILES.compareAndSet(at, null, VectorTileWriter.write(rows, columns / WIDTH, packed));
            tile = TILES.get(at);
        }
        return tile;
    }

    /** Whole vectors: what is copied beyond a line, the next line overwrites; the last lines are copied exactly. */
    @Override
    void copyLines(float[] from, int at, int stride, int lines, int width, float[] panel, int to) {
        int step = Math.ceilDiv(width, WIDTH) * WIDTH;
        int line = 0;
        int q = at;
        int end = to;
        for (;
                line < lines
                        && q + step <= from.length
                        && end + step <= panel.length
                        && (step == width || line < lines - 2);
                line++, q += stride, end += width) {
            for (int i = 0; i < step; i += WIDTH) {
                FloatVector.fromArray(S, from, q + i).intoArray(panel, end + i);
            }
        }
        for (; line < lines; line++, q += stride, end += width) {
            System.arraycopy(from, q, panel, end, width);
        }
    }
}
