package ondol.backend.c;

/**
 * How matrix products are cut up.
 *
 * @param kind which kind of kernel
 * @param rows rows of C that one work item computes
 * @param columns columns of C that one work item computes
 * @param depth TILED: how much of the inner size is in local memory at a time
 */
public record MatMulTiles(Kind kind, int rows, int columns, int depth) {
    /** Side of the blocks that {@link Choice} counts. */
    public static final int BLOCK = 64;

    /** Says how a product is cut up. */
    public interface Choice {
        /**
         * Chooses the tiles of a product.
         *
         * @param blocks of how many blocks of {@link #BLOCK} rows and columns its result is made, batches included
         * @return the tiles
         */
        MatMulTiles of(long blocks);
    }

    /** The kinds of kernels. */
    public enum Kind {
        /** For GPUs: groups of 16 by 16 work items share tiles of A and B in local memory. */
        TILED,
        /** For processors: A and B are packed into panels first, and one work item computes a tile with vectors. */
        PACKED
    }
}
