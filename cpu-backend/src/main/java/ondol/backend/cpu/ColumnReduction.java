package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;
import static ondol.kernel.ReduceOp.LANES;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/**
 * Reduces F32 across the kept axes: a block of kept elements, side by side, takes one reduced element after the other
 * into the lane that it belongs to.
 */
final class ColumnReduction {
    private static final int LANE_ROOM = 0;
    private static final int ROW_ROOM = 1;
    private static final int BEST_ROOM = 2;

    /** So many rows' extremes are found before their place is asked for. */
    private static final int FEW_ROWS = 32;

    /** Most columns of a plain block. */
    private static final int MOST_COLUMNS = 256;

    private final ReducePlan plan;
    private final @Nullable ReduceLoopPlan written;
    private final Launch launch;
    private final Program program;
    private final int views;

    /** The blocks of the reduced elements; more than one only where there is room for the results of all. */
    private final int blocks;

    private final int length;

    /** @param written the loop that does the work, if it is not the plan's program */
    ColumnReduction(ReducePlan plan, @Nullable ReduceLoopPlan written, Launch launch) {
        this.plan = plan;
        this.written = written;
        this.launch = launch;
        this.program = plan.program;
        this.views = plan.inputs;
        this.blocks = (int) plan.blocks();
        this.length = written == null ? plan.kept.evenBlock(MOST_COLUMNS) : written.length;
    }

    /**
     * Reduces the block's rows {@code first} to {@code first + rows - 1} of the n columns from the cursor on to an array that
     * begins with the results.
     */
    private interface Block {
        Object reduce(Cursor columns, int n, long first, long rows);

        /** Ends the launch. */
        default void end() {}
    }

    void run(Workers workers) {
        Space kept = plan.kept;
        long columnBlocks = kept.blocks(length);
        int count = (int) kept.count; // as many as the output's elements
        float[] partials = new float[blocks > 1 ? blocks * count : 0];
        workers.run(columnBlocks * blocks, plan.worth(), (scratch, from, to) -> {
            Block block = block(scratch);
            Cursor columns = new Cursor();
            for (long unit = from; unit < to; unit++) {
                long start = kept.blockStart(unit % columnBlocks, length);
                columns.start(kept, start);
                int n = kept.blockLength(columns, start, length);
                long first = unit / columnBlocks * BLOCK;
                long rows = blocks == 1 ? plan.reduced.count : Math.min(BLOCK, plan.reduced.count - first);
                Object result = block.reduce(columns, n, first, rows);
                if (blocks > 1) {
                    System.arraycopy(result, 0, partials, (int) (unit / columnBlocks * count + start), n);
                } else {
                    plan.write(launch.outputs()[0], columns, n, result);
                }
            }
            block.end();
        });
        if (blocks > 1) {
            workers.run(columnBlocks, count / 8.0 * blocks, (scratch, from, to) -> {
                ColumnLanes lanes = new ColumnLanes(plan.op, length, scratch);
                float[] row = scratch.room(ROW_ROOM, length);
                Cursor columns = new Cursor();
                for (long c = from; c < to; c++) {
                    long start = kept.blockStart(c, length);
                    columns.start(kept, start);
                    int n = kept.blockLength(columns, start, length);
                    int left = blocks;
                    do {
                        left = combine(partials, (int) start, left, lanes, row, n);
                    } while (left > 1);
                    plan.write(launch.outputs()[0], columns, n, row);
                }
            });
        }
    }

    private Block block(Scratch scratch) {
        if (written == null) {
            return new Plain(scratch);
        }
        OfLoop loop = new OfLoop(written, scratch);
        return plan.op.isArg() ? new Indices(written, loop, scratch) : loop;
    }

    /** Reduces blocks of so many rows of partial results; returns how many are left, the last of which is in row, too. */
    private int combine(float[] partials, int start, int rows, ColumnLanes lanes, float[] row, int n) {
        int count = (int) plan.kept.count;
        int left = Math.ceilDiv(rows, BLOCK);
        for (int block = 0; block < left; block++) {
            int first = block * BLOCK;
            int some = Math.min(BLOCK, rows - first);
            lanes.begin(n);
            for (int i = 0; i < some; i++) {
                System.arraycopy(partials, (first + i) * count + start, row, 0, n);
                lanes.take(i, row);
            }
            System.arraycopy(lanes.fold(some), 0, row, 0, n);
            System.arraycopy(row, 0, partials, block * count + start, n);
        }
        return left;
    }

    /** With the plan's program, row by row. */
    private final class Plain implements Block {
        private final Frame r;
        private final ColumnLanes lanes;
        private final float[] row;
        private final Cursor reduced = new Cursor();

        Plain(Scratch scratch) {
            int most = (int) Math.min(length, plan.kept.count);
            lanes = new ColumnLanes(plan.op, most, scratch);
            row = scratch.room(ROW_ROOM, most);
            r = scratch.frame(program);
            plan.reads.begin(r, launch.inputs());
            r.begin(launch.scalars());
        }

