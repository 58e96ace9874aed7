package ondol.backend.cpu;

import org.jspecify.annotations.Nullable;

/**
 * How products of one size and layout are formed. Every element is one chain of fused multiply-adds over ascending k,
 * however the work is cut: all plans give the same bits.
 */
abstract sealed class MatMulPlan permits PlainMatMul, TiledMatMul, UnpackedMatMul, WindowMatMul {
    /** The sizes of a product. */
    final MatMulSize size;

    /** Whether the product is formed as the transpose of B's transpose times A's. */
    final boolean transposes;

    private final int high;
    private final int across;
    private final int least;

    /**
     * A plan.
     *
     * @param high how many rows a thread takes at a time
     * @param across how many columns
     * @param least how many columns at least, if there are so many
     */
    MatMulPlan(MatMulSize size, boolean transposes, int high, int across, int least) {
        this.size = size;
        this.transposes = transposes;
        this.high = high;
        this.across = across;
        this.least = least;
    }

    /** How many floats the threads need for what they share. */
    abstract int sharedFloats();

    /** What has to be compiled before this is fast; null if that comes by itself. */
    @Nullable
    Tiles tiles() {
        return null;
    }

    /** Whether the raw product should lie column by column, though the output does not: it is taken up more than once. */
    boolean prefersColumns() {
        return false;
    }

    /** Forms the product that the operands are at. */
    abstract void run(MatMulProduct product, Sharing sharing);

    /** Someone who does units of work. */
    @FunctionalInterface
    interface Sharing {
        /** Does all units, which take about so many nanoseconds on one thread. */
        void run(long units, double nanos, Workers.Task task);
    }

    /** Rows i0 to i1 - 1 and columns j0 to j1 - 1 of a product, or of a block of it. */
    @FunctionalInterface
    interface Part {
        /** Computes them. */
        void run(Scratch scratch, int i0, int i1, int j0, int j1);
    }

    /**
     * Shares columns j to {@code j + columns - 1} of all rows among the threads.
     *
     * @param finishes whether the epilogue follows
     */
    final void share(
            MatMulProduct product, int j, int columns, boolean finishes, double nanos, Sharing sharing, Part part) {
        int units = Math.max(1, (columns + across - least) / across);
        sharing.run((long) Math.ceilDiv(size.m(), high) * units, nanos, (scratch, from, to) -> {
            Frame frame = finishes ? product.begin(scratch) : null;
            for (long unit = from; unit < to; unit++) {
                int i0 = (int) (unit / units) * high;
                int i1 = Math.min(size.m(), i0 + high);
                int j0 = (int) (unit % units) * across;
                int j1 = unit % units == units - 1 ? columns : j0 + across;
                part.run(scratch, i0, i1, j0, j1);
                if (frame != null) {
                    product.finish(frame, i0, i1, j + j0, j + j1);
                }
            }
            if (frame != null) {
                frame.end();
            }
        });
    }

    static int roundUp(int n, int step) {
        return Math.max(1, Math.ceilDiv(n, step)) * step;
    }
}
