package ondol.backend.c;

import java.util.List;
import java.util.stream.LongStream;
import ondol.backend.Buffer;
import ondol.kernel.Expr;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Several kernels along the rows as one kernel, for GPUs: softmax reads each row once, and computes its exponentials once. The 64
 * lanes of the contract are 64 work items of a group, which does one row; of rows of up to 32 elements a group of 256 does several.
 * A work item needs only its own elements, in every one of the kernels, so that what is kept of them from one kernel to the
 * next is in its registers, or for longer rows in local memory where nobody else looks. Reductions are folded in halves by
 * all work items alike, and all have the result. Rows of more than
 * one block, and those of which local memory cannot keep enough, are {@link LongRowsWriter}'s.
 */
final class RowsWriter extends RowsText {
    /** Work items of a group that does several short rows. */
    private static final int SHORT = 256;

    /** Elements of a work item that are written out one after the other. */
    private static final int MOST_WRITTEN = 16;

    /** Elements in a row whose loads are on their way together, where a work item has more than that. */
    private static final int UNROLLED = 8;

    /** Registers for what is kept. */
    private static final int MOST_REGISTERS = 32;

    /** How many elements a work item has at most. */
    private final int each;

    private final boolean inRegisters;

    /**
     * A text and how it is filled.
     *
     * @param plan null where rows do not fit
     * @param scalars which of all kernels' run-time scalars it takes
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Planned(@Nullable Plan plan, int[] scalars) {}

    private RowsWriter(RowsLaunch launch, RowsProgram program, Space kept, Space reduced, boolean wide) {
        super(launch, program, kept, reduced, wide, group(launch), lanes(launch.rowLength()));
        each = each(launch.rowLength());
        int numbers = program.places().size() * each;
        inRegisters = each <= MOST_WRITTEN && numbers <= MOST_REGISTERS && each * program.nodes() <= MOST_PRIMITIVES;
    }

    /** How many work items a row takes. */
    private static int lanes(long rowLength) {
        return rowLength <= LANES / 2 ? Math.toIntExact(Long.highestOneBit(2 * rowLength - 1)) : LANES;
    }

    private static int group(RowsLaunch launch) {
        return lanes(launch.rowLength()) < LANES ? SHORT : LANES;
    }

    /** Of long rows some lengths have the same text. */
    private static int each(long rowLength) {
        int each = Math.toIntExact(Math.ceilDiv(rowLength, LANES));
        int step = Math.max(1, Integer.highestOneBit(each) / MOST_WRITTEN * 4);
        return Math.ceilDiv(each, step) * step;
    }

    /** Whether several rows of a group would keep their values in the same local memory. */
    private boolean isApart() {
        return lanes < LANES && !inRegisters;
    }

    private static boolean isLong(RowsLaunch launch) {
        return launch.rowLength() > ReduceOp.BLOCK;
    }

    /** The properties of a launch on which a text depends, beside kernels and structure. */
    static String signature(RowsLaunch launch, int largestGroup) {
        return isLong(launch)
                ? "x" + LongRowsWriter.group(launch, largestGroup)
                : lanes(launch.rowLength()) + "x" + each(launch.rowLength());
    }

    /**
     * The text for launches of one structure.
     *
     * @param largestGroup how many work items a group may have
     */
    static Planned plan(RowsLaunch launch, Space kept, Space reduced, boolean wide, int largestGroup) {
        if (!isLong(launch)) {
            RowsProgram program = new RowsProgram(launch, false);
            RowsWriter writer = new RowsWriter(launch, program, kept, reduced, wide);
            Plan plan = writer.isApart() ? null : writer.plan();
            if (plan != null || writer.lanes < LANES) {
                return new Planned(plan, program.scalars());
            }
        }
        return LongRowsWriter.plan(launch, kept, reduced, wide, largestGroup);
    }

    /** The call of one launch. */
    static Call call(Plan plan, int[] scalars, RowsLaunch launch, Space kept, Space reduced) {
        Arguments arguments = plan.arguments(launch.scalars(scalars));
        arguments.index(kept.size()).index(launch.rowLength());
        kept.sizes(arguments);
        reduced.sizes(arguments);
        int count = launch.values().size();
        Buffer[] buffers = new Buffer[count];
        for (int v = 0; v < count; v++) {
            var view = launch.values().get(v).view();
            buffers[v] = view.buffer();
            arguments.index(view.offset());
            kept.place(arguments, v);
            reduced.place(arguments, v);
        }
        int lanes = lanes(launch.rowLength());
        int atOnce = lanes < LANES ? SHORT / lanes : 1;
        return new Call(plan.source(), buffers, arguments.bytes(), Math.ceilDiv(kept.size(), atOnce));
    }

