package ondol.backend.cpu;

/** Where a {@link Tile} finds its operands; one thread's, filled in again for every tile. */
final class TileArguments {
    /** Row i of A is at {@code a0 + i * pitchA}; for a tile that reads A by columns, column p at {@code a0 + p * pitchA}. */
    float[] a = {};

    int a0;
    int pitchA;

    /** Row p of B is at {@code b0 + p * pitchB}. */
    float[] b = {};

    int b0;
    int pitchB;

    /** Of a tile of pieces: row p of B is at {@code b0 + lines[p]}, and piece v of it {@code from[piece + v]} further. */
    int[] lines = {};

    int[] from = {};

    /** Of a tile of pieces: the columns at which they go to C, from {@code to[piece]} on. */
    int[] to = {};

    int piece;

    /** How many p there are. */
    int k;

    /** Row i of C is at {@code c0 + i * pitchC}. */
    float[] c = {};

    int c0;
    int pitchC;

    /** Whether C starts from +0 instead of what is there. */
    boolean first;

    private static final int ROOM_TILE = 3;

    /** Runs a tile of a matrix; where that does not fill it, it is formed aside and its valid part copied. */
    void inMatrix(Matrix into, Scratch scratch, int i, int high, int j, int columns, boolean byColumns) {
        int across = VectorMatMul.columnsFor(columns);
        Tile tile = VectorMatMul.tile(high, across / VectorMatMul.WIDTH, byColumns);
        if (columns == across && into.columnStride == 1) {
            c = into.array;
            c0 = into.at(i, j);
            pitchC = into.rowStride;
            tile.run(this);
            return;
        }
        c = scratch.room(ROOM_TILE, (long) high * across);
        c0 = 0;
        pitchC = across;
        if (!first) {
            into.packRows(i, high, j, columns, c, across);
        }
        tile.run(this);
        if (into.columnStride == 1 && into.rowStride == columns) {
            VectorMatMul.copyLines(c, 0, across, high, columns, into.array, into.at(i, j), columns);
        } else {
            into.setRows(i, high, j, columns, c, across);
        }
    }
}
