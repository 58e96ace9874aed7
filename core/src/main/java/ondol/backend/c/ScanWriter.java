package ondol.backend.c;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Scan kernels, by the rule of {@link Kernel.Scan}. A row longer than a block has three steps: a call leaves the blocks'
 * totals in a buffer, these are scanned in turn for what comes before each block, and a call writes the results.
 *
 * <p>There are two shapes. In groups, 256 work items do one block: elements pass through local memory, so that neighbours read
 * neighbours along the row, and each work item has the chain of one group of elements. By items, each work item does a block
 * alone: for short rows, and where neighbours lie across the rows.
 */
final class ScanWriter {
    private static final int GROUP = Kernel.Scan.GROUP;
    private static final int ITEMS = GROUP * GROUP;

    /** A row of at most this many elements is one work item's. */
    private static final int SHORT = 4 * GROUP;

    /** The number of rows that keep a device busy with a work item each. */
    private static final int MANY_ROWS = 1024;

    /** The kind of result that a call writes. */
    private enum Step {
        /** Each block's total. */
        TOTALS,
        /** For each element the total of those before it. */
        BEFORE,
        /** Each element's result. */
        RESULTS
    }

    /**
     * The properties of a launch on which a text depends, besides the kernel.
     *
     * @param rows all axes but the last, with the input and the output on them
     * @param inBlocks whether a row has more than one block
     * @param continues whether something comes before a block
     */
    private record Form(Space rows, Step step, boolean byItems, boolean inBlocks, boolean continues, boolean wide) {
        String structure() {
            return rows.signature() + step + (byItems ? 'i' : 'g') + (inBlocks ? 'b' : ' ') + (continues ? 'c' : ' ');
        }
    }

    private final Planner planner;
    private final Kernel.Scan kernel;
    private final Workspace workspace;
    private final Consumer<Call> start;

    private ScanWriter(Planner planner, Kernel.Scan kernel, Workspace workspace, Consumer<Call> start) {
        this.planner = planner;
        this.kernel = kernel;
        this.workspace = workspace;
        this.start = start;
    }

    static void plan(Planner planner, Kernel.Scan kernel, Launch launch, Workspace workspace, Consumer<Call> start) {
        if (launch.size() > 0) {
            new ScanWriter(planner, kernel, workspace, start)
                    .scan(launch.inputs()[0], launch.outputs()[0], Step.RESULTS);
        }
    }

    /** Elements of a group: integers have no order, so theirs are as many as fit into as much local memory. */
    private static int group(Type type) {
        return GROUP * Type.F32.bytes() / type.bytes();
    }

    private int block() {
        return ITEMS * group(kernel.type());
    }

    private long blocks(View in) {
        return (last(in.shape()) + block() - 1) / block();
    }

    private static long last(long[] perAxis) {
        return perAxis[perAxis.length - 1];
    }

    private void scan(View in, View out, Step step) {
        int axis = in.shape().length - 1;
        long[][] strides = {Arrays.copyOf(in.strides(), axis), Arrays.copyOf(out.strides(), axis)};
        Space rows = Space.of(Arrays.copyOf(in.shape(), axis), strides).asGeneral();
        boolean byItems = last(in.shape()) <= SHORT || rows.size() >= MANY_ROWS && isAcross(rows, last(out.strides()));
        boolean wide = planner.wide(in.size() > Integer.MAX_VALUE - 4096
                || Planner.reach(in) > Integer.MAX_VALUE
                || Planner.reach(out) > Integer.MAX_VALUE);
        long blocks = blocks(in);
        if (blocks == 1) {
            call(new Form(rows, step, byItems, false, false, wide), in, null, out);
            return;
        }
        Buffer room = workspace.take(kernel.type(), rows.size() * blocks);
        try {
            View totals = Planner.contiguous(room, rows.size(), blocks);
            call(new Form(rows, Step.TOTALS, byItems, true, false, wide), in, null, totals);
            scan(totals, totals, Step.BEFORE);
            call(new Form(rows, step, byItems, true, true, wide), in, totals, out);
        } finally {
            workspace.give(room);
        }
    }

    /** Whether neighbours lie closer together across the rows than along them. */
    private static boolean isAcross(Space rows, long step) {
        long across = Math.abs(last(rows.strides()[1]));
        return across != 0 && across < Math.abs(step);
    }

