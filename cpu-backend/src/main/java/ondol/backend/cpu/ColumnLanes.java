package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.LANES;

import java.util.Arrays;
import ondol.kernel.ReduceOp;

/** The 64 lanes of columns side by side, in plain Java; an extreme has one lane. */
final class ColumnLanes {
    private final ReduceOp op;
    private final float[][] lanes;
    private final int count;
    private int n;

    /** For so many columns. */
    ColumnLanes(ReduceOp op, int columns, Scratch scratch) {
        this.op = op;
        this.count = op.hasIdentity() ? LANES : 1;
        this.lanes = scratch.rows(count, columns);
    }

    /** Forgets everything; from now on there are n columns. */
    void begin(int columns) {
        n = columns;
        for (int lane = 0; lane < count; lane++) {
            Arrays.fill(lanes[lane], 0, n, Folds.identity(op));
        }
    }

    /** Takes a row, the columns' elements of this number. */
    void take(int number, float[] row) {
        Folds.combine(op, lanes[number % count], row, n);
    }

    /** What so many rows come to, by halves. */
    float[] fold(int rows) {
        int left = Math.min(count, rows);
        for (int half = LANES / 2; half >= 1; half /= 2) {
            for (int l = 0; l + half < left; l++) {
                Folds.combine(op, lanes[l], lanes[l + half], n);
            }
            left = Math.min(left, half);
        }
        return lanes[0];
    }
}
