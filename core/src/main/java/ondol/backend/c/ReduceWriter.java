package ondol.backend.c;

import java.util.List;
import java.util.Map;
import ondol.backend.Buffer;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/**
 * Reduce kernels, by the rule of {@link ReduceOp}: blocks of 4096 elements, 64 lanes in each, folded in halves. More than
 * one block leaves its results in a buffer, which is reduced in turn.
 *
 * <p>There are two shapes of groups. By rows, 64 work items are the 64 lanes of one block: neighbours read neighbours along
 * the reduced axes. By columns, 256 work items do 16 outputs at once, four lanes each: neighbours read neighbours along the
 * kept axes. On GPUs 256 work items do several rows that are shorter than the lanes: lanes without an element leave the others'
 * halves as they are.
 */
final class ReduceWriter {
    private static final int LANES = ReduceOp.LANES;
    static final int COLUMNS = 16;
    private static final int THREADS = 16;

    /** Work items of a group that does several short rows. */
    private static final int SHORT = 256;

    private ReduceWriter() {}

    /**
     * The text of a reduction.
     *
     * @param lanes how many work items a row takes
     * @param partial whether block results are written, for ARGMAX and ARGMIN with their indices
     * @param combining for ARGMAX and ARGMIN: whether the inputs are such results, values and indices
     */
    static Plan plan(
            Kernel.Reduce kernel,
            ReduceSpaces spaces,
            int lanes,
            boolean wide,
            int inputCount,
            boolean partial,
            boolean combining) {
        Text text = new Text(kernel, spaces, wide, inputCount, partial, combining);
        return spaces.byColumns() ? text.byColumns() : lanes < LANES ? text.byShortRows(lanes) : text.byRows();
    }

    /** The values of one launch of a plan. */
    static Call call(Plan plan, ReduceSpaces spaces, int lanes, View[] inputs, View[] outputs, long[] scalars) {
        long outputCount = spaces.kept().size();
        long blocks = spaces.blocks();
        Arguments arguments = plan.arguments(scalars);
        arguments.index(outputCount).index(spaces.reduced().size()).index(blocks);
        spaces.kept().sizes(arguments);
        spaces.reduced().sizes(arguments);
        if (spaces.counts(inputs.length)) {
            spaces.kept().place(arguments, inputs.length + 1);
            spaces.reduced().place(arguments, inputs.length);
        }
        Buffer[] buffers = new Buffer[inputs.length + outputs.length];
        for (int v = 0; v < inputs.length; v++) {
            buffers[v] = inputs[v].buffer();
            arguments.index(inputs[v].offset());
            spaces.kept().place(arguments, v);
            spaces.reduced().place(arguments, v);
        }
        for (int o = 0; o < outputs.length; o++) {
            buffers[inputs.length + o] = outputs[o].buffer();
            arguments.index(outputs[o].offset());
        }
        if (blocks == 1) {
            spaces.kept().place(arguments, inputs.length);
        }
        long atOnce = spaces.byColumns() ? COLUMNS : lanes < LANES ? SHORT / lanes : 1;
        return new Call(plan.source(), buffers, arguments.bytes(), Math.ceilDiv(outputCount, atOnce) * blocks);
    }

    /** One text being written. */
    private static final class Text {
        private final Kernel.Reduce kernel;
        private final ReduceSpaces spaces;
        private final boolean partial;
        private final boolean combining;
        private final int inputCount;
        private final boolean wide;
        private final List<Expressions.ScalarUse> scalars;
        private final Arguments.Fields fields;
        private final Combination combination;

        /** The type of a place: of an element among those of this launch, or of any. */
        private final String places;

        private final boolean isArg;
        private final Type type;
        private final StringBuilder parameters = new StringBuilder();
        private final StringBuilder output = new StringBuilder();
        private final StringBuilder keptPlaces = new StringBuilder();
        private final StringBuilder element = new StringBuilder();
        private String value = "";
        private String index = "";

        Text(
                Kernel.Reduce kernel,
                ReduceSpaces spaces,
                boolean wide,
                int inputCount,
                boolean partial,
                boolean combining) {
            this.kernel = kernel;
            this.spaces = spaces;
            this.wide = wide;
            this.inputCount = inputCount;
            this.partial = partial;
            this.combining = combining;
            scalars = Expressions.scalars(List.of(kernel.value()));
            fields = new Arguments.Fields(wide, scalars);
            isArg = kernel.op().isArg();
            type = kernel.value().type();
            combination = new Combination(kernel.op(), type);
            places = combining ? "i64" : "idx";
        }

