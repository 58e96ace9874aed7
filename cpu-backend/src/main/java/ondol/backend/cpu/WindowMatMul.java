package ondol.backend.cpu;

/**
 * Products in the Vector API whose factors do not lie evenly, as the windows of a convolution, or of a few rows with many
 * columns. A thread packs a few panels of
 * B, as many as stay in a second-level cache, and multiplies all its rows of A by them before it goes on: nothing is ever
 * unfolded as a whole. A is read where it lies, or a tile's rows are packed.
 */
final class WindowMatMul extends MatMulPlan {
    private static final int COLUMNS = VectorMatMul.COLUMNS;

    /** How much of k at a time. */
    private static final int MOST_DEPTH = 640;

    /** The columns whose panels are packed at a time. */
    private static final int GROUP = 4 * COLUMNS;

    /** Products that take less, in nanoseconds, are not shared: of a batch, each thread does some. */
    private static final double WORTH_SHARING = 100_000;

    /** The nanoseconds to pack an element by itself, or a piece of many; a multiplication takes a hundredth. */
    private static final double EACH = 0.4;

    /** Between packed rows, so that they do not alias; a piece may reach into it. */
    private static final int GAP = 16;

    private static final int ROOM_A = 1;
    private static final int ROOM_PANELS = 4;

    private final int rows = VectorMatMul.ROWS;
    private final boolean packsA;
    private final int depth;

    private WindowMatMul(MatMulSize size, boolean transposes, int high, int across, boolean packsA, int depth) {
        super(size, transposes, high, across, COLUMNS);
        this.packsA = packsA;
        this.depth = depth;
    }

    /** The plan for products of {@code first} and {@code second}, shared by so many threads. */
    static WindowMatMul of(MatMulSize product, Matrix first, Matrix second, int threads) {
        boolean transposes = nanos(product.transposed(), second.rows, second.columns, first.rows, true)
                < nanos(product, first.columns, first.rows, second.columns, false);
        MatMulSize size = transposes ? product.transposed() : product;
        boolean packsA = transposes ? !isReadable(second.rows, second.columns) : !isReadable(first.columns, first.rows);
        Places across = transposes ? first.rows : second.columns;
        int depth = (int) Math.max(1, Math.ceilDiv(size.k(), Math.max(1, Math.ceilDiv(size.k(), MOST_DEPTH))));
        int parts = threads == 1 || size.nanos() < WORTH_SHARING ? 1 : 3 * threads;
        int columnParts = Math.min(parts, Math.ceilDiv(size.n(), GROUP));
        // every part packs its own B
        int rowParts = Math.ceilDiv(Packing.isInPieces(across) ? parts : Math.min(parts, threads), columnParts);
        int high = roundUp(Math.ceilDiv(size.m(), rowParts), VectorMatMul.ROWS);
        int wide = roundUp(Math.ceilDiv(size.n(), columnParts), COLUMNS);
        return new WindowMatMul(size, transposes, high, wide, packsA, depth);
    }

    /** The rows that repay packing B, and how much of A there may be for each packed group to go through it again. */
    private static final int ROWS_WORTH_PACKING = 48;

    private static final int MOST_A_FLOATS = 48 << 10;

    /** Fewer columns are packed by {@link TiledMatMul}. */
    private static final int MANY_COLUMNS = 8 * GROUP;

    /**
     * Whether products of factors that lie evenly are formed like this too: B is long enough to be packed as a whole into
     * memory from where it would have to be read again.
     */
    static boolean suits(MatMulSize size, Matrix first, Matrix second) {
        return second.columnStride == 1
                && isReadable(first.columns, first.rows)
                && size.m() > ROWS_WORTH_PACKING
                && size.m() * size.k() <= MOST_A_FLOATS
                && size.n() >= MANY_COLUMNS;
    }

    /** Whether a tile can read A where it lies: row by row. */
    static boolean isReadable(Places inner, Places rows) {
        return rows.isEven() && inner.isEven() && inner.stride == 1;
    }

    /** About how long a product takes, in nanoseconds. */
    static double nanos(MatMulSize product, Matrix first, Matrix second) {
        return Math.min(
                nanos(product, first.columns, first.rows, second.columns, false),
                nanos(product.transposed(), second.rows, second.columns, first.rows, true));
    }

    /** How long it takes to multiply an element of B by so many rows of A. */
    static double multiplying(int rows) {
        return 0.01 * Math.max(rows, 4);
    }

