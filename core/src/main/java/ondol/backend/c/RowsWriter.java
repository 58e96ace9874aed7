package ondol.backend.c;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import ondol.backend.Buffer;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Several kernels along the rows as one kernel, for GPUs: softmax reads each row once, and computes its exponentials once. The 64
 * lanes of the contract are 64 work items of a group, which does one row; of rows of up to 32 elements a group of 256 does several.
 * A work item needs only its own elements, in every one of the kernels, so that what is kept of them from one kernel to the
 * next is in its registers, or for longer rows in local memory where nobody else looks. Reductions are folded in halves by
 * all work items alike, and all have the result.
 */
final class RowsWriter {
    private static final int LANES = ReduceOp.LANES;

    /** Work items of a group that does several short rows. */
    private static final int SHORT = 256;

    /** Elements of a work item that are written out one after the other. */
    private static final int MOST_WRITTEN = 16;

    /** Elements in a row whose loads are on their way together, where a work item has more than that. */
    private static final int UNROLLED = 8;

    /** Registers for what is kept. */
    private static final int MOST_REGISTERS = 32;

    /** Primitives that are written out: with more, their instructions fit no cache. */
    private static final int MOST_PRIMITIVES = 2000;

    /** Local memory that every device has. */
    private static final int LOCAL_BYTES = 32 << 10;

    private final RowsProgram program;
    private final Space kept;
    private final Space reduced;
    private final List<RowsLaunch.Value> values;
    private final boolean wide;
    private final int lanes;
    private final int group;

    /** How many elements a work item has at most. */
    private final int each;

    private final boolean inRegisters;
    private final List<Expressions.ScalarUse> scalars;
    private final Arguments.Fields fields;
    private final StringBuilder parameters = new StringBuilder();
    private final StringBuilder body = new StringBuilder();
    private final StringBuilder elementPlaces = new StringBuilder();
    private final String[] names;
    private final String[] places;
    private final Expressions ofRow;

    /** The kinds of folds of lanes: the types of their values, and for places another name. */
    private final Set<String> folds = new LinkedHashSet<>();

    /**
     * A text and how it is filled.
     *
     * @param plan null where rows do not fit
     * @param scalars which of all kernels' run-time scalars it takes
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Planned(@Nullable Plan plan, int[] scalars) {}

    private RowsWriter(RowsLaunch launch, RowsProgram program, Space kept, Space reduced, boolean wide) {
        this.program = program;
        this.kept = kept;
        this.reduced = reduced;
        this.wide = wide;
        values = launch.values();
        lanes = lanes(launch.rowLength());
        group = lanes < LANES ? SHORT : LANES;
        each = each(launch.rowLength());
        int numbers = program.places().size() * each;
        inRegisters = each <= MOST_WRITTEN && numbers <= MOST_REGISTERS && each * program.nodes() <= MOST_PRIMITIVES;
        scalars = Expressions.scalars(program.steps().stream()
                .flatMap(step -> step.results().stream())
                .toList());
        fields = new Arguments.Fields(wide, scalars);
        names = new String[values.size()];
        places = new String[values.size()];
        ofRow = new Expressions(body, 1, "0", wide);
    }

    /** How many work items a row takes. */
    private static int lanes(long rowLength) {
        return rowLength <= LANES / 2 ? Math.toIntExact(Long.highestOneBit(2 * rowLength - 1)) : LANES;
    }

    /** The number of elements that each lane takes of a row; long rows of several lengths share one, and so a text. */
    private static int each(long rowLength) {
        int each = Math.toIntExact(Math.ceilDiv(rowLength, LANES));
        int step = Math.max(1, Integer.highestOneBit(each) / MOST_WRITTEN * 4);
        return Math.ceilDiv(each, step) * step;
    }

    /** The properties of a launch on which a text depends, beside kernels and structure. */
    static String signature(RowsLaunch launch) {
        return lanes(launch.rowLength()) + "x" + each(launch.rowLength());
    }