        /** Everything that both shapes share; {@code depth} is where elements are read. */
        private void common(int depth) {
            String keptIndent = "    ";
            String indent = "    ".repeat(depth);
            fields.index("outputs");
            fields.index("n");
            fields.index("blocks");
            Space.Places kept = spaces.kept().new Places(fields, "o", "o");
            Space.Places reduced = spaces.reduced().new Places(fields, "j", "j");
            kept.print(keptPlaces, keptIndent);
            reduced.print(element, indent);
            Map<Integer, Type> inputs = Expressions.inputs(List.of(kernel.value()));
            String count = "";
            if (Expressions.keeps(List.of(kernel.value()))) {
                count = "0" + kept.place(fields, inputCount + 1, "count") + reduced.place(fields, inputCount, "count");
            }
            Expressions expressions = new Expressions(element, depth, "(" + count + ")", wide);
            for (int v = 0; v < inputCount; v++) {
                Type t = combining && v == 1 ? Type.I64 : inputs.getOrDefault(v, Type.BOOL);
                String name = "in" + v;
                parameters
                        .append("GLOBAL const ")
                        .append(Expressions.memory(t))
                        .append("* ")
                        .append(name)
                        .append(", ");
                String at = fields.index(name + "_at");
                String outer = kept.place(fields, v, name);
                String inner = reduced.place(fields, v, name);
                if (inputs.containsKey(v) || combining) {
                    keptPlaces
                            .append(keptIndent)
                            .append("const idx ")
                            .append(name)
                            .append("_o = ")
                            .append(at)
                            .append(outer)
                            .append(";\n");
                    String x = "x" + v;
                    element.append("%sconst %s %s = %s;\n"
                            .formatted(
                                    indent,
                                    Expressions.local(t),
                                    x,
                                    Expressions.load(t, name + "[" + name + "_o" + inner + "]")));
                    if (!combining || v == 0) {
                        expressions.input(v, t, x);
                    }
                }
            }
            value = expressions.print(List.of(kernel.value())).getFirst();
            index = combining ? "x1" : "j";
            Type result = partial && isArg ? type : kernel.outputType();
            parameters.append("GLOBAL ").append(Expressions.memory(result)).append("* out0, ");
            String at = fields.index("out0_at");
            String second = "";
            if (partial && isArg) {
                parameters.append("GLOBAL i64* out1, ");
                second = fields.index("out1_at");
            }
            if (partial) {
                output.append("out0[").append(at).append(" + o * a.blocks + block] = %s;\n");
                if (isArg) {
                    output.append("%sout1[").append(second).append(" + o * a.blocks + block] = %s;\n");
                }
            } else {
                output.append("out0[")
                        .append(at)
                        .append(kept.place(fields, inputCount, "out0"))
                        .append("] = %s;\n");
            }
        }

        Plan byRows() {
            common(2);
            String t = combination.local();
            StringBuilder s = new StringBuilder();
            s.append(fields).append('\n');
            s.append("KERNEL GROUP_SIZE(64) void reduce(").append(parameters).append("const Args a) {\n");
            s.append("    LOCAL ").append(t).append(" lanes[64];\n");
            if (isArg) {
                s.append("    LOCAL ").append(places).append(" places[64];\n");
            }
            s.append("""
                        const i32 lane = LOCAL_ID;
                    """);
            s.append(group("o"));
            s.append("    LEAVE_IF(o >= a.outputs)\n");
            s.append(keptPlaces);
            s.append(range());
            s.append("    ")
                    .append(t)
                    .append(" best = ")
                    .append(combination.start())
                    .append(";\n");
            if (isArg) {
                s.append(start("    ", "first + lane"));
            }
            s.append("    for (idx j = first + lane; j < end; j += 64) {\n").append(element);
            s.append(take("        "));
            s.append("    }\n    lanes[lane] = best;\n");
            if (isArg) {
                s.append("    places[lane] = place;\n");
            }
            s.append("    BARRIER();\n    for (i32 fold = 32; fold > 0; fold >>= 1) {\n        if (lane < fold) {\n");
            s.append(combination.both(
                    "            ",
                    "lanes[lane]",
                    "places[lane]",
                    "lanes[lane + fold]",
                    "places[lane + fold]",
                    places));
            s.append("        }\n        BARRIER();\n    }\n    if (lane == 0) {\n        ");
            s.append(result("        ", "lanes[0]", "places[0]"));
            s.append("    }\n}\n");
            return finish(s, 64);
        }

