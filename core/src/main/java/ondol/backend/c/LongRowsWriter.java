package ondol.backend.c;

import java.util.ArrayList;
import java.util.List;
import ondol.kernel.Expr;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Several kernels along rows of any number of blocks of {@link ReduceOp}, as one kernel for GPUs. A group does a row: of its slices of
 * 64 work items each does a block after the other, leaves the block's result in local memory, and takes part in the reduction
 * of all blocks' results. So the group goes over the row once for each kernel, in one launch. A work item has the same elements each
 * time. What took many primitives and is needed again lies in the memory of a result that is written later, or is such a
 * result; all else is read or computed again, which takes no longer.
 */
final class LongRowsWriter extends RowsText {
    /** Blocks of a row whose results local memory has room for. */
    private static final int MOST_BLOCKS = 256;

    /** Blocks of a row that one group does in the time in which the whole device starts kernel after kernel: an estimate. */
    private static final int MOST_ALONE = 32;

    /** Loads of a work item that are on their way together. */
    private static final int LOADS = 16;

    private static final int BLOCK = ReduceOp.BLOCK;

    private LongRowsWriter(
            RowsLaunch launch, RowsProgram program, Space kept, Space reduced, boolean wide, int largestGroup) {
        super(launch, program, kept, reduced, wide, group(launch, largestGroup), LANES);
    }

    /** Whether a group for each row is a good way. Where rows are few and very long, most of the device would have nothing to do. */
    static boolean suits(long rows, long rowLength) {
        return Math.ceilDiv(rowLength, BLOCK) <= Math.min(MOST_BLOCKS, Planner.product(MOST_ALONE, rows));
    }

    /** How many work items a group has: a slice for each block, as far as there may be as many. */
    static int group(RowsLaunch launch, int largestGroup) {
        long blocks = Math.ceilDiv(launch.rowLength(), BLOCK);
        return Math.toIntExact(Math.min(largestGroup, LANES * Long.highestOneBit(2 * blocks - 1)));
    }

    static RowsWriter.Planned plan(RowsLaunch launch, Space kept, Space reduced, boolean wide, int largestGroup) {
        RowsProgram program = new RowsProgram(launch, true);
        Plan plan = program.readsWhatIsOverwritten()
                ? null
                : new LongRowsWriter(launch, program, kept, reduced, wide, largestGroup).plan();
        return new RowsWriter.Planned(plan, program.scalars());
    }

    @Override
    void elements(RowsProgram.Step step) {
        rowValues(step);
        Combination combination = combination(step);
        String best = "best" + step.writes();
        String place = "place" + step.writes();
        boolean isArg = combination != null && combination.op().isArg();
        if (combination != null) {
            line(1, combination.local() + " " + best + ";");
            if (isArg) {
                line(1, "idx " + place + ";");
            }
        }
        line(1, "for (idx round = 0; round < blocks; round += " + group / LANES + ") {");
        line(2, "const idx block = round + slice;");
        line(2, "const idx first = block * " + BLOCK + ";");
        line(2, "const idx end = a.n - first < " + BLOCK + " ? a.n : first + " + BLOCK + ";");
        if (combination != null) {
            line(2, best + " = " + combination.start() + ";");
            if (isArg) {
                line(2, place + " = first + lane;");
            }
        }
        block(step, combination, best, place);
        if (combination != null) {
            String type = combination.local();
            fold(2, combination, best, place);
            line(2, "if (lane == 0 && block < blocks) {");
            line(3, type + "_lanes[" + 2 * group + " + block] = " + best + ";");
            if (isArg) {
                line(3, "places[" + 2 * group + " + block] = " + place + ";");
            }
            line(2, "}");
        }
        line(1, "}");
        if (combination != null) {
            ofBlocks(combination, best, place);
            writeReduced(step, combination, best, place);
        }
    }

    /** Goes over a block: first some elements are read, then something is made of them. */
    private void block(RowsProgram.Step step, @Nullable Combination combination, String best, String place) {
        List<Expr> reads = new ArrayList<>(step.loads());
        reads.addAll(step.finds());
        int together = together(reads.size());
        for (int r = 0; r < reads.size(); r++) {
            line(2, Expressions.local(reads.get(r).type()) + " read" + r + "[" + together + "];");
        }
        line(2, "for (idx from = first + lane; from < end; from += " + together * LANES + ") {");
        if (!reads.isEmpty()) {
            each(together);
            for (int r = 0; r < reads.size(); r++) {
                Expr read = reads.get(r);
                String at = read instanceof Expr.Input input ? place(input.index()) : keptAt(read);
                String value = Expressions.load(read.type(), at);
                line(
                        4,
                        "read" + r + "[e] = "
                                + (read.type() == Type.BOOL ? "inside && " + value : "inside ? " + value + " : 0")
                                + ";");
            }
            line(3, "}");
        }
        each(together);
        Expressions expressions = ofRow.inner(body, 4);
        for (int r = 0; r < reads.size(); r++) {
            expressions.name(reads.get(r), "read" + r + "[e]");
        }
        List<String> results = results(step, expressions, 4, "if (inside) ");
        if (combination == null) {
            write(step, results, 4, "if (inside) ");
        } else {
            accumulateInside(4, combination, best, place, results.getFirst());
        }
        line(3, "}");
        line(2, "}");
    }

    private int together(int reads) {
        int most = Math.max(1, Math.min(LOADS / Math.max(2, reads), MOST_PRIMITIVES / Math.max(1, program.nodes())));
        return Integer.highestOneBit(most);
    }

    private void each(int together) {
        line(3, "#pragma unroll");
        line(3, "for (i32 e = 0; e < " + together + "; e++) {");
        line(4, "const idx j = from + e * " + LANES + ";");
        line(4, "const bool inside = j < end;");
        elementPlaces(4);
    }

    /** Reduces the results of all blocks by the same rule, in each slice alike. */
    private void ofBlocks(Combination combination, String best, String place) {
        boolean isArg = combination.op().isArg();
        line(1, "BARRIER();");
        line(1, best + " = " + combination.start() + ";");
        if (isArg) {
            line(1, place + " = " + (wide ? Combination.NOWHERE : "0x7fffffff") + ";");
        }
        line(1, "for (idx block = lane; block < blocks; block += " + LANES + ") {");
        String at = "[" + 2 * group + " + block]";
        body.append(
                combination.both("        ", best, place, combination.local() + "_lanes" + at, "places" + at, "idx"));
        line(1, "}");
        fold(1, combination, best, place);
    }

    @Override
    String keptAt(Expr value) {
        return place(program.home(value));
    }

    @Override
    int keptBytes() {
        return 0;
    }

    @Override
    int foldRoom() {
        return 2 * group + MOST_BLOCKS;
    }

    @Override
    String mine() {
        return " && slice == 0";
    }

    @Override
    String declarations() {
        return """
                    const i32 lane = LOCAL_ID %% %1$d;
                    const i32 slice = LOCAL_ID / %1$d;
                    const idx o = (idx) GROUP_ID;
                    LEAVE_IF(o >= a.outputs)
                    const idx blocks = (a.n + %2$d) / %3$d;
                """.formatted(LANES, BLOCK - 1, BLOCK);
    }
}
