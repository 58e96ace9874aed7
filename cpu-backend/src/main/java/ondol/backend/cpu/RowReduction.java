package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;
import static ondol.kernel.ReduceOp.LANES;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** Reduces along the reduced axes: for one kept element after the other, its row of reduced elements. */
final class RowReduction {
    private static final int LANE_ROOM = 1;

    /** So many blocks' results are kept at a time: a whole number of blocks again. */
    static final int MOST_RESULTS = 16 * BLOCK;

    private final ReducePlan plan;
    private final Launch launch;
    private final Program program;
    private final Folds folds;
    private final int views;

    /** Elements taken at once: a whole block of a sum where there is nothing to compute and nothing to copy. */
    private final int step;

    RowReduction(ReducePlan plan, Launch launch) {
        this.plan = plan;
        this.launch = launch;
        this.program = plan.program;
        this.folds = plan.loops.folds();
        this.views = plan.inputs;
        this.step = plan.reads.needsNoRegisters() ? BLOCK : program.block();
    }

    void run(Workers workers) {
        if (plan.blocks() > 1) {
            runInBlocks(workers);
            return;
        }
        if (plan.valueType == Type.F32 && plan.op == ReduceOp.SUM && areRowsInPlace()) {
            workers.run(plan.kept.count, plan.worth(), this::sumRowsInPlace);
            return;
        }
        workers.run(plan.kept.count, plan.worth(), (scratch, from, to) -> {
            Frame r = begin(scratch);
            Cursor kept = new Cursor();
            float[] lanes = scratch.room(LANE_ROOM, LANES);
            kept.start(plan.kept, from);
            for (long k = from; k < to; k++) {
                moveTo(r, kept);
                plan.write(launch.outputs()[0], outputAt(kept), rowBits(r, lanes));
                kept.advance(1);
            }
            r.end();
        });
    }

    /** Whether every row is summed where it lies, be it alone or times another. */
    private boolean areRowsInPlace() {
        return plan.reads.needsNoRegisters()
                && (program.results().length == 1 || !program.uniformResults()[1])
                && plan.reduced.count <= BLOCK;
    }

    /** The commonest case by itself: nothing is prepared for a row but its place. */
    private void sumRowsInPlace(Scratch scratch, long from, long to) {
        int a = program.results()[0];
        int b = program.results()[program.results().length - 1];
        boolean products = program.results().length > 1;
        float[] first = (float[]) ((CpuBuffer) launch.inputs()[a].buffer()).array;
        float[] second = (float[]) ((CpuBuffer) launch.inputs()[b].buffer()).array;
        float[] output = (float[]) ((CpuBuffer) launch.outputs()[0].buffer()).array;
        long a0 = launch.inputs()[a].offset();
        long b0 = launch.inputs()[b].offset();
        int n = (int) plan.reduced.count;
        float[] lanes = scratch.room(LANE_ROOM, LANES);
        Cursor kept = new Cursor();
        kept.start(plan.kept, from);
        for (long k = from; k < to; k++) {
            int aAt = (int) (a0 + kept.offset(a));
            output[(int) outputAt(kept)] = products
                    ? folds.sumProductsBlock(lanes, first, aAt, second, (int) (b0 + kept.offset(b)), n)
                    : folds.sumBlock(lanes, first, aAt, n);
            kept.advance(1);
        }
    }

    private Frame begin(Scratch scratch) {
        Frame r = scratch.frame(program);
        plan.reads.begin(r, launch.inputs());
        r.begin(launch.scalars());
        return r;
    }

    private void moveTo(Frame r, Cursor kept) {
        for (int v = 0; v < views; v++) {
            r.origin[v] = launch.inputs()[v].offset() + kept.offset(v);
        }
        if (program.keeps()) {
            r.origin[views] = kept.offset(views + 1);
        }
    }

    private long outputAt(Cursor kept) {
        return launch.outputs()[0].offset() + kept.offset(views);
    }

