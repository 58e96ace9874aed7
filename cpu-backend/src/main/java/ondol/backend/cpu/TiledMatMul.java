package ondol.backend.cpu;

/**
 * Products in the Vector API. B's columns are cut into panels, A's rows into tiles as high as the registers allow; a block
 * of B that is read often is packed, panel by panel, once for all threads. Later blocks of k take C up where the earlier
 * ones left it.
 */
final class TiledMatMul extends MatMulPlan {
    private static final int COLUMNS = VectorMatMul.COLUMNS;

    /** How much of k at a time: the more, the less often C is read and written. A's rows stay in a first-level cache. */
    private static final int MOST_DEPTH = 640;

    /** A block of A, which stays in a second-level cache beside a panel of B. */
    private static final int MOST_A_FLOATS = 48 << 10;

    /** A block of B that stays there as a whole, so that C is written row by row. */
    private static final int SMALL_B_FLOATS = 64 << 10;

    /** A factor that stays in a first-level cache is not packed. */
    private static final int MOST_UNPACKED_FLOATS = 8192;

    /** The columns of B at a time. */
    private static final int MOST_WIDE = 4096;

    /** More rows than this repay packing B. */
    private static final int ROWS_WORTH_PACKING = 48;

    /** Rows that lie a multiple of this apart share the few places of the cache that their addresses allow. */
    private static final int ALIASING_FLOATS = 1024;

    /** So many rows have room there. */
    private static final int FEW_ROWS = 8;

    /** Between packed rows, so that they do not alias. */
    private static final int GAP = 16;

    private static final int ROOM_A = 1;

    /** The rows of a tile. */
    private final int rows;

    /** Whether A is packed; else it is read where it lies. */
    private final boolean packsA;

    /** Whether A is read column by column. */
    private final boolean byColumns;

    /** Whether all of B is packed; else only a last panel that does not fill its tile. */
    private final boolean packsB;

    /** How much of k at a time. */
    private final int depth;

    private final int wide;

    private TiledMatMul(
            MatMulSize size,
            boolean transposes,
            int high,
            int across,
            int rows,
            boolean packsA,
            boolean byColumns,
            boolean packsB,
            int depth,
            int wide) {
        super(size, transposes, high, across, COLUMNS);
        this.rows = rows;
        this.packsA = packsA;
        this.byColumns = byColumns;
        this.packsB = packsB;
        this.depth = depth;
        this.wide = wide;
    }

    /** The plan for products of {@code first} and {@code second}, shared by so many threads. */
    static TiledMatMul of(MatMulSize product, Matrix first, Matrix second, int threads) {
        boolean transposes = isNarrow(product.m(), product.n()) && second.columnStride != 1
                || isNarrow(product.n(), product.m()) && first.columnStride != 1;
        MatMulSize size = transposes ? product.transposed() : product;
        int m = size.m();
        int n = size.n();
        // as the plan has them
        int aRow = transposes ? second.columnStride : first.rowStride;
        int aColumn = transposes ? second.rowStride : first.columnStride;
        int bColumn = transposes ? first.rowStride : second.columnStride;
        int depth = (int) Math.max(1, Math.ceilDiv(size.k(), Math.max(1, Math.ceilDiv(size.k(), MOST_DEPTH))));
        boolean isLarge = (double) size.k() * n > MOST_UNPACKED_FLOATS;
        boolean packsB = bColumn != 1 || m > ROWS_WORTH_PACKING && isLarge;
        boolean aliases = aRow % ALIASING_FLOATS == 0;
        int rows = aliases && n <= COLUMNS ? Math.min(FEW_ROWS, VectorMatMul.ROWS) : VectorMatMul.ROWS;
        boolean byColumns = VectorMatMul.READS_COLUMNS && aColumn != 1 && aRow == 1;
        boolean packsA = byColumns
                ? (double) size.k() * aColumn > MOST_UNPACKED_FLOATS
                : aColumn != 1 || aliases && m > rows && n > COLUMNS;
        int parts = threads == 1 ? 1 : 3 * threads;
        int wide = Math.min(MOST_WIDE, roundUp(n, COLUMNS));
        int mostHigh = wide * depth <= SMALL_B_FLOATS ? rows : Math.max(rows, MOST_A_FLOATS / depth);
        int rowParts = Math.max(Math.ceilDiv(m, mostHigh), Math.min(parts, Math.ceilDiv(m, rows)));
        int high = roundUp(Math.ceilDiv(m, rowParts), rows);
        int columnParts = Math.ceilDiv(parts, Math.ceilDiv(m, high));
        int across = roundUp(Math.ceilDiv(wide, columnParts), COLUMNS);
        return new TiledMatMul(size, transposes, high, across, rows, packsA, byColumns, packsB, depth, wide);
    }

    /** Whether a product is so narrow one way that lanes along it would be a waste, and longer the other way. */
    private static boolean isNarrow(int narrow, int along) {
        return narrow <= VectorMatMul.WIDTH && narrow < along;
    }

    @Override
    Tiles tiles() {
        return Tiles.of(size, rows, byColumns, false);
    }