    /** The same, with the places of A along k, of its rows, and of B's columns. */
    private static double nanos(MatMulSize size, Places inner, Places rows, Places columns, boolean transposed) {
        double a = isReadable(inner, rows) ? 0 : packing(inner) * size.m() * Math.ceilDiv(size.n(), GROUP);
        double b = packing(columns) * size.n();
        double tiles = multiplying(size.m()) * roundUp(size.n(), VectorMatMul.WIDTH);
        return size.k() * (a + b + tiles) + (transposed ? 0.5 * size.m() * size.n() : 0);
    }

    /** How long it takes to pack an element along these places. */
    private static double packing(Places places) {
        return Packing.isInPieces(places) ? EACH * places.stride / Math.min(places.run(), VectorMatMul.WIDTH) : EACH;
    }

    @Override
    Tiles tiles() {
        return Tiles.of(size, rows, false, true);
    }

    @Override
    int sharedFloats() {
        return 0;
    }

    @Override
    boolean prefersColumns() {
        return transposes && size.k() > depth;
    }

    @Override
    void run(MatMulProduct product, Sharing sharing) {
        share(
                product,
                0,
                size.n(),
                true,
                size.nanos(),
                sharing,
                (scratch, i0, i1, j0, j1) -> multiply(product, scratch, i0, i1, j0, j1));
    }

    private void multiply(MatMulProduct product, Scratch scratch, int i0, int i1, int j0, int j1) {
        for (int j = j0; j < j1; j += GROUP) {
            int columns = Math.min(GROUP, j1 - j);
            long p = 0;
            do { // once where k is 0: the tiles then write their zeros
                int steps = (int) Math.min(depth, size.k() - p);
                multiply(product, scratch, i0, i1, j, columns, p, steps);
                p += steps;
            } while (p < size.k());
        }
    }

    /** Adds what {@code steps} of k contribute to some rows and a group of columns. */
    private void multiply(
            MatMulProduct product, Scratch scratch, int i0, int i1, int j, int columns, long p, int steps) {
        Matrix a = product.a;
        int panel = COLUMNS * depth;
        float[] panels = scratch.room(ROOM_PANELS, (long) GROUP / COLUMNS * panel + VectorMatMul.WIDTH);
        int[] lines = scratch.places(0, Math.max(depth, rows)); // of B's lines, then of A's
        product.b.rows.fill(p, steps, lines, 0);
        for (int start = 0; start < columns; start += COLUMNS) {
            int width = Math.min(COLUMNS, columns - start);
            int pitch = VectorMatMul.columnsFor(width);
            int first = product.b.at(0, 0);
            pack(
                    product.b,
                    first,
                    lines,
                    steps,
                    product.b.columns,
                    j + start,
                    width,
                    scratch,
                    panels,
                    start * depth,
                    pitch);
        }
        TileArguments t = scratch.tile;
        t.k = steps;
        t.first = p == 0;
        t.b = panels;
        for (int i = i0; i < i1; i += rows) {
            int high = Math.min(rows, i1 - i);
            if (packsA) {
                t.pitchA = depth + GAP;
                t.a = scratch.room(ROOM_A, (long) rows * t.pitchA + VectorMatMul.WIDTH);
                t.a0 = 0;
                a.rows.fill(i, high, lines, 0);
                pack(a, a.at(0, 0), lines, high, a.columns, p, steps, scratch, t.a, 0, t.pitchA);
            } else {
                t.a = a.array;
                t.a0 = a.at(i, p);
                t.pitchA = a.rowStride;
            }
            for (int start = 0; start < columns; start += COLUMNS) {
                int width = Math.min(COLUMNS, columns - start);
                t.b0 = start * depth;
                t.pitchB = VectorMatMul.columnsFor(width);
                t.inMatrix(product.c, scratch, i, high, j + start, width, false);
            }
        }
    }

    /** Packs lines of a matrix, and of each the elements from {@code from} on along {@code along}. */
    private static void pack(
            Matrix matrix,
            int first,
            int[] lines,
            int count,
            Places along,
            long from,
            int width,
            Scratch scratch,
            float[] target,
            int at,
            int pitch) {
        int[] starts = scratch.places(1, width);
        if (Packing.isInPieces(along)) {
            int[] targets = scratch.places(2, width);
            int pieces = Packing.cut(along, from, width, starts, targets);
            if (Packing.fits(matrix.array, first, lines, count, starts, pieces, along.stride)) {
                Packing.copy(
                        matrix.array, first, lines, count, starts, targets, pieces, along.stride, target, at, pitch);
                return;
            }
        }
        along.fill(from, width, starts, 0);
        Packing.copyEach(matrix.array, first, lines, count, starts, width, target, at, pitch);
    }
}
