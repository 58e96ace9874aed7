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

    /** How many p there are. */
    int k;

    /** Row i of C is at {@code c0 + i * pitchC}. */
    float[] c = {};

    int c0;
    int pitchC;

    /** Whether C starts from +0 instead of what is there. */
    boolean first;
}
