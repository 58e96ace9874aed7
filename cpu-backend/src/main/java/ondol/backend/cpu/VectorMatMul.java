package ondol.backend.cpu;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The tiles of {@link TiledMatMul}: 12 x 2 vectors of C in registers where there are 32 of them, 6 x 2 where there are 16,
 * and whatever is left at the edges. Every size is a class of its own, written when it is first wanted.
 */
final class VectorMatMul {
    /** What the tiles written for this are for; they read it. */
    static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

    static final int WIDTH = S.length();

    /** AVX-512 and NEON have 32 registers, AVX2 and SSE 16. */
    private static final boolean HAS_MANY_REGISTERS =
            WIDTH == 16 || System.getProperty("os.arch", "").equals("aarch64");

    /** The largest tile. */
    static final int ROWS = HAS_MANY_REGISTERS ? 12 : 6;

    static final int COLUMNS = 2 * WIDTH;

    /** Whether tiles may read A by columns. C2 reorders those loads, and with few registers must spill a sum for that. */
    static final boolean READS_COLUMNS = HAS_MANY_REGISTERS;

    /** The tiles there are, for all backends: the compiled code is shared. */
    private static final AtomicReferenceArray<Tile> TILES = new AtomicReferenceArray<>(4 * (ROWS + 1));

    /** The most vectors of a tile of one row, which are all pieces. */
    private static final int MOST_PIECES = HAS_MANY_REGISTERS ? 8 : 6;

    /** Those of pieces, likewise. */
    private static final AtomicReferenceArray<Tile> TILES_OF_PIECES =
            new AtomicReferenceArray<>((MOST_PIECES + 1) * (ROWS + 1));

    private VectorMatMul() {}

    /** The columns of the smallest tile that takes so many, from 1 to {@link #COLUMNS}. */
    static int columnsFor(int columns) {
        return columns <= WIDTH ? WIDTH : COLUMNS;
    }

    /**
     * A tile.
     *
     * @param rows from 1 to {@link #ROWS}
     * @param vectors how many across: 1 or 2
     * @param byColumns whether it reads A by columns
     */
    static Tile tile(int rows, int vectors, boolean byColumns) {
        int at = 4 * rows + 2 * (vectors - 1) + (byColumns ? 1 : 0);
        Tile tile = TILES.get(at);
        if (tile == null) {
            TILES.compareAndSet(at, null, VectorTileWriter.write(rows, vectors, byColumns, false));
            tile = TILES.get(at);
        }
        return tile;
    }

    /** How many pieces a tile of so many rows has: as many as there are registers for, and for their places. */
    static int piecesFor(int rows) {
        if (rows == 1) {
            return MOST_PIECES;
        }
        return rows <= (HAS_MANY_REGISTERS ? 6 : 2) ? 4 : 2;
    }

    /** A tile of some rows and pieces, as many as {@link #piecesFor} says, or fewer. */
    static Tile tileOfPieces(int rows, int pieces) {
        int at = (MOST_PIECES + 1) * rows + pieces;
        Tile tile = TILES_OF_PIECES.get(at);
        if (tile == null) {
            TILES_OF_PIECES.compareAndSet(at, null, VectorTileWriter.write(rows, pieces, false, true));
            tile = TILES_OF_PIECES.get(at);
        }
        return tile;
    }

    /**
     * {@code to[at + line * pitch + i] = from[first + line * stride + i]} for each i below the width. What is copied beyond
     * a line, since vectors are whole, the next line overwrites; the last lines are copied exactly.
     */
    static void copyLines(float[] from, int first, int stride, int lines, int width, float[] to, int at, int pitch) {
        int step = Math.ceilDiv(width, WIDTH) * WIDTH;
        int line = 0;
        int q = first;
        int end = at;
        int whole = step <= pitch ? lines : lines - Math.ceilDiv(step, pitch);
        for (; line < whole && q + step <= from.length && end + step <= to.length; line++, q += stride, end += pitch) {
            for (int i = 0; i < step; i += WIDTH) {
                FloatVector.fromArray(S, from, q + i).intoArray(to, end + i);
            }
        }
        for (; line < lines; line++, q += stride, end += pitch) {
            System.arraycopy(from, q, to, end, width);
        }
    }

    /** What to run until copying is compiled. */
    static Warmup.Exercise copying() {
        int lines = 384;
        float[] from = new float[lines * COLUMNS];
        float[] to = new float[from.length];
        return new Warmup.Exercise(
                VectorMatMul.class, COLUMNS, n -> copyLines(from, 0, COLUMNS, n, COLUMNS, to, 0, COLUMNS));
    }

    /** What to run until that tile of pieces is compiled: half as many steps as there are elements. */
    static Warmup.Exercise exerciseOfPieces(int rows, int pieces) {
        Tile tile = tileOfPieces(rows, pieces);
        TileArguments t = new TileArguments();
        int most = 192;
        int pitch = pieces * WIDTH;
        t.a = new float[most * rows];
        t.pitchA = most;
        t.lines = new int[most];
        Arrays.setAll(t.lines, p -> p * pitch);
        t.from = new int[pieces];
        Arrays.setAll(t.from, v -> v * WIDTH);
        t.to = t.from;
        t.b = new float[most * pitch];
        t.pitchC = pitch;
        t.c = new float[rows * pitch];
        t.first = true;
        return new Warmup.Exercise(tile.getClass(), rows * pieces * WIDTH / 2, n -> {
            t.k = n == 0 ? -1 : n / 2;
            tile.run(t);
        });
    }

    /** What to run until that tile is compiled: half as many steps as there are elements. */
    static Warmup.Exercise exercise(int rows, int vectors, boolean byColumns) {
        Tile tile = tile(rows, vectors, byColumns);
        TileArguments t = new TileArguments();
        int most = 192;
        t.a = new float[most * rows];
        t.pitchA = byColumns ? rows : most;
        t.pitchB = vectors * WIDTH;
        t.b = new float[most * t.pitchB];
        t.pitchC = t.pitchB;
        t.c = new float[rows * t.pitchC];
        return new Warmup.Exercise(tile.getClass(), rows * vectors * WIDTH / 2, n -> {
            t.k = n == 0 ? -1 : n / 2;
            t.first = !t.first;
            tile.run(t);
        });
    }
}