        Plan byShortRows(int lanes) {
            common(2);
            String t = combination.local();
            StringBuilder s = new StringBuilder();
            s.append(fields).append('\n');
            s.append("KERNEL GROUP_SIZE(256) void reduce(").append(parameters).append("const Args a) {\n");
            s.append("    LOCAL ").append(t).append(" lanes[256];\n");
            if (isArg) {
                s.append("    LOCAL ").append(places).append(" places[256];\n");
            }
            s.append("""
                        const i32 lane = LOCAL_ID %% %1$d;
                        const idx wanted = (idx) GROUP_ID * %2$d + LOCAL_ID / %1$d;
                        const idx o = wanted < a.outputs ? wanted : a.outputs - 1;
                    """.formatted(lanes, SHORT / lanes));
            s.append(keptPlaces);
            s.append("    ")
                    .append(t)
                    .append(" best = ")
                    .append(combination.start())
                    .append(";\n");
            if (isArg) {
                s.append(start("    ", "lane"));
            }
            s.append("    const idx j = lane;\n    if (j < a.n) {\n").append(element);
            s.append(take("        "));
            s.append("    }\n    lanes[LOCAL_ID] = best;\n");
            if (isArg) {
                s.append("    places[LOCAL_ID] = place;\n");
            }
            s.append("    BARRIER();\n    for (i32 fold = %d; fold > 0; fold >>= 1) {\n".formatted(lanes / 2));
            s.append("        if (lane < fold) {\n            const i32 from = LOCAL_ID + fold;\n");
            s.append(combination.both(
                    "            ", "lanes[LOCAL_ID]", "places[LOCAL_ID]", "lanes[from]", "places[from]", places));
            s.append("        }\n        BARRIER();\n    }\n    if (lane == 0 && wanted < a.outputs) {\n        ");
            s.append(result("        ", "lanes[LOCAL_ID]", "places[LOCAL_ID]"));
            s.append("    }\n}\n");
            return finish(s, SHORT);
        }

        Plan byColumns() {
            common(3);
            String t = combination.local();
            int group = COLUMNS * THREADS;
            StringBuilder s = new StringBuilder();
            s.append(fields).append('\n');
            s.append("KERNEL GROUP_SIZE(")
                    .append(group)
                    .append(") void reduce(")
                    .append(parameters)
                    .append("const Args a) {\n");
            s.append("    LOCAL ").append(t).append(" lanes[64 * 16];\n");
            if (isArg) {
                s.append("    LOCAL ").append(places).append(" places[64 * 16];\n");
            }
            s.append("""
                        const i32 column = LOCAL_ID % 16;
                        const i32 thread = LOCAL_ID / 16;
                    """);
            s.append(group("columns"));
            s.append("""
                        const idx wanted = columns * 16 + column;
                        const idx o = wanted < a.outputs ? wanted : a.outputs - 1;
                    """);
            s.append(keptPlaces);
            s.append(range());
            s.append("""
                        for (i32 lane = thread; lane < 64; lane += 16) {
                    """);
            s.append("        ")
                    .append(t)
                    .append(" best = ")
                    .append(combination.start())
                    .append(";\n");
            if (isArg) {
                s.append(start("        ", "first + lane"));
            }
            s.append("        for (idx j = first + lane; j < end; j += 64) {\n");
            s.append(element);
            s.append(take("            "));
            s.append("        }\n        lanes[lane * 16 + column] = best;\n");
            if (isArg) {
                s.append("        places[lane * 16 + column] = place;\n");
            }
            s.append("""
                        }
                        BARRIER();
                        for (i32 fold = 32; fold > 0; fold >>= 1) {
                            for (i32 lane = thread; lane < fold; lane += 16) {
                                const i32 at = lane * 16 + column;
                                const i32 from = at + fold * 16;
                    """);
            s.append(
                    combination.both("            ", "lanes[at]", "places[at]", "lanes[from]", "places[from]", places));
            s.append("        }\n        BARRIER();\n    }\n    if (thread == 0 && wanted < a.outputs) {\n        ");
            s.append(result("        ", "lanes[column]", "places[column]"));
            s.append("    }\n}\n");
            return finish(s, group);
        }

        /**
         * The code for the place of a lane that has seen nothing: behind all elements, or at its first one, which it takes
         * anyway.
         */
        private String start(String indent, String first) {
            return indent + places + " place = " + (combining ? Combination.NOWHERE : first) + ";\n";
        }

        /** Takes an element into a lane. */
        private String take(String indent) {
            return combining
                    ? combination.both(indent, "best", "place", value, index, places)
                    : combination.next(indent, "best", "place", value, index, places);
        }

        /** The code for a group's part of the work: a block of some outputs, or all there is of them. */
        private String group(String outputs) {
            return partial ? """
                        const idx block = (idx) (GROUP_ID %% (u64) a.blocks);
                        const idx %s = (idx) (GROUP_ID / (u64) a.blocks);
                    """.formatted(outputs) : "    const idx %s = (idx) GROUP_ID;\n".formatted(outputs);
        }

        /** Which elements of the reduced axes. */
        private String range() {
            return partial ? """
                        const idx first = block * 4096;
                        const idx end = a.n - first < 4096 ? a.n : first + 4096;
                    """ : """
                        const idx first = 0;
                        const idx end = a.n;
                    """;
        }

        private String result(String indent, String best, String place) {
            if (!isArg) {
                return output.toString().formatted(best);
            }
            return partial
                    ? output.toString().formatted(best, indent, place)
                    : output.toString().formatted(place);
        }

        private Plan finish(StringBuilder s, int group) {
            Source source = new Source("reduce", s.toString(), group, Expressions.keeps(List.of(kernel.value())));
            return new Plan(source, wide, fields.count(), scalars);
        }
    }
}
