package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;
import static ondol.kernel.ReduceOp.LANES;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Reduces along the reduced axes: for one kept element after the other, its row of reduced elements. */
final class RowReduction {
    private static final int LANE_ROOM = 1;
    private static final int BEST_ROOM = 2;
    private static final int MOST_INDICES = 512;

    /** So many blocks' results are kept at a time: a whole number of blocks again. */
    static final int MOST_RESULTS = 16 * BLOCK;

    private final ReducePlan plan;
    private final @Nullable ReduceLoopPlan written;
    private final Launch launch;
    private final Program program;
    private final int views;

    /** @param written the loop that does the work, if it is not the plan's program */
    RowReduction(ReducePlan plan, @Nullable ReduceLoopPlan written, Launch launch) {
        this.plan = plan;
        this.written = written;
        this.launch = launch;
        this.program = plan.program;
        this.views = plan.inputs;
    }

    void run(Workers workers) {
        if (plan.blocks() > 1) {
            runInBlocks(workers);
        } else if (written == null) {
            workers.run(plan.kept.count, plan.worth(), this::rows);
        } else {
            workers.run(plan.kept.count, plan.worth(), (scratch, from, to) -> rows(written, scratch, from, to));
        }
    }

    /** One row after the other, each a piece at a time. */
    private void rows(Scratch scratch, long from, long to) {
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
    }

    /** As many rows at once as lie evenly. */
    private void rows(ReduceLoopPlan by, Scratch scratch, long from, long to) {
        ReduceArguments a = by.arguments(launch, scratch.room(LANE_ROOM, LANES));
        float[] output = launch.outputs()[0].buffer() instanceof CpuBuffer b && b.array instanceof float[] f ? f : null;
        Cursor kept = new Cursor();
        kept.start(plan.kept, from);
        int some = 0;
        for (long k = from; k < to; k += some) {
            some = (int) Math.min(to - k, plan.kept.row - kept.column());
            place(by, a, kept, 0, scratch);
            by.elements(a, (int) Math.min(BLOCK, plan.reduced.count));
            if (output == null) {
                some = Math.min(some, MOST_INDICES);
                writeIndices(by, a, kept, some, scratch);
            } else {
                some = by.hasCopies ? 1 : some;
                a.count = some;
                a.out = output;
                a.outAt = (int) outputAt(kept);
                a.outPitch = (int) plan.kept.rowStride(views);
                by.loop.run(a);
            }
            kept.advance(some);
        }
    }

    /** Tells a loop where the rows from the cursor on begin, or in each of them the block that begins at {@code first}. */
    private void place(ReduceLoopPlan by, ReduceArguments a, Cursor kept, long first, Scratch scratch) {
        for (int v = 0; v < views; v++) {
            int at = (int) (launch.inputs()[v].offset() + kept.offset(v));
            if (by.isCopied(v)) {
                a.arrays[v] = scratch.floats(v, BLOCK);
                Cursor reduced = new Cursor();
                reduced.start(plan.reduced, first);
                int n = (int) Math.min(BLOCK, plan.reduced.count - first);
                copy((float[]) ((CpuBuffer) launch.inputs()[v].buffer()).array, at, v, reduced, a.arrays[v], n);
                a.at[v] = 0;
                a.pitch[v] = 0;
            } else {
                a.at[v] = by.isOneElement(v) ? at : (int) (at + first);
                a.pitch[v] = (int) plan.kept.rowStride(v);
            }
        }
    }

    private void copy(float[] from, int at, int v, Cursor reduced, float[] to, int n) {
        Space space = plan.reduced;
        int stride = (int) space.rowStride(v);
        int some;
        for (int done = 0; done < n; done += some) {
            int first = at + (int) reduced.offset(v);
            int lines = stride == 1 ? reduced.wholeRows(n - done) : 0;
            if (lines > 1) {
                int row = (int) space.row;
                copyRows(from, first, (int) space.strides[(v + 1) * space.rank - 2], lines, row, to, done);
                some = lines * row;
            } else {
                some = (int) Math.min(n - done, space.row - reduced.column());
                Strided.read(from, first, stride, to, done, some);
            }
            reduced.advance(some);
        }
    }

