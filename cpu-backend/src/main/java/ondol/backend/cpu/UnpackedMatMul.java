package ondol.backend.cpu;

/**
 * Products in the Vector API whose second factor is read where it lies, as the windows of a convolution with few output
 * channels are: packing them would take longer than multiplying them. B's columns come in runs side by side. A run is cut into
 * pieces of a vector each, of which the last lies over the one before it; what it does twice is the same twice, because a
 * tile goes through all of k at once. A tile has some rows of C and some pieces, which may be of several runs.
 */
final class UnpackedMatMul extends MatMulPlan {
    private static final int WIDTH = VectorMatMul.WIDTH;

    /** The terms and pieces of which a plan knows the places. */
    private static final int MOST_TERMS = 4096;

    private static final int MOST_PIECES = 1 << 14;

    /** The tiles side by side for which a tile's rows of A are read again from a first-level cache. */
    private static final int TILES_ACROSS = 4;

    /** The rows of a tile. */
    private final int rows;

    /** The pieces of a tile. */
    private final int pieces;

    private final int run;

    /** Where B's lines are. */
    private final int[] lines;

    /** Where B's pieces are. */
    private final int[] from;

    /** At which columns they are. */
    private final int[] to;

    private UnpackedMatMul(
            MatMulSize size, int high, int across, int rows, int pieces, int run, int[] lines, int[] from, int[] to) {
        super(size, false, high, across, pieces * WIDTH);
        this.rows = rows;
        this.pieces = pieces;
        this.run = run;
        this.lines = lines;
        this.from = from;
        this.to = to;
    }

    /** Whether products of {@code first} and {@code second} can be formed like this, and it is worth it. */
    static boolean suits(MatMulSize size, Matrix first, Matrix second) {
        Places columns = second.columns;
        return WindowMatMul.isReadable(first.columns, first.rows)
                && columns.stride == 1
                && columns.run() >= WIDTH
                && size.k() <= MOST_TERMS
                && (long) size.n() / columns.run() * piecesOf(columns.run()) <= MOST_PIECES
                && nanos(size, columns) < WindowMatMul.nanos(size, first, second);
    }

    private static long piecesOf(long run) {
        return Math.ceilDiv(run, WIDTH);
    }

    /** About how long a product takes. */
    private static double nanos(MatMulSize size, Places columns) {
        double computed = (double) size.n() / columns.run() * piecesOf(columns.run()) * WIDTH;
        return size.k() * WindowMatMul.multiplying(size.m()) * computed;
    }

    /** The plan for products of {@code first} and {@code second}, shared by so many threads. */
    static UnpackedMatMul of(MatMulSize size, Matrix second, int threads) {
        Places columns = second.columns;
        int run = (int) columns.run();
        int count = size.n() / run * (int) piecesOf(run);
        int[] lines = new int[(int) size.k()];
        second.rows.fill(0, lines.length, lines, 0);
        int[] from = new int[count];
        int[] to = new int[count];
        int piece = 0;
        for (int start = 0; start < size.n(); start += run) {
            int place = columns.at(start);
            for (int x = 0; x < run; x += WIDTH) {
                int begin = Math.min(x, run - WIDTH);
                from[piece] = place + begin;
                to[piece++] = start + begin;
            }
        }
        int rows = Math.ceilDiv(size.m(), Math.ceilDiv(size.m(), VectorMatMul.ROWS));
        int pieces = Math.min(VectorMatMul.piecesFor(rows), count);
        int parts = threads == 1 ? 1 : 3 * threads;
        int step = columns.isEven() ? WIDTH : run; // a part has whole pieces
        int across = roundUp(Math.max(Math.ceilDiv(size.n(), parts), pieces * WIDTH), step);
        int rowParts = Math.ceilDiv(parts, Math.ceilDiv(size.n(), across));
        int high = roundUp(Math.ceilDiv(size.m(), rowParts), rows);
        return new UnpackedMatMul(size, high, across, rows, pieces, run, lines, from, to);
    }

    @Override
    Tiles tiles() {
        return Tiles.inPieces(size, rows, pieces);
    }

    @Override
    int sharedFloats() {
        return 0;
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
                (scratch, i0, i1, j0, j1) -> multiply(product, scratch.tile, i0, i1, piece(j0), piece(j1)));
    }

    /** The piece that begins at a column, or how many there are. */
    private int piece(int column) {
        int whole = column / run;
        return whole * (int) piecesOf(run) + (column - whole * run) / WIDTH;
    }

    private void multiply(MatMulProduct product, TileArguments t, int i0, int i1, int first, int end) {
        Matrix a = product.a;
        Matrix c = product.c;
        t.k = lines.length;
        t.first = true;
        t.a = a.array;
        t.pitchA = a.rowStride;
        t.b = product.b.array;
        t.b0 = product.b.at(0, 0);
        t.lines = lines;
        t.from = from;
        t.to = to;
        t.c = c.array;
        t.pitchC = c.rowStride;
        int block = TILES_ACROSS * pieces;
        for (int start = first; start < end; start += block) {
            for (int i = i0; i < i1; i += rows) {
                Tile tile = VectorMatMul.tileOfPieces(Math.min(rows, i1 - i), pieces);
                t.a0 = a.at(i, 0);
                t.c0 = c.at(i, 0);
                for (int piece = start; piece < Math.min(start + block, end); piece += pieces) {
                    t.piece = Math.min(piece, end - pieces); // the last tile may lie over the one before it
                    tile.run(t);
                }
            }
        }
    }
}