    /** Room for a block of B. */
    @Override
    int sharedFloats() {
        return (packsB ? Math.min(wide, roundUp(size.n(), COLUMNS)) : COLUMNS) * depth;
    }

    @Override
    void run(MatMulProduct product, Sharing sharing) {
        for (int j = 0; j < size.n(); j += wide) {
            int columns = Math.min(wide, size.n() - j);
            long p = 0;
            do { // once where k is 0: the tiles then write their zeros
                int steps = (int) Math.min(depth, size.k() - p);
                double part = (double) columns / size.n() * (steps + 1) / (size.k() + 1.0);
                block(product, new Block(p, steps, j, columns), size.nanos() * part, sharing);
                p += steps;
            } while (p < size.k());
        }
    }

    /**
     * Some rows of B and some of their columns.
     *
     * @param p the first of {@code depth} rows
     * @param j the first of {@code columns} columns
     */
    record Block(long p, int depth, int j, int columns) {}

    /** Adds what a block contributes. */
    void block(MatMulProduct product, Block block, double nanos, Sharing sharing) {
        int panels = Math.ceilDiv(block.columns, COLUMNS);
        if (packsB) {
            double packing = 0.5 * block.depth * block.columns;
            sharing.run(panels, packing, (scratch, from, to) -> {
                for (int panel = (int) from; panel < to; panel++) {
                    pack(product.b, block, panel, product.shared, packedAt(block, panel));
                }
            });
        } else if (packs(block, panels - 1)) {
            pack(product.b, block, panels - 1, product.shared, 0);
        }
        share(
                product,
                block.j,
                block.columns,
                block.p + block.depth >= size.k(),
                nanos,
                sharing,
                (scratch, i0, i1, j0, j1) -> multiply(product, scratch, block, i0, i1, j0, j1));
    }

    /** The first column of a panel. The last panel lies over the one before it, if what it does twice is the same twice. */
    private int start(Block block, int panel) {
        int start = panel * COLUMNS;
        int missing = start + COLUMNS - block.columns;
        boolean moves = missing > 0 && missing < VectorMatMul.WIDTH && start > 0 && depth >= size.k();
        return moves ? start - missing : start;
    }

    private boolean packs(Block block, int panel) {
        int start = start(block, panel);
        int columns = Math.min(COLUMNS, block.columns - start);
        return packsB || columns != VectorMatMul.columnsFor(columns);
    }

    private int packedAt(Block block, int panel) {
        return packsB ? panel * COLUMNS * block.depth : 0;
    }

    private void pack(Matrix b, Block block, int panel, float[] to, int at) {
        int start = start(block, panel);
        int columns = Math.min(COLUMNS, block.columns - start);
        int pitch = VectorMatMul.columnsFor(columns);
        if (b.columnStride == 1) {
            int from = b.at(block.p, block.j + start);
            VectorMatMul.copyLines(b.array, from, b.rowStride, block.depth, columns, to, at, pitch);
        } else {
            b.packColumns(block.p, block.depth, block.j + start, columns, to, at, pitch);
        }
    }

    private void multiply(MatMulProduct product, Scratch scratch, Block block, int i0, int i1, int j0, int j1) {
        TileArguments t = scratch.tile;
        Matrix a = product.a;
        Matrix b = product.b;
        t.k = block.depth;
        t.first = block.p == 0;
        t.a = a.array;
        t.pitchA = byColumns ? a.columnStride : a.rowStride;
        if (packsA) {
            t.pitchA = byColumns ? rows : block.depth + GAP;
            t.a = packA(a, scratch, block, i0, i1);
        }
        for (int panel = j0 / COLUMNS; panel * COLUMNS < j1; panel++) {
            int j = start(block, panel);
            int columns = Math.min(COLUMNS, j1 - j);
            if (packs(block, panel)) {
                t.b = product.shared;
                t.b0 = packedAt(block, panel);
                t.pitchB = VectorMatMul.columnsFor(columns);
            } else {
                t.b = b.array;
                t.b0 = b.at(block.p, block.j + j);
                t.pitchB = b.rowStride;
            }
            for (int i = i0; i < i1; i += rows) {
                t.a0 = !packsA ? a.at(i, block.p) : (i - i0) * (byColumns ? block.depth : t.pitchA);
                t.inMatrix(product.c, scratch, i, Math.min(rows, i1 - i), block.j + j, columns, byColumns);
            }
        }
    }

    private float[] packA(Matrix a, Scratch scratch, Block block, int i0, int i1) {
        float[] packed = scratch.room(ROOM_A, (long) (i1 - i0 + rows) * (block.depth + GAP));
        if (byColumns) {
            for (int i = i0; i < i1; i += rows) {
                int lines = Math.min(rows, i1 - i);
                int at = (i - i0) * block.depth;
                int from = a.at(i, block.p);
                VectorMatMul.copyLines(a.array, from, a.columnStride, block.depth, lines, packed, at, rows);
            }
        } else {
            a.packRows(i0, i1 - i0, block.p, block.depth, packed, block.depth + GAP);
        }
        return packed;
    }
}
