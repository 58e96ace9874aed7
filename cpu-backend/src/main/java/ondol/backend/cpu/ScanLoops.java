package ondol.backend.cpu;

/**
 * The loops of a Scan over one input and one output, with room for the totals of blocks. A block is three levels of groups, or
 * less at the end of a row.
 */
abstract sealed class ScanLoops permits FloatScan, LongScan {
    /** The slot of what comes before the first block. */
    static final int NOTHING = -1;

    /** Puts a block's total in a slot. */
    abstract void totalOfRow(int x, int step, int n, int slot);

    /** Turns totals into what comes before each block: {@code blocks} slots, each {@code step} after the one before. */
    abstract void before(int slot, int step, int blocks);

    /** Scans a block, after what a slot says. */
    abstract void row(int x, int xStep, int y, int yStep, int n, int slot);

    /** The totals of the same block of {@code count} rows, {@code across} apart, in that many slots. */
    abstract void totalsOfColumns(Scratch scratch, int x, int across, int step, int count, int n, int slot);

    /** Scans the same block of {@code count} rows. */
    abstract void columns(
            Scratch scratch, int x, int xAcross, int xStep, int y, int yAcross, int yStep, int count, int n, int slot);
}
