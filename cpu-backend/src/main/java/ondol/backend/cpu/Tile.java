package ondol.backend.cpu;

/** A tile of C in registers, over a block of k: {@code C[i][j] = fma(A[i][p], B[p][j], C[i][j])} over ascending p. */
@FunctionalInterface
interface Tile {
    /** Computes the tile that the arguments name. */
    void run(TileArguments t);
}
