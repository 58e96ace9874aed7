package ondol.backend.c;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import ondol.kernel.Dag;
import ondol.kernel.Expr;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** The text of several kernels along the rows as one kernel: what is the same for short rows and for long ones. */
abstract class RowsText {
    static final int LANES = ReduceOp.LANES;

    /** Primitives that are written out: with more, their instructions fit no cache. */
    static final int MOST_PRIMITIVES = 2000;

    /** Local memory that every device has. */
    private static final int LOCAL_BYTES = 32 << 10;

    final RowsProgram program;
    final boolean wide;

    /** Work items of a group. */
    final int group;

    /** Work items of a row that fold their values. */
    final int lanes;

    final StringBuilder body = new StringBuilder();
    final Expressions ofRow;

    private final Space kept;
    private final Space reduced;
    private final List<RowsLaunch.Value> values;
    private final List<Expressions.ScalarUse> scalars;
    private final Arguments.Fields fields;
    private final StringBuilder parameters = new StringBuilder();
    private final StringBuilder elementPlaces = new StringBuilder();
    private final String[] names;
    private final String[] places;

    /** What lanes are folded in: the types of their values, and for places another name. */
    private final Set<String> folds = new LinkedHashSet<>();

    RowsText(RowsLaunch launch, RowsProgram program, Space kept, Space reduced, boolean wide, int group, int lanes) {
        this.program = program;
        this.kept = kept;
        this.reduced = reduced;
        this.wide = wide;
        this.group = group;
        this.lanes = lanes;
        values = launch.values();
        scalars = Expressions.scalars(program.steps().stream()
                .flatMap(step -> step.results().stream())
                .toList());
        fields = new Arguments.Fields(wide, scalars);
        names = new String[values.size()];
        places = new String[values.size()];
        ofRow = new Expressions(body, 1, "0", wide);
    }

    /** Goes over the elements of a row. */
    abstract void elements(RowsProgram.Step step);

    /** Where a kept value is, for the element at hand. */
    abstract String keptAt(Expr value);

    /** What a text declares, beside what lanes are folded in, and which row and lane a work item has. */
    abstract String declarations();

    /** Local memory for what is kept, in bytes. */
    abstract int keptBytes();

    /** Elements of local memory for each thing that lanes are folded in. */
    abstract int foldRoom();

    /** A condition on the work items that write, beside others; empty if there is none. */
    abstract String mine();

    /** The text; null if it needs more local memory than there is. */
    final @Nullable Plan plan() {
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
        if (folds.stream().mapToInt(this::foldBytes).sum() + keptBytes() > LOCAL_BYTES) {
            return null;
        }
        return new Plan(new Source("rows", text(), group, false), wide, fields.count(), scalars);
    }

    /** Where everything lies, and what there is one of a row. */
    private void begin() {
        fields.index("outputs");
        fields.index("n");
        Space.Places ofKept = kept.new Places(fields, "o", "o");
        Space.Places ofReduced = reduced.new Places(fields, "j", "j");
        ofKept.print(body, "    ");
        ofReduced.print(elementPlaces, "");
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

    final void line(int depth, String line) {
        body.append("    ".repeat(depth)).append(line).append('\n');
    }

    /** Takes the number of an element apart. */
    final void elementPlaces(int depth) {
        body.append(elementPlaces.toString().indent(4 * depth));
    }

    /** Where a value's element is in memory. */
    final String place(int value) {
        return places[value];
    }

    /** How a step combines its elements; null if it is a Map. */
    static @Nullable Combination combination(RowsProgram.Step step) {
        ReduceOp op = step.op();
        return op == null ? null : new Combination(op, step.results().getFirst().type());
    }

    /** Prints what a step needs that there is one of a row. */
    final void rowValues(RowsProgram.Step step) {
        List<Expr> found = new ArrayList<>();
        for (Expr e : Dag.nodes(step.results(), e -> program.isElementwise(e) ? e.operands() : new Expr[0])) {
            if (!program.isElementwise(e)) {
                found.add(e);
            }
        }
        ofRow.print(found);
    }

    /** Prints a step's results of an element, and keeps what later steps need. */
    final List<String> results(RowsProgram.Step step, Expressions expressions, int depth, String condition) {
        List<String> results = expressions.print(
                Stream.concat(step.results().stream(), step.keeps().stream()).toList());
        for (int k = 0; k < step.keeps().size(); k++) {
            String value = results.get(step.results().size() + k);
            line(depth, condition + keptAt(step.keeps().get(k)) + " = " + value + ";");
        }
        return results;
    }

    /** Writes a Map's results of an element. */
    final void write(RowsProgram.Step step, List<String> results, int depth, String condition) {
        for (int r = 0; r < step.results().size(); r++) {
            line(depth, condition + places[step.writes() + r] + " = " + results.get(r) + ";");
        }
    }

    /** Takes an element into a lane, if it is inside of the row. */
    final void accumulateInside(int depth, Combination combination, String best, String place, String value) {
        if (combination.op().isArg()) {
            line(depth, "if (inside) {");
            body.append(combination.next("    ".repeat(depth + 1), best, place, value, "j", "idx"));
            line(depth, "}");
        } else {
            line(depth, "const " + combination.local() + " more = " + combination.combined(best, value) + ";");
            line(depth, best + " = inside ? more : " + best + ";");
        }
    }

    /** Folds the lanes in halves, after which all have the result. Each writes where nobody reads until the next barrier. */
    final void fold(int depth, Combination combination, String best, String place) {
        String type = combination.local();
        folds.add(type);
        line(depth, "for (i32 fold = " + lanes / 2 + "; fold > 0; fold >>= 1) {");
        line(depth + 1, type + "_lanes[side + LOCAL_ID] = " + best + ";");
        if (combination.op().isArg()) {
            folds.add("places");
            line(depth + 1, "places[side + LOCAL_ID] = " + place + ";");
        }
        line(depth + 1, "BARRIER();");
        line(depth + 1, "const i32 other = side + (LOCAL_ID ^ fold);");
        body.append(combination.both(
                "    ".repeat(depth + 1), best, place, type + "_lanes[other]", "places[other]", "idx"));
        line(depth + 1, "side ^= " + group + ";");
        line(depth, "}");
    }

    /** Writes what a Reduce gives for a row, and says what it is called. */
    final void writeReduced(RowsProgram.Step step, Combination combination, String best, String place) {
        Type type = values.get(step.writes()).view().type();
        String result = combination.op().isArg() ? "((i64) " + place + ")" : "(" + best + ")";
        write(step.writes(), result);
        ofRow.name(Expr.input(step.writes(), type), type == Type.BOOL ? "(" + best + " != 0)" : result);
    }

    private int foldBytes(String name) {
        boolean isLong = name.equals("i64") || name.equals("places") && wide;
        return foldRoom() * (isLong ? Long.BYTES : Integer.BYTES);
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
                            ? "    LOCAL idx places[%d];\n".formatted(foldRoom())
                            : "    LOCAL %1$s %1$s_lanes[%2$d];\n".formatted(fold, foldRoom()));
        }
        s.append(declarations());
        if (!folds.isEmpty()) {
            s.append("    i32 side = 0;\n");
        }
        return s.append(body).append("}\n").toString();
    }
}
