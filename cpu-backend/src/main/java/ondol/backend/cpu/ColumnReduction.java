package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;

import ondol.backend.Launch;
import ondol.backend.cpu.Folds.RowPairs;
import ondol.kernel.ReduceOp;
import org.jspecify.annotations.Nullable;

/**
 * Reduces F32 across the kept axes: a block of kept elements, side by side, takes one reduced element after the other.
 */
final class ColumnReduction {
    private static final int ACCUMULATORS = 0;

    private final ReducePlan plan;
    private final Launch launch;
    private final Program program;
    private final Folds folds;
    private final int views;
    /** The blocks of a sum or product; more than one only where there is room for the results of all. */
    private final int blocks;

    private final int length;

    ColumnReduction(ReducePlan plan, Launch launch) {
        this.plan = plan;
        this.launch = launch;
        this.program = plan.program;
        this.folds = plan.loops.folds();
        this.views = plan.inputs;
        this.blocks = (int) plan.blocks();
        this.length = plan.kept.evenBlock(LaneTree.WIDTH);
    }

    void run(Workers workers) {
        Space kept = plan.kept;
        long columnBlocks = kept.blocks(length);
        int count = (int) kept.count; // as many as the output's elements
        float[] partials = blocks > 1 ? new float[blocks * count] : new float[0];
        workers.run(columnBlocks * blocks, plan.worth(), (scratch, from, to) -> {
            Frame r = scratch.frame(program);
            plan.reads.begin(r, launch.inputs());
            r.begin(launch.scalars());
            float[] accumulators = scratch.room(ACCUMULATORS, LaneTree.DEPTH * LaneTree.WIDTH);
            for (long unit = from; unit < to; unit++) {
                long start = kept.blockStart(unit % columnBlocks, length);
                r.cursor.start(kept, start);
                int n = kept.blockLength(r.cursor, start, length);
                int block = (int) (unit / columnBlocks);
                reduce(new Columns(r, n), accumulators, block);
                if (blocks > 1) {
                    System.arraycopy(accumulators, 0, partials, block * count + (int) start, n);
                } else {
                    plan.write(launch.outputs()[0], r.cursor, n, accumulators);
                }
            }
            r.end();
        });
        if (blocks > 1) {
            workers.run(columnBlocks, count / 8.0 * blocks, (scratch, from, to) -> {
                float[] accumulators = scratch.room(ACCUMULATORS, LaneTree.DEPTH * LaneTree.WIDTH);
                LaneTree tree = new LaneTree(folds, plan.op == ReduceOp.SUM, accumulators);
                Cursor cursor = new Cursor();
                for (long c = from; c < to; c++) {
                    long start = kept.blockStart(c, length);
                    cursor.start(kept, start);
                    int n = kept.blockLength(cursor, start, length);
                    tree.reduceAll(partials, (int) start, count, blocks, n);
                    plan.write(launch.outputs()[0], cursor, n, accumulators);
                }
            });
        }
    }

    private void reduce(Columns columns, float[] accumulators, int block) {
        long count = plan.reduced.count;
        switch (plan.op) {
            case SUM, PROD -> {
                long first = (long) block * BLOCK;
                new LaneTree(folds, plan.op == ReduceOp.SUM, accumulators)
                        .reduce(columns, first, (int) Math.min(BLOCK, count - first), columns.n);
            }
            case MAX, MIN -> {
                columns.copy(0, accumulators, 0);
                for (long row = 1; row < count; row++) {
                    columns.combine(row, accumulators, 0);
                }
            }
            case ARGMAX, ARGMIN -> throw new AssertionError(plan.op);
        }
    }

    /** A block of columns: its row i holds the values of reduced element i. */
    private final class Columns implements LaneTree.Rows {
        private final Frame r;
        private final int n;
        private final int a;
        private final int b;
        private final boolean uniform;
        private final Cursor reduced = new Cursor();
        private @Nullable RowPairs pairs;

        Columns(Frame r, int n) {
            this.r = r;
            this.n = n;
            int[] results = program.results();
            this.a = results[0];
            this.b = results.length > 1 ? results[1] : -1;
            this.uniform = b >= 0 && program.uniformResults()[1];
        }

        private void compute(long row) {
            reduced.start(plan.reduced, row);
            for (int v = 0; v < views; v++) {
                r.origin[v] = launch.inputs()[v].offset() + reduced.offset(v);
            }
            if (program.keeps()) {
                r.origin[views + 1] = reduced.offset(views);
            }
            plan.reads.bind(r, n);
            r.run(n);
        }

        @Override
        public boolean fourLanes(long first, int count, int lane, float[] d, int d0) {
            if (!plan.reads.needsNoRegisters() || plan.reduced.rank > 1) {
                return false;
            }
            if (pairs == null) {
                pairs = pairs();
            }
            return folds.fourLanes(pairs, (int) first, count, lane, d, d0, n);
        }

        /** Where the rows lie: those of reduced element 0, and how far apart. */
        private RowPairs pairs() {
            compute(0);
            int pitch = (int) plan.reduced.strides[a];
            int second = b < 0 ? a : b;
            int secondPitch = second < views ? (int) plan.reduced.strides[second] : 0;
            return new RowPairs(plan.factor(), r.f[a], r.at[a], pitch, r.f[second], r.at[second], secondPitch);
        }

        @Override
        public void copy(long row, float[] d, int d0) {
            compute(row);
            if (b < 0) {
                System.arraycopy(r.f[a], r.at[a], d, d0, n);
            } else if (uniform) {
                folds.product(d, d0, r.f[a], r.at[a], r.f[b][r.at[b]], n);
            } else {
                folds.product(d, d0, r.f[a], r.at[a], r.f[b], r.at[b], n);
            }
        }

        @Override
        public void combine(long row, float[] d, int d0) {
            compute(row);
            switch (plan.op) {
                case SUM -> {
                    if (b < 0) {
                        folds.addTo(d, d0, r.f[a], r.at[a], n);
                    } else if (uniform) {
                        folds.addProductTo(d, d0, r.f[a], r.at[a], r.f[b][r.at[b]], n);
                    } else {
                        folds.addProductTo(d, d0, r.f[a], r.at[a], r.f[b], r.at[b], n);
                    }
                }
                case PROD -> folds.product(d, d0, d, d0, r.f[a], r.at[a], n);
                case MAX -> folds.maxTo(d, d0, r.f[a], r.at[a], n);
                case MIN -> folds.minTo(d, d0, r.f[a], r.at[a], n);
                case ARGMAX, ARGMIN -> throw new AssertionError(plan.op);
            }
        }
    }
}