    @Override
    void elements(RowsProgram.Step step) {
        rowValues(step);
        Combination combination = combination(step);
        String best = "best" + step.writes();
        String place = "place" + step.writes();
        if (combination != null) {
            line(1, combination.local() + " " + best + " = " + combination.start() + ";");
            if (combination.op().isArg()) {
                line(1, "idx " + place + " = lane;");
            }
        }
        loop();
        elementPlaces(2);
        Expressions expressions = ofRow.inner(body, 2);
        read(step, expressions);
        List<String> results = results(step, expressions, 2, "");
        if (combination == null) {
            write(step, results, 2, inRegisters ? "if (inside" + mine() + ") " : "");
        } else if (inRegisters) {
            accumulateInside(2, combination, best, place, results.getFirst());
        } else {
            body.append(combination.next("        ", best, place, results.getFirst(), "j", "idx"));
        }
        line(1, "}");
        if (combination != null) {
            fold(1, combination, best, place);
            writeReduced(step, combination, best, place);
        }
    }

    private void loop() {
        if (inRegisters) {
            line(1, "#pragma unroll");
            line(1, "for (i32 e = 0; e < " + each + "; e++) {");
            line(2, "const idx j = lane + e * " + lanes + ";");
            line(2, "const bool inside = " + (each > 1 ? "e < " + (each - 1) + " || " : "") + "j < a.n;");
        } else {
            line(1, "#pragma unroll " + (program.nodes() * UNROLLED <= MOST_PRIMITIVES ? UNROLLED : 1));
            line(1, "for (idx j = lane; j < a.n; j += 64) {");
        }
    }

    /** Reads what a step needs of an element, from memory or from where it is kept. */
    private void read(RowsProgram.Step step, Expressions expressions) {
        for (Expr.Input input : step.loads()) {
            int v = input.index();
            String value = Expressions.load(input.type(), place(v));
            if (inRegisters) {
                value = input.type() == Type.BOOL ? "inside && " + value : "inside ? " + value + " : 0";
            }
            line(2, "const " + Expressions.local(input.type()) + " x" + v + " = " + value + ";");
            expressions.input(v, input.type(), "x" + v);
        }
        for (int f = 0; f < step.finds().size(); f++) {
            Expr found = step.finds().get(f);
            String value = Expressions.load(found.type(), keptAt(found));
            line(2, "const " + Expressions.local(found.type()) + " f" + f + " = " + value + ";");
            expressions.name(found, "f" + f);
        }
    }

    @Override
    String mine() {
        return lanes < LANES ? " && isRow" : "";
    }

    @Override
    String keptAt(Expr value) {
        return "kept" + program.place(value) + (inRegisters ? "[e]" : "[j]");
    }

    @Override
    int keptBytes() {
        return inRegisters
                ? 0
                : program.places().stream()
                        .mapToInt(type -> each * LANES * type.bytes())
                        .sum();
    }

    @Override
    int foldRoom() {
        return 2 * group;
    }

    @Override
    String declarations() {
        StringBuilder s = new StringBuilder();
        for (int p = 0; p < program.places().size(); p++) {
            String type = Expressions.memory(program.places().get(p));
            s.append("    %s%s kept%d[%d];\n"
                    .formatted(inRegisters ? "" : "LOCAL ", type, p, inRegisters ? each : each * LANES));
        }
        if (lanes < LANES) {
            s.append("""
                        const i32 lane = LOCAL_ID %% %1$d;
                        const idx wanted = (idx) GROUP_ID * %2$d + LOCAL_ID / %1$d;
                        const bool isRow = wanted < a.outputs;
                        const idx o = isRow ? wanted : a.outputs - 1;
                    """.formatted(lanes, group / lanes));
        } else {
            s.append("""
                        const i32 lane = LOCAL_ID;
                        const idx o = (idx) GROUP_ID;
                        LEAVE_IF(o >= a.outputs)
                    """);
        }
        return s.toString();
    }

    /** Whether indices need 64 bits. */
    static boolean isWide(RowsLaunch launch, Space kept, Space reduced) {
        long furthest = LongStream.range(0, launch.values().size())
                .map(v -> launch.values().get((int) v).view().offset() + kept.reach((int) v) + reduced.reach((int) v))
                .max()
                .orElse(0);
        return Math.max(furthest, kept.size()) > Integer.MAX_VALUE - 4096;
    }
}