    /** @param before what comes before each block, if anything does */
    private void call(Form form, View in, @Nullable View before, View out) {
        Plan plan = planner.plan(kernel, form.structure(), form.wide(), () -> new Text(kernel, form).write());
        Space rows = form.rows();
        long blocks = blocks(in);
        long units = rows.size() * blocks;
        Arguments arguments = plan.arguments(Launch.NO_SCALARS);
        arguments.index(last(in.shape())).index(blocks).index(units).divisor(rows.size());
        rows.sizes(arguments);
        arguments.index(in.offset()).index(last(in.strides()));
        rows.place(arguments, 0);
        arguments.index(out.offset()).index(last(out.strides()));
        if (form.step() != Step.TOTALS) {
            rows.place(arguments, 1);
        }
        Buffer[] buffers = before == null
                ? new Buffer[] {in.buffer(), out.buffer()}
                : new Buffer[] {in.buffer(), before.buffer(), out.buffer()};
        long groups = form.byItems() ? (units + ITEMS - 1) / ITEMS : units;
        start.accept(new Call(plan.source(), buffers, arguments.bytes(), groups));
    }

    /** One text being written. */
    private static final class Text {
        private final Type type;
        private final boolean sum;
        private final Form form;
        private final Step step;
        private final int group;
        private final String t;
        private final String first;
        private final StringBuilder s = new StringBuilder();

        Text(Kernel.Scan kernel, Form form) {
            type = kernel.type();
            sum = kernel.op() == ReduceOp.SUM;
            this.form = form;
            step = form.step();
            group = group(type);
            t = Expressions.memory(type);
            first = (sum ? "0" : "1") + (type == Type.F32 ? ".0f" : "");
        }

        private String combined(String a, String b) {
            String op = sum ? "+" : "*";
            return type == Type.F32 ? a + " " + op + " " + b : Expressions.wrapping(type, a, op, b);
        }

        private void line(int depth, String text, Object... of) {
            s.append("    ".repeat(depth)).append(text.formatted(of)).append('\n');
        }

        /** {@code variable = variable op x}. */
        private void step(int depth, String variable, String x) {
            line(depth, "%s = %s;", variable, combined(variable, x));
        }

        Plan write() {
            var fields = new Arguments.Fields(form.wide(), List.of());
            fields.index("n");
            fields.index("blocks");
            fields.index("units");
            Divisor size = fields.divisor("rows");
            Space.Places places = form.rows().new Places(fields, "o", "o");
            StringBuilder head = new StringBuilder();
            int depth = form.byItems() ? 2 : 1;
            places.print(head, "    ".repeat(depth));
            String in = fields.index("in0_at") + "%s + %s * " + fields.index("in0_step");
            in = in.formatted(places.place(fields, 0, "in0"), "%s");
            String out = fields.index("out0_at");
            String outStep = fields.index("out0_step");
            out = step == Step.TOTALS
                    ? out + " + o * a.blocks + block"
                    : out + places.place(fields, 1, "out0") + " + %s * " + outStep;
            s.append(fields).append('\n');
            line(
                    0,
                    "KERNEL GROUP_SIZE(%d) void scan(GLOBAL const %s* in0, %sGLOBAL %s* out0, const Args a) {",
                    ITEMS,
                    t,
                    form.continues() ? "GLOBAL const " + t + "* before, " : "",
                    t);
            if (form.byItems()) {
                byItems(head, size, "in0[" + in + "]", "out0[" + out + "]");
            } else {
                inGroups(head, "in0[" + in + "]", "out0[" + out + "]");
            }
            line(0, "}");
            return new Plan(new Source("scan", s.toString(), ITEMS, false), form.wide(), fields.count(), List.of());
        }

        /** The code for a block's variables: its first element, and what comes before it. */
        private void block(int depth, StringBuilder head) {
            s.append(head);
            line(depth, "const idx first = %s;", form.inBlocks() ? "block * " + ITEMS * group : "0");
            line(depth, "const idx left = a.n - first;");
            line(depth, "const idx count = left < %d ? left : %d;", ITEMS * group, ITEMS * group);
            line(depth, "const %s e3 = %s;", t, form.continues() ? "before[o * a.blocks + block]" : first);
        }

