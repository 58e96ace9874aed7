package ondol.backend.cpu;

/**
 * One matrix product. Later blocks of k take C up where the earlier ones left it, so every element is one chain of fused
 * multiply-adds, however the work is cut.
 */
final class MatMulProduct {
    private static final int ROOM_A = 1;
    private static final int ROOM_TILE = 3;

    private final MatMulPlan plan;
    private final MatMulKernel kernel;
    private final Matrix a;
    private final Matrix b;
    private final Matrix c;

    MatMulProduct(MatMulPlan plan, Matrix a, Matrix b, Matrix c) {
        this.plan = plan;
        this.kernel = plan.kernel();
        this.a = a;
        this.b = b;
        this.c = c;
    }

    /**
     * A part of k and some columns of B, as they are packed.
     *
     * @param p the first of {@code depth} rows of B
     * @param j the first of {@code columns} columns
     * @param packed the panels, one after the other; if only the last is packed, that one
     */
    record Block(long p, int depth, int j, int columns, float[] packed) {}

    /** Packs the block's panels {@code from} to {@code to - 1}, as far as they are packed. */
    void pack(Block block, int from, int to) {
        int wide = kernel.columns();
        for (int panel = from; panel < to; panel++) {
            int columns = Math.min(wide, block.columns - panel * wide);
            if (plan.packs(columns)) {
                b.packColumns(
                        kernel,
                        block.p,
                        block.depth,
                        block.j + panel * wide,
                        columns,
                        kernel.columnsFor(columns),
                        block.packed,
                        packedAt(block, panel));
            }
        }
    }

    private int packedAt(Block block, int panel) {
        return plan.packsColumns() ? panel * kernel.columns() * block.depth : 0;
    }

    /** Rows i0 to i1 - 1 and columns j0 to j1 - 1, counted from the block's first, over the block's part of k. */
    void multiply(Scratch scratch, Block block, int i0, int i1, int j0, int j1) {
        TileArguments t = scratch.tile;
        t.k = block.depth;
        t.pitchA = a.rowStride;
        t.first = block.p == 0;
        if (plan.packsRows()) {
            t.a = packRows(scratch, block, i0, i1);
        } else {
            t.a = a.array;
        }
        int wide = kernel.columns();
        for (int j = j0; j < j1; j += wide) {
            int columns = Math.min(wide, j1 - j);
            if (plan.packs(columns)) {
                t.b = block.packed;
                t.b0 = packedAt(block, j / wide);
                t.pitchB = kernel.columnsFor(columns);
            } else {
                t.b = b.array;
                t.b0 = b.at(block.p, block.j + j);
                t.pitchB = b.rowStride;
            }
            for (int i = i0; i < i1; i += kernel.rows()) {
                t.a0 = plan.packsRows() ? (i - i0) * block.depth : a.at(i, block.p);
                tile(scratch, t, i, Math.min(kernel.rows(), i1 - i), block.j + j, columns);
            }
        }
    }

    private float[] packRows(Scratch scratch, Block block, int i0, int i1) {
        int high = kernel.rows();
        float[] packed = scratch.room(ROOM_A, (long) (i1 - i0 + high) * block.depth);
        for (int i = i0; i < i1; i += high) {
            int rows = Math.min(high, i1 - i);
            a.packRows(kernel, i, rows, kernel.rowsFor(rows), block.p, block.depth, packed, (i - i0) * block.depth);
        }
        return packed;
    }

    /** One tile; where C does not fill it, it is formed aside and its valid part copied. */
    private void tile(Scratch scratch, TileArguments t, int i, int rows, int j, int columns) {
        int high = kernel.rowsFor(rows);
        int wide = kernel.columnsFor(columns);
        Tile tile = kernel.tile(high, wide, plan.packsRows());
        int at = c.at(i, j);
        if (rows == high && columns == wide) {
            t.c = c.array;
            t.c0 = at;
            t.pitchC = c.rowStride;
            tile.run(t);
            return;
        }
        t.c = scratch.room(ROOM_TILE, (long) high * wide);
        t.c0 = 0;
        t.pitchC = wide;
        if (!t.first) {
            for (int r = 0; r < rows; r++) {
                System.arraycopy(c.array, at + r * c.rowStride, t.c, r * wide, columns);
            }
        }
        tile.run(t);
        for (int r = 0; r < rows; r++) {
            System.arraycopy(t.c, r * wide, c.array, at + r * c.rowStride, columns);
        }
    }
}
