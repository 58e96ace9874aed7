package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;
import static ondol.kernel.ReduceOp.LANES;

import java.util.Arrays;
import ondol.backend.Launch;
import org.jspecify.annotations.Nullable;

/**
 * Reduces F32 across the kept axes: a block of kept elements, side by side, takes one reduced element after the other
 * into the lane that it belongs to.
 */
final class ColumnReduction {
    private static final int LANE_ROOM = 0;
    private static final int ROW_ROOM = 1;
    private static final int WHOLE_VECTORS = 16;

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

    /** Reduces the block's rows {@code first} to {@code first + rows - 1} of the n columns from the cursor on. */
    private interface Block {
        float[] reduce(Cursor columns, int n, long first, int rows);

        /** Ends the launch. */
        default void end() {}
    }

    void run(Workers workers) {
        Space kept = plan.kept;
        long columnBlocks = kept.blocks(length);
        int count = (int) kept.count; // as many as the output's elements
        float[] partials = new float[blocks > 1 ? blocks * count : 0];
        workers.run(columnBlocks * blocks, plan.worth(), (scratch, from, to) -> {
            Block block = written == null ? new Plain(scratch) : new OfLoop(written, scratch);
            Cursor columns = new Cursor();
            for (long unit = from; unit < to; unit++) {
                long start = kept.blockStart(unit % columnBlocks, length);
                columns.start(kept, start);
                int n = kept.blockLength(columns, start, length);
                long first = unit / columnBlocks * BLOCK;
                float[] result = block.reduce(columns, n, first, (int) Math.min(BLOCK, plan.reduced.count - first));
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
        public float[] reduce(Cursor columns, int n, long first, int rows) {
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
            return lanes.fold(rows);
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
        private final Cursor reduced = new Cursor();

        OfLoop(ReduceLoopPlan by, Scratch scratch) {
            int pitch = Math.ceilDiv(length, WHOLE_VECTORS) * WHOLE_VECTORS;
            this.by = by;
            this.a = by.arguments(launch, scratch.room(LANE_ROOM, (plan.op.hasIdentity() ? LANES : 1) * pitch));
        }

        @Override
        public float[] reduce(Cursor columns, int n, long first, int rows) {
            int lanes = plan.op.hasIdentity() ? Math.min(LANES, rows) : 1;
            by.elements(a, n);
            a.lanePitch = Math.ceilDiv(n, WHOLE_VECTORS) * WHOLE_VECTORS;
            Arrays.fill(a.lanes, 0, lanes * a.lanePitch, Folds.identity(plan.op));
            reduced.start(plan.reduced, first);
            for (int i = 0; i < rows; i += a.count) {
                a.lane = i % LANES;
                a.count = (int) Math.min(rows - i, plan.reduced.row - reduced.column());
                for (int v = 0; v < views; v++) {
                    a.at[v] = (int) (launch.inputs()[v].offset() + columns.offset(v) + reduced.offset(v));
                    a.pitch[v] = (int) plan.reduced.rowStride(v);
                }
                by.loop.run(a);
                reduced.advance(a.count);
            }
            for (int half = LANES / 2; half >= 1; half /= 2) {
                int folded = Math.min(half, lanes - half);
                if (folded > 0) {
                    by.loop.fold(a, half * a.lanePitch, folded * a.lanePitch);
                    lanes = half;
                }
            }
            return a.lanes;
        }
    }
}
