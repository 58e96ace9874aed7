package ondol.backend.cpu;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;

/**
 * Reduces an I64 or BOOL input where it lies, in any order, as that does not matter to integers: along the reduced axes or,
 * where neighbours lie along the kept ones, across them. Of BOOL it counts the true ones.
 */
final class IntegerReduction {
    /** Reduced elements that are taken at a time, and kept ones. */
    private static final int MOST_REDUCED = 1 << 16;

    private static final int MOST_KEPT = 1 << 12;
    private static final int COPIED = 1 << 9;

    /** Results of pieces that there is room for. */
    private static final long MOST_RESULTS = 1 << 22;

    private final ReducePlan plan;
    private final Launch launch;
    private final Object array;
    private final boolean byColumns;
    private final int pieces;
    private final int kept;
    private final long[] results;

    IntegerReduction(ReducePlan plan, Launch launch) {
        this.plan = plan;
        this.launch = launch;
        this.array = LeadingAxes.array(launch.inputs()[0]);
        this.byColumns = plan.kept.byRows && plan.kept.rowStride(0) == 1 && plan.reduced.rowStride(0) != 1;
        this.pieces = (int) pieces(plan);
        this.kept = (int) plan.kept.count;
        this.results = new long[pieces * kept];
    }

    /** Whether a kernel is of an input alone. */
    static boolean takes(Kernel.Reduce kernel) {
        Expr value = kernel.value();
        Expr e = value instanceof Expr.Unary u && u.op() == UnaryOp.TO_I64 ? u.a() : value;
        return !kernel.op().isArg() && e instanceof Expr.Input in && (in.type() == Type.I64 || in.type() == Type.BOOL);
    }

    /** Whether there is room for what pieces come to. */
    static boolean hasRoom(ReducePlan plan) {
        return plan.kept.count <= MOST_RESULTS / pieces(plan);
    }

    private static long pieces(ReducePlan plan) {
        return Math.clamp(Math.ceilDiv(plan.reduced.count, MOST_REDUCED), 1L, 2 * MOST_RESULTS);
    }

    void run(Workers workers) {
        Space space = plan.kept;
        int length = byColumns
                ? space.evenBlock(MOST_KEPT)
                : Math.max(1, MOST_KEPT / (int) Math.clamp(plan.reduced.count, 1, MOST_KEPT));
        long blocks = byColumns ? space.blocks(length) : Math.ceilDiv(space.count, length);
        workers.run(blocks * pieces, plan.worth(), (scratch, from, to) -> {
            Cursor columns = new Cursor();
            for (long unit = from; unit < to; unit++) {
                long block = unit % blocks;
                long start = byColumns ? space.blockStart(block, length) : block * length;
                columns.start(space, start);
                int n = byColumns
                        ? space.blockLength(columns, start, length)
                        : (int) Math.min(length, space.count - start);
                piece(columns, n, unit / blocks, scratch);
                if (pieces == 1) {
                    columns.start(space, start);
                    plan.write(
                            launch.outputs()[0], columns, n, Arrays.copyOfRange(results, (int) start, (int) start + n));
                }
            }
        });
        if (pieces > 1) {
            for (int piece = 1; piece < pieces; piece++) {
                IntegerFolds.combine(plan.op, results, 0, results, piece * kept, kept);
            }
            Cursor all = new Cursor();
            all.start(space, 0);
            plan.write(launch.outputs()[0], all, kept, results);
        }
    }

    /** What a piece of the reduced elements comes to, of each of n kept elements from the cursor on. */
    private void piece(Cursor columns, int n, long piece, Scratch scratch) {
        long first = piece * MOST_REDUCED;
        int rows = (int) Math.min(MOST_REDUCED, plan.reduced.count - first);
        int to = (int) (piece * kept + columns.position());
        Cursor reduced = new Cursor();
        if (byColumns) {
            Arrays.fill(results, to, to + n, identity());
            reduced.start(plan.reduced, first);
            for (int i = 0; i < rows; i++) {
                int at = at(columns, reduced);
                if (array instanceof boolean[] flags) {
                    IntegerFolds.count(results, to, flags, at, n);
                } else {
                    IntegerFolds.combine(plan.op, results, to, (long[]) array, at, n);
                }
                reduced.advance(1);
            }
        } else {
            for (int k = to; k < to + n; k++) {
                reduced.start(plan.reduced, first);
                results[k] = row(columns, reduced, rows, scratch);
                columns.advance(1);
            }
        }
        for (int k = to; k < to + n && array instanceof boolean[] && plan.op != ReduceOp.SUM; k++) {
            results[k] = results[k] >= (plan.op == ReduceOp.MAX ? 1 : rows) ? 1 : 0;
        }
    }

    private long identity() {
        return array instanceof boolean[] ? 0 : IntegerFolds.identity(plan.op);
    }

    private int at(Cursor columns, Cursor reduced) {
        return (int) (launch.inputs()[0].offset() + columns.offset(0) + reduced.offset(0));
    }

    /** One kept element's so many reduced elements from the cursor on. */
    private long row(Cursor columns, Cursor reduced, int rows, Scratch scratch) {
        int stride = (int) plan.reduced.rowStride(0);
        long result = identity();
        int n;
        for (int i = 0; i < rows; i += n) {
            n = (int) Math.min(rows - i, plan.reduced.row - reduced.column());
            int at = at(columns, reduced);
            if (array instanceof boolean[] flags) {
                result += IntegerFolds.count(flags, at, stride, n);
            } else if (stride == 1) {
                result = IntegerFolds.fold(plan.op, result, (long[]) array, at, n);
            } else {
                n = Math.min(n, COPIED);
                long[] copy = scratch.longs(0, COPIED);
                Strided.read((long[]) array, at, stride, copy, 0, n);
                result = IntegerFolds.fold(plan.op, result, copy, 0, n);
            }
            reduced.advance(n);
        }
        return result;
    }
}
