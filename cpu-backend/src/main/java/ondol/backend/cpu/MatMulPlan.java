package ondol.backend.cpu;

/**
 * How products of one size are cut for the caches and the threads: a block of B, {@code depth} rows of {@code wide}
 * columns, is packed into panels that every block of {@code high} rows of A runs through.
 *
 * @param k the inner size; more than an int counts where both factors repeat their elements
 * @param packsRows whether A is packed too; else it is read where it lies
 * @param packsColumns whether all of B is packed; else only a last panel that does not fill its tile
 * @param depth how much of k at a time: the more, the less often C is read and written
 * @param wide the columns of B at a time
 * @param high the rows of A that one unit of work takes
 * @param across the columns that one unit of work takes
 */
record MatMulPlan(
        MatMulKernel kernel,
        int m,
        int n,
        long k,
        boolean packsRows,
        boolean packsColumns,
        int depth,
        int wide,
        int high,
        int across) {
    private static final int MOST_DEPTH = 1024;
    private static final int MOST_WIDE = 4096;

    /** A block of A, which is to stay in the second-level cache beside a panel of B. */
    private static final int SECOND_LEVEL_FLOATS = 96 << 10;

    /** More rows than this repay packing B. */
    private static final int ROWS_WORTH_PACKING = 48;

    /** B stays in the first-level cache as it is, if it is no larger. */
    private static final int FIRST_LEVEL_FLOATS = 8192;

    /** Rows that lie a multiple of this apart share the few places of the cache that their addresses allow. */
    private static final int ALIASING_FLOATS = 1024;

    /** The plan for products of {@code a} and {@code b}, shared by so many threads. */
    static MatMulPlan of(MatMulKernel kernel, int m, int n, long k, Matrix a, Matrix b, int threads) {
        int depth = (int) Math.max(1, Math.ceilDiv(k, Math.max(1, Math.ceilDiv(k, MOST_DEPTH))));
        boolean packsColumns = b.columnStride != 1 || m > ROWS_WORTH_PACKING && k > FIRST_LEVEL_FLOATS / n;
        boolean packsRows =
                !kernel.readsRows() || a.columnStride != 1 || a.rowStride % ALIASING_FLOATS == 0 && m > kernel.rows();
        int parts = threads == 1 ? 1 : 3 * threads;
        int mostHigh = Math.max(kernel.rows(), SECOND_LEVEL_FLOATS / depth);
        int rowParts = Math.max(Math.ceilDiv(m, mostHigh), Math.min(parts, Math.ceilDiv(m, kernel.rows())));
        int high = roundUp(Math.ceilDiv(m, rowParts), kernel.rows());
        int columnParts = Math.ceilDiv(parts, Math.ceilDiv(m, high));
        int wide = Math.min(MOST_WIDE, roundUp(n, kernel.columns()));
        int across = roundUp(Math.ceilDiv(wide, columnParts), kernel.columns());
        return new MatMulPlan(kernel, m, n, k, packsRows, packsColumns, depth, wide, high, across);
    }

    private static int roundUp(int n, int step) {
        return Math.max(1, Math.ceilDiv(n, step)) * step;
    }

    /** About how long a product takes on one thread. */
    double nanos() {
        return (double) m * n * (k / 100.0 + 0.3);
    }

    /** The panels of a block of so many columns. */
    int panels(int columns) {
        return Math.ceilDiv(columns, kernel.columns());
    }

    /** Whether a panel of so many columns is packed. */
    boolean packs(int columns) {
        return packsColumns || columns != kernel.columnsFor(columns);
    }

    /** Room for a block of B. */
    int packedColumns() {
        return (packsColumns ? Math.min(wide, roundUp(n, kernel.columns())) : kernel.columns()) * depth;
    }
}