    /** Copies rows that begin {@code pitch} apart. */
    private static void copyRows(float[] from, int at, int pitch, int rows, int length, float[] to, int first) {
        if (pitch == length) {
            System.arraycopy(from, at, to, first, rows * length);
        } else {
            VectorMatMul.copyLines(from, at, pitch, rows, length, to, first, length);
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
            return argRow(r, lanes);
        }
        return Float.floatToRawIntBits(block(r, lanes, 0, plan.reduced.count)) & 0xffffffffL;
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

    // ---- blocks

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
            if (written != null) {
                blocks(written, scratch, results, k, firstBlock, n, (int) from, (int) to);
                return;
            }
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

    /** The results {@code from} to {@code to - 1}: as many whole blocks of a row at once as are asked for. */
    private void blocks(
            ReduceLoopPlan by,
            Scratch scratch,
            BlockResults results,
            long k,
            long firstBlock,
            int n,
            int from,
            int to) {
        ReduceArguments a = by.arguments(launch, scratch.room(LANE_ROOM, LANES));
        Cursor kept = new Cursor();
        int some = 0;
        for (int unit = from; unit < to; unit += some) {
            kept.start(plan.kept, k + unit / n);
            long first = (firstBlock + unit % n) * BLOCK;
            long left = plan.reduced.count - first;
            some = by.hasCopies ? 1 : (int) Math.clamp(left / BLOCK, 1, Math.min(to - unit, n - unit % n));
            place(by, a, kept, first, scratch);
            for (int v = 0; v < views; v++) {
                a.pitch[v] = by.isOneElement(v) ? 0 : BLOCK;
            }
            a.count = some;
            by.elements(a, (int) Math.min(BLOCK, left));
            results.into(a, unit);
            by.loop.run(a);
        }
    }

    /** The reduced elements {@code from} to {@code to - 1}, at most a block, reduced to one value. */
    private float block(Frame r, float[] lanes, long from, long to) {
        int a = program.result();
        Arrays.fill(lanes, 0, LANES, Folds.identity(plan.op));
        r.cursor.start(plan.reduced, from);
        for (long at = from; at < to; at += program.block()) {
            int n = (int) Math.min(program.block(), to - at);
            compute(r, n);
            Folds.intoLanes(plan.op, lanes, r.f[a], r.at[a], n);
        }
        return Folds.fold(plan.op, lanes);
    }

    // ---- indices

    private long argRow(Frame r, float[] lanes) {
        int a = program.result();
        float best = 0;
        long where = -1;
        long count = plan.reduced.count;
        r.cursor.start(plan.reduced, 0);
        for (long at = 0; at < count; at += program.block()) {
            int n = (int) Math.min(program.block(), count - at);
            compute(r, n);
            lanes[0] = Folds.identity(plan.op);
            Folds.intoLanes(plan.op, lanes, r.f[a], r.at[a], n);
            if (where < 0 || Folds.isBefore(plan.op, lanes[0], best)) {
                best = lanes[0];
                where = at + Folds.indexOf(r.f[a], r.at[a], 1, best);
                if (Float.isNaN(best)) {
                    return where;
                }
            }
        }
        return where;
    }

    /** The same for {@code rows} rows from the cursor on, with a loop for the largest values. */
    private void writeIndices(ReduceLoopPlan by, ReduceArguments a, Cursor kept, int rows, Scratch scratch) {
        int v = ((Expr.Input) ((Kernel.Reduce) launch.kernel()).value()).index();
        long[] output = (long[]) ((CpuBuffer) launch.outputs()[0].buffer()).array;
        long outputAt = outputAt(kept);
        int start = a.at[v];
        int stride = (int) plan.reduced.rowStride(v);
        float[] best = scratch.room(BEST_ROOM, 2L * rows);
        long[] where = new long[rows];
        a.out = best;
        a.outPitch = 1;
        a.count = rows;
        for (long at = 0; at < plan.reduced.count; at += BLOCK) {
            int base = (int) (start + at * stride);
            a.at[v] = base;
            a.outAt = at == 0 ? 0 : rows;
            by.elements(a, (int) Math.min(BLOCK, plan.reduced.count - at));
            by.loop.run(a);
            for (int row = 0; row < rows; row++) {
                float next = best[a.outAt + row];
                if (at == 0 || !Float.isNaN(best[row]) && Folds.isBefore(plan.op, next, best[row])) {
                    best[row] = next;
                    where[row] = at + Folds.indexOf(a.arrays[v], base + row * a.pitch[v], stride, next);
                }
            }
        }
        for (int row = 0; row < rows; row++) {
            output[(int) (outputAt + row * plan.kept.rowStride(views))] = where[row];
        }
    }

    // ---- integers

    private long integerRow(Frame r) {
        return integers(r, 0, plan.reduced.count);
    }

    private long integers(Frame r, long from, long to) {
        int a = program.result();
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
        int a = program.result();
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