    private long rowBits(Frame r, float[] lanes) {
        if (plan.valueType != Type.F32) {
            return integerRow(r);
        }
        if (plan.op.isArg()) {
            return argRow(r);
        }
        float result = switch (plan.op) {
            case SUM, PROD -> block(r, lanes, 0, plan.reduced.count);
            case MAX, MIN -> extremeRow(r);
            case ARGMAX, ARGMIN -> throw new AssertionError();
        };
        return Float.floatToRawIntBits(result) & 0xffffffffL;
    }

    /** Computes the next n reduced elements; a view without elements may point anywhere, so nothing of it is read. */
    private void compute(Frame r, int n) {
        if (n == 0) {
            return;
        }
        plan.reads.bind(r, n);
        r.run(n);
        r.cursor.advance(n);
    }

    // ---- SUM and PROD

    /** Each block's result for itself, then the results by the same rule, as far as there is room for at a time. */
    private void runInBlocks(Workers workers) {
        long blocks = plan.blocks();
        int most = (int) Math.min(blocks, MOST_RESULTS);
        int rows = (int) Math.min(plan.kept.count, MOST_RESULTS / most);
        BlockResults results = new BlockResults(plan, rows * most);
        Cursor kept = new Cursor();
        kept.start(plan.kept, 0);
        for (long k = 0; k < plan.kept.count; k += rows) {
            int n = (int) Math.min(rows, plan.kept.count - k);
            if (most == blocks) {
                runBlocks(workers, results, k, n, 0, most);
            }
            for (int row = 0; row < n; row++) {
                long bits = most == blocks ? results.combine(row * most, most) : longRow(workers, results, k, blocks);
                plan.write(launch.outputs()[0], outputAt(kept), bits);
                kept.advance(1);
            }
        }
    }

    /** A kept element with more blocks than there is room for: the results of so many are combined once. */
    private long longRow(Workers workers, BlockResults results, long k, long blocks) {
        BlockResults next = new BlockResults(plan, Math.toIntExact(Math.ceilDiv(blocks, BLOCK)));
        int n = 0;
        for (long first = 0; first < blocks; first += MOST_RESULTS) {
            int some = (int) Math.min(MOST_RESULTS, blocks - first);
            runBlocks(workers, results, k, 1, first, some);
            n += results.combineBlocks(0, some, next, n);
        }
        return next.combine(0, n);
    }

    /** The results of {@code n} blocks, from {@code firstBlock} on, of {@code rows} kept elements from {@code k} on. */
    private void runBlocks(Workers workers, BlockResults results, long k, int rows, long firstBlock, int n) {
        workers.run((long) rows * n, plan.worth(), (scratch, from, to) -> {
            Frame r = begin(scratch);
            Cursor kept = new Cursor();
            float[] lanes = scratch.room(LANE_ROOM, LANES);
            for (int unit = (int) from; unit < to; unit++) {
                kept.start(plan.kept, k + unit / n);
                moveTo(r, kept);
                long first = (firstBlock + unit % n) * BLOCK;
                long last = Math.min(plan.reduced.count, first + BLOCK);
                if (plan.valueType == Type.F32) {
                    results.set(unit, block(r, lanes, first, last));
                } else {
                    results.set(unit, integers(r, first, last));
                }
            }
            r.end();
        });
    }

