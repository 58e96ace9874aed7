package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;
import static ondol.kernel.ReduceOp.LANES;

/**
 * Combines rows side by side as {@link ondol.kernel.ReduceOp} says for each of their columns.
 *
 * <p>A sum's lanes are visited so that two are added as soon as both are there (a tree over the lanes, left to right):
 * seven blocks then hold what would take 64. A lane starts from its first element instead of +0, and a lane without
 * elements is left out; that can only turn a result of +0 into -0, and adding +0 at the end turns it back.
 */
final class LaneTree {
    /** How many blocks of accumulators are needed. */
    static final int DEPTH = 7;

    /** The most columns. */
    static final int WIDTH = 512;

    /** Rows of n values, known by number. */
    interface Rows {
        /** {@code d[k] = row[k]}. */
        void copy(long row, float[] d, int d0);

        /** {@code d[k] += row[k]}, or times. */
        void combine(long row, float[] d, int d0);

        /** {@link Folds#fourLanes} of these rows, or false if they are not simple enough for that. */
        default boolean fourLanes(long first, int count, int lane, float[] d, int d0) {
            return false;
        }
    }

    private final Folds folds;
    private final boolean sum;
    private final float[] accumulators;

    /** The tree for sums, or products, with room for DEPTH blocks. */
    LaneTree(Folds folds, boolean sum, float[] accumulators) {
        this.folds = folds;
        this.sum = sum;
        this.accumulators = accumulators;
    }

    /** Combines rows {@code first} to {@code first + count - 1}, 1 to 4096 of them; the result is in the first block. */
    void reduce(Rows rows, long first, int count, int n) {
        lanes(rows, first, count, n, 0, 1, 0);
        if (sum) {
            for (int k = 0; k < n; k++) {
                accumulators[k] += 0f;
            }
        }
    }

    /** Folds the lanes {@code lane}, {@code lane + step} ... into accumulator {@code depth}. */
    private void lanes(Rows rows, long first, int count, int n, int lane, int step, int depth) {
        int d0 = depth * WIDTH;
        if (step == LANES) {
            rows.copy(first + lane, accumulators, d0);
            for (int row = lane + LANES; row < count; row += LANES) {
                rows.combine(first + row, accumulators, d0);
            }
            return;
        }
        if (step == LANES / 4 && count >= LANES && sum && rows.fourLanes(first, count, lane, accumulators, d0)) {
            return;
        }
        lanes(rows, first, count, n, lane, 2 * step, depth);
        int other = lane + step;
        if (other >= count) {
            return;
        }
        if (step == LANES / 2 && other + LANES >= count) {
            rows.combine(first + other, accumulators, d0); // a lane of one element
            return;
        }
        lanes(rows, first, count, n, other, 2 * step, depth + 1);
        int a0 = d0 + WIDTH;
        if (sum) {
            folds.addTo(accumulators, d0, accumulators, a0, n);
        } else {
            folds.product(accumulators, d0, accumulators, d0, accumulators, a0, n);
        }
    }

    /** Combines any number of rows of {@code values}, each {@code pitch} after the one before, overwriting them. */
    void reduceAll(float[] values, int at, int pitch, int count, int n) {
        Rows rows = new Rows() {
            @Override
            public void copy(long row, float[] d, int d0) {
                System.arraycopy(values, at + (int) row * pitch, d, d0, n);
            }

            @Override
            public void combine(long row, float[] d, int d0) {
                int a0 = at + (int) row * pitch;
                if (sum) {
                    folds.addTo(d, d0, values, a0, n);
                } else {
                    folds.product(d, d0, d, d0, values, a0, n);
                }
            }
        };
        int left = count;
        while (left > 1) {
            int blocks = Math.ceilDiv(left, BLOCK);
            for (int block = 0; block < blocks; block++) {
                reduce(rows, (long) block * BLOCK, Math.min(BLOCK, left - block * BLOCK), n);
                System.arraycopy(accumulators, 0, values, at + block * pitch, n);
            }
            left = blocks;
        }
    }
}