    /** The text for launches of one structure. */
    static Planned plan(RowsLaunch launch, Space kept, Space reduced, boolean wide) {
        RowsProgram program = new RowsProgram(launch);
        return new Planned(new RowsWriter(launch, program, kept, reduced, wide).plan(), program.scalars());
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

    private @Nullable Plan plan() {
        begin();
        for (RowsProgram.Step step : program.steps()) {
            if (!step.isElementwise()) {
                List<String> results = ofRow.print(step.results());
                for (int r = 0; r < results.size(); r++) {
                    write(step.writes() + r, results.get(r));
                }
            } else {
                elements(step);
            }
        }
        int bytes = folds.stream().mapToInt(this::foldBytes).sum();
        if (!inRegisters) {
            bytes += program.places().stream()
                    .mapToInt(type -> each * LANES * type.bytes())
                    .sum();
        }
        if (bytes > LOCAL_BYTES) {
            return null;
        }
        return new Plan(new Source("rows", text(), group, false), wide, fields.count(), scalars);
    }

    /** Prints the places of inputs and outputs, and reads the values that each row has one of. */
    private void begin() {
        fields.index("outputs");
        fields.index("n");
        Space.Places ofKept = kept.new Places(fields, "o", "o");
        Space.Places ofReduced = reduced.new Places(fields, "j", "j");
        ofKept.print(body, "    ");
        ofReduced.print(elementPlaces, "        ");
        for (int v = 0; v < values.size(); v++) {
            RowsLaunch.Value value = values.get(v);
            Type type = value.view().type();
            names[v] = (value.isWritten() ? "out" : "in") + v;
            parameters
                    .append(value.isWritten() ? "GLOBAL " : "GLOBAL const ")
                    .append(Expressions.memory(type))
                    .append("* ")
                    .append(names[v])
                    .append(", ");
            String row = fields.index(names[v] + "_at") + ofKept.place(fields, v, names[v]);
            line(1, "const idx " + names[v] + "_o = " + row + ";");
            places[v] = "%s[%s_o%s]".formatted(names[v], names[v], ofReduced.place(fields, v, names[v]));
            if (!value.isWritten() && !value.isElementwise()) {
                line(
                        1,
                        "const " + Expressions.local(type) + " x" + v + " = " + Expressions.load(type, places[v])
                                + ";");
                ofRow.input(v, type, "x" + v);
            }
        }
    }

    private void line(int depth, String line) {
        body.append("    ".repeat(depth)).append(line).append('\n');
    }

    /** Goes over the elements of a row. */
    private void elements(RowsProgram.Step step) {
        ofRow.print(rowValues(step.results()));
        ReduceOp op = step.op();
        Combination combination = op == null
                ? null
                : new Combination(op, step.results().getFirst().type());
        String best = "best" + step.writes();
        String place = "place" + step.writes();
        if (combination != null) {
            line(1, combination.local() + " " + best + " = " + combination.start() + ";");
            if (combination.op().isArg()) {
                line(1, "idx " + place + " = lane;");
            }
        }
        loop();
        body.append(elementPlaces);
        Expressions expressions = ofRow.inner(body, 2);
        read(step, expressions);
        List<String> results = expressions.print(
                Stream.concat(step.results().stream(), step.keeps().stream()).toList());
        for (int k = 0; k < step.keeps().size(); k++) {
            line(
                    2,
                    keptAt(step.keeps().get(k)) + " = "
                            + results.get(step.results().size() + k) + ";");
        }
        if (combination != null) {
            accumulate(combination, best, place, results.getFirst());
        } else {
            for (int r = 0; r < step.results().size(); r++) {
                int v = step.writes() + r;
                line(2, (inRegisters ? "if (inside" + mine() + ") " : "") + places[v] + " = " + results.get(r) + ";");
            }
        }
        line(1, "}");
        if (combination != null) {
            fold(combination, best, place);
            Type type = values.get(step.writes()).view().type();
            String result = combination.op().isArg() ? "((i64) " + place + ")" : "(" + best + ")";
            write(step.writes(), result);
            ofRow.name(Expr.input(step.writes(), type), type == Type.BOOL ? "(" + best + " != 0)" : result);
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
            String value = Expressions.load(input.type(), places[v]);
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

    /** The values of a row in expressions of its elements, which are printed before. */
    private List<Expr> rowValues(List<Expr> results) {
        List<Expr> found = new ArrayList<>();
        for (Expr e : Dag.nodes(results, e -> program.isElementwise(e) ? e.operands() : new Expr[0])) {
            if (!program.isElementwise(e)) {
                found.add(e);
            }
        }
        return found;
    }

    private String mine() {
        return lanes < LANES ? " && isRow" : "";
    }

    private String keptAt(Expr value) {
        return "kept" + program.place(value) + (inRegisters ? "[e]" : "[j]");
    }

    private void accumulate(Combination combination, String best, String place, String value) {
        if (!inRegisters) {
            body.append(combination.next("        ", best, place, value, "j", "idx"));
        } else if (combination.op().isArg()) {
            line(2, "if (inside) {");
            body.append(combination.next("            ", best, place, value, "j", "idx"));
            line(2, "}");
        } else {
            line(2, "const " + combination.local() + " more = " + combination.combined(best, value) + ";");
            line(2, best + " = inside ? more : " + best + ";");
        }
    }

    /** Folds the lanes in halves. Each writes where nobody reads until the next barrier. */
    private void fold(Combination combination, String best, String place) {
        String type = combination.local();
        folds.add(type);
        line(1, "for (i32 fold = " + lanes / 2 + "; fold > 0; fold >>= 1) {");
        line(2, type + "_lanes[side + LOCAL_ID] = " + best + ";");
        if (combination.op().isArg()) {
            folds.add("places");
            line(2, "places[side + LOCAL_ID] = " + place + ";");
        }
        line(2, "BARRIER();");
        line(2, "const i32 other = side + (LOCAL_ID ^ fold);");
        body.append(combination.both("        ", best, place, type + "_lanes[other]", "places[other]", "idx"));
        line(2, "side ^= " + group + ";");
        line(1, "}");
    }

    private int foldBytes(String name) {
        boolean isLong = name.equals("i64") || name.equals("places") && wide;
        return 2 * group * (isLong ? Long.BYTES : Integer.BYTES);
    }

    /** Writes the one number of a row. */
    private void write(int value, String result) {
        line(1, "if (lane == 0" + mine() + ") {");
        line(2, places[value] + " = " + result + ";");
        line(1, "}");
    }

    private String text() {
        StringBuilder s = new StringBuilder();
        s.append(fields);
        s.append("\nKERNEL GROUP_SIZE(%d) void rows(%sconst Args a) {\n".formatted(group, parameters));
        for (String fold : folds) {
            s.append(
                    fold.equals("places")
                            ? "    LOCAL idx places[%d];\n".formatted(2 * group)
                            : "    LOCAL %1$s %1$s_lanes[%2$d];\n".formatted(fold, 2 * group));
        }
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
        if (!folds.isEmpty()) {
            s.append("    i32 side = 0;\n");
        }
        return s.append(body).append("}\n").toString();
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