    /** SUM or PROD of the reduced elements {@code from} to {@code to - 1}, a block or less. */
    private float block(Frame r, float[] lanes, long from, long to) {
        boolean sum = plan.op == ReduceOp.SUM;
        int a = program.results()[0];
        int b = program.results().length > 1 ? program.results()[1] : -1;
        boolean byElement = b >= 0 && program.uniformResults()[1];
        r.cursor.start(plan.reduced, from);
        if (sum && !byElement && to - from <= step) {
            int n = (int) (to - from);
            compute(r, n);
            return b < 0
                    ? folds.sumBlock(lanes, r.f[a], r.at[a], n)
                    : folds.sumProductsBlock(lanes, r.f[a], r.at[a], r.f[b], r.at[b], n);
        }
        Arrays.fill(lanes, 0, LANES, sum ? 0 : 1);
        for (long at = from; at < to; at += step) {
            int n = (int) Math.min(step, to - at);
            compute(r, n);
            if (!sum) {
                folds.prod(lanes, r.f[a], r.at[a], n);
            } else if (b < 0) {
                folds.sum(lanes, r.f[a], r.at[a], n);
            } else if (byElement) {
                folds.sumProducts(lanes, r.f[a], r.at[a], r.f[b][r.at[b]], n);
            } else {
                folds.sumProducts(lanes, r.f[a], r.at[a], r.f[b], r.at[b], n);
            }
        }
        return sum ? folds.sumLanes(lanes) : PlainFolds.prodLanes(lanes);
    }

    // ---- the others

    private float extremeRow(Frame r) {
        boolean max = plan.op == ReduceOp.MAX;
        int a = program.results()[0];
        float best = 0;
        long count = plan.reduced.count;
        r.cursor.start(plan.reduced, 0);
        for (long at = 0; at < count; at += step) {
            int n = (int) Math.min(step, count - at);
            compute(r, n);
            float next = max ? folds.max(r.f[a], r.at[a], n) : folds.min(r.f[a], r.at[a], n);
            best = at == 0 ? next : max ? Math.max(best, next) : Math.min(best, next);
        }
        return best;
    }

    private long argRow(Frame r) {
        boolean max = plan.op == ReduceOp.ARGMAX;
        int a = program.results()[0];
        float best = 0;
        long where = -1;
        long count = plan.reduced.count;
        r.cursor.start(plan.reduced, 0);
        for (long at = 0; at < count; at += step) {
            int n = (int) Math.min(step, count - at);
            compute(r, n);
            float next = max ? folds.max(r.f[a], r.at[a], n) : folds.min(r.f[a], r.at[a], n);
            if (Float.isNaN(next)) {
                return at + indexOf(r.f[a], r.at[a], next);
            }
            if (where < 0 || (max ? next > best : next < best)) {
                best = next;
                where = at + indexOf(r.f[a], r.at[a], next);
            }
        }
        return where;
    }

    /** Where a value first occurs that is known to: +0 and -0 are one value, and so is every NaN. */
    private static int indexOf(float[] a, int a0, float value) {
        int k = 0;
        if (Float.isNaN(value)) {
            while (!Float.isNaN(a[a0 + k])) {
                k++;
            }
        } else {
            while (a[a0 + k] != value) {
                k++;
            }
        }
        return k;
    }

    private long integerRow(Frame r) {
        return integers(r, 0, plan.reduced.count);
    }

    private long integers(Frame r, long from, long to) {
        int a = program.results()[0];
        ReduceOp op = plan.op;
        if (op.isArg()) {
            return argIntegers(r);
        }
        long result = IntegerFolds.identity(op);
        r.cursor.start(plan.reduced, from);
        for (long at = from; at < to; at += program.block()) {
            int n = (int) Math.min(program.block(), to - at);
            compute(r, n);
            result = IntegerFolds.fold(op, result, r.l[a], 0, n);
        }
        return result;
    }

    private long argIntegers(Frame r) {
        boolean max = plan.op == ReduceOp.ARGMAX;
        int a = program.results()[0];
        long where = -1;
        long best = 0;
        long count = plan.reduced.count;
        r.cursor.start(plan.reduced, 0);
        for (long at = 0; at < count; at += program.block()) {
            int n = (int) Math.min(program.block(), count - at);
            compute(r, n);
            for (int k = 0; k < n; k++) {
                long value = r.l[a][k];
                if (where < 0 || (max ? value > best : value < best)) {
                    best = value;
                    where = at + k;
                }
            }
        }
        return where;
    }
}