        private void byItems(StringBuilder head, Divisor size, String in, String out) {
            line(1, "const idx unit = (idx) (GROUP_ID * %d + LOCAL_ID);", ITEMS);
            line(1, "if (unit < a.units) {");
            if (form.inBlocks()) {
                // Neighbours are the same block of neighbouring rows.
                line(2, "const idx block = %s;", size.quotient("unit"));
                line(2, "const idx o = unit - block * a.rows;");
            } else {
                line(2, "const idx o = unit;");
            }
            block(2, head);
            line(2, "%s p2 = %s;", t, first);
            line(2, "for (idx i = 0; i < count; i += 256) {");
            line(3, "const %s e2 = %s;", t, combined("e3", "p2"));
            line(3, "const idx end1 = count - i < 256 ? count : i + 256;");
            line(3, "%s p1 = %s;", t, first);
            line(3, "for (idx j = i; j < end1; j += 16) {");
            line(4, "const %s e1 = %s;", t, combined("e2", "p1"));
            line(4, "const idx end0 = end1 - j < 16 ? end1 : j + 16;");
            line(4, "%s p = %s;", t, first);
            line(4, "for (idx k = j; k < end0; k++) {");
            line(5, "const %s x = %s;", t, in.formatted("(first + k)"));
            String write = step == Step.TOTALS ? "" : out.formatted("(first + k)") + " = %s;";
            if (step == Step.BEFORE) {
                line(5, write, combined("e1", "p"));
            }
            step(5, "p", "x");
            if (step == Step.RESULTS) {
                line(5, write, combined("e1", "p"));
            }
            line(4, "}");
            step(4, "p1", "p");
            line(3, "}");
            step(3, "p2", "p1");
            line(2, "}");
            if (step == Step.TOTALS) {
                line(2, "%s = p2;", out);
            }
            line(1, "}");
        }

        private void inGroups(StringBuilder head, String in, String out) {
            // A place between two groups: work items that walk through theirs meet different banks of the memory.
            line(1, "LOCAL %s elements[%d];", t, ITEMS * (group + 1));
            line(1, "LOCAL %s outer[%d];", t, ITEMS + GROUP);
            line(1, "const i32 item = LOCAL_ID;");
            if (form.inBlocks()) {
                line(1, "const idx block = (idx) (GROUP_ID %% (u64) a.blocks);");
                line(1, "const idx o = (idx) (GROUP_ID / (u64) a.blocks);");
            } else {
                line(1, "const idx o = (idx) GROUP_ID;");
            }
            block(1, head);
            String at = "elements[k + k / %d]".formatted(group);
            line(1, "for (i32 k = item; k < %d; k += %d) {", ITEMS * group, ITEMS);
            line(2, "%s = k < count ? %s : %s;", at, in.formatted("(first + k)"), first);
            line(1, "}");
            line(1, "BARRIER();");
            line(1, "%s p = %s;", t, first);
            line(1, "for (i32 k = item * %d; k < item * %d + %d; k++) {", group + 1, group + 1, group);
            chain(2, "elements[k]", "p", step);
            line(1, "}");
            line(1, "outer[item] = p;");
            line(1, "BARRIER();");
            line(1, "if (item < %d) {", GROUP);
            line(2, "%s p1 = %s;", t, first);
            line(2, "for (i32 k = item * %d; k < item * %d + %d; k++) {", GROUP, GROUP, GROUP);
            chain(3, "outer[k]", "p1", Step.BEFORE);
            line(2, "}");
            line(2, "outer[%d + item] = p1;", ITEMS);
            line(1, "}");
            line(1, "BARRIER();");
            line(1, "if (item == 0) {");
            line(2, "%s p2 = %s;", t, first);
            line(2, "for (i32 k = %d; k < %d; k++) {", ITEMS, ITEMS + GROUP);
            chain(3, "outer[k]", "p2", Step.BEFORE);
            line(2, "}");
            if (step == Step.TOTALS) {
                line(2, "%s = p2;", out);
                line(1, "}");
                return;
            }
            line(1, "}");
            line(1, "BARRIER();");
            line(1, "const %s e2 = %s;", t, combined("e3", "outer[%d + item / %d]".formatted(ITEMS, GROUP)));
            line(1, "outer[item] = %s;", combined("e2", "outer[item]"));
            line(1, "BARRIER();");
            line(1, "for (i32 k = item; k < count; k += %d) {", ITEMS);
            line(2, "%s = %s;", out.formatted("(first + k)"), combined("outer[k / %d]".formatted(group), at));
            line(1, "}");
        }

        /** One more element of a chain; its place takes what came before it, or what there is with it. */
        private void chain(int depth, String place, String p, Step step) {
            switch (step) {
                case TOTALS -> step(depth, p, place);
                case BEFORE -> {
                    line(depth, "const %s x = %s;", t, place);
                    line(depth, "%s = %s;", place, p);
                    step(depth, p, "x");
                }
                case RESULTS -> {
                    step(depth, p, place);
                    line(depth, "%s = %s;", place, p);
                }
            }
        }
    }
}