        @Override
        public float[] reduce(Cursor columns, int n, long first, long rows) {
            int result = program.result();
            long start = columns.position();
            r.cursor.start(plan.kept, start);
            reduced.start(plan.reduced, first);
            lanes.begin(n);
            for (int i = 0; i < rows; i++) {
                for (int v = 0; v < views; v++) {
                    r.origin[v] = launch.inputs()[v].offset() + reduced.offset(v);
                }
                if (program.keeps()) {
                    r.origin[views + 1] = reduced.offset(views);
                }
                plan.reads.bind(r, n);
                r.run(n);
                if (r.at[result] == 0) {
                    lanes.take(i, r.f[result]);
                } else {
                    System.arraycopy(r.f[result], r.at[result], row, 0, n);
                    lanes.take(i, row);
                }
                reduced.advance(1);
            }
            return lanes.fold((int) rows);
        }

        @Override
        public void end() {
            r.end();
        }
    }

    /** With a written loop, as many rows at once as lie evenly. */
    private final class OfLoop implements Block {
        private final ReduceLoopPlan by;
        private final ReduceArguments a;
        private final int lanes;
        private final int group;
        private final Cursor reduced = new Cursor();

        OfLoop(ReduceLoopPlan by, Scratch scratch) {
            this.by = by;
            this.group = by.group;
            this.lanes = plan.op.hasIdentity() ? LANES : group;
            int columns = (int) Math.min(length, plan.kept.count);
            long room = (Math.max(4L, lanes) + group) * columns + ReduceLoopPlan.VECTOR;
            this.a = by.arguments(launch, scratch.room(LANE_ROOM, room));
        }

        @Override
        public float[] reduce(Cursor columns, int n, long first, long rows) {
            // A group that is all lanes goes into itself; others begin with what no lane has changed.
            boolean once = lanes == group;
            int none = once ? 0 : lanes * n;
            Arrays.fill(a.lanes, none, none + group * n, Folds.identity(plan.op));
            reduced.start(plan.reduced, first);
            int taken;
            for (int i = 0; i < rows; i += taken) {
                int lane = i % lanes;
                int run = (int) Math.min(rows - i, plan.reduced.row - reduced.column());
                int together = Math.min(group, run);
                a.rounds = lane == 0 && run >= by.rounds * lanes ? by.rounds : 1;
                a.count = Math.max(1, once ? run / group / a.rounds : Math.min(lanes - lane, run) / group);
                a.to = lane * n;
                a.toPitch = once ? 0 : group * n;
                a.from = i < lanes ? none : a.to;
                a.fromPitch = i < lanes ? 0 : a.toPitch;
                by.elements(a, together * n);
                for (int v = 0; v < views; v++) {
                    int pitch = (int) plan.reduced.rowStride(v);
                    a.at[v] = (int) (launch.inputs()[v].offset() + columns.offset(v) + reduced.offset(v));
                    a.pitch[v] = pitch * group * (once ? a.rounds : 1);
                    a.far[v] = pitch * lanes;
                }
                by.loop.run(a);
                taken = a.count * together * a.rounds;
                reduced.advance(taken);
            }
            fold(once ? lanes : (int) Math.min(lanes, rows), n);
            return a.lanes;
        }

        /** Folds the lanes, of which so many have values: to 16, to 4, to 1. */
        private void fold(int used, int n) {
            int left = used;
            for (int quarter = LANES / 4; quarter >= 1; quarter /= 4) {
                if (left > quarter) {
                    Arrays.fill(a.lanes, left * n, 4 * quarter * n, Folds.identity(plan.op));
                    by.loop.fold(a, quarter * n, quarter * n);
                    left = quarter;
                }
            }
        }
    }

    /** The index of the first extreme: of a few rows the extremes, then where in these rows they are that are left. */
    private final class Indices implements Block {
        private final ReduceLoopPlan by;
        private final OfLoop extremes;
        private final int input = ((Expr.Input) ((Kernel.Reduce) launch.kernel()).value()).index();
        private final float[] best;
        private final long[] where;

        Indices(ReduceLoopPlan by, OfLoop extremes, Scratch scratch) {
            int columns = (int) Math.min(length, plan.kept.count);
            this.by = by;
            this.extremes = extremes;
            this.best = scratch.room(BEST_ROOM, columns);
            this.where = new long[columns];
        }

        @Override
        public long[] reduce(Cursor columns, int n, long first, long rows) {
            long some;
            for (long i = 0; i < rows; i += some) {
                some = Math.min(FEW_ROWS, Math.min(rows - i, plan.reduced.row - i % plan.reduced.row));
                float[] next = extremes.reduce(columns, n, i, some);
                for (int k = 0; k < n; k++) {
                    if (i == 0 || !Float.isNaN(best[k]) && Folds.isBefore(plan.op, next[k], best[k])) {
                        best[k] = next[k];
                        where[k] = i;
                    }
                }
            }
            Cursor reduced = extremes.reduced;
            long at = -1;
            for (int k = 0; k < n; k++) {
                if (at != where[k]) {
                    at = where[k];
                    reduced.start(plan.reduced, at);
                }
                long start = launch.inputs()[input].offset() + columns.offset(input) + reduced.offset(input);
                int stride = (int) plan.reduced.rowStride(input);
                where[k] += Folds.indexOf(extremes.a.arrays[input], (int) start + by.place(input, k), stride, best[k]);
            }
            return where;
        }
    }
}
