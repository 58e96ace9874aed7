package ondol.backend.c;

import java.util.List;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Type;

/** Gather and ScatterAdd. */
final class IndexWriter {
    private static final int GROUP = 128;

    private IndexWriter() {}

    // ---- Gather

    /** All elements of the index and of the output; the source's rows. */
    static Space gatherSpace(Launch launch) {
        long[] row = launch.inputs()[0].strides().clone();
        row[row.length - 1] = 0;
        return Space.of(
                launch.inputs()[1].shape(),
                new long[][] {row, launch.inputs()[1].strides(), launch.outputs()[0].strides()});
    }

    static Plan gather(Type type, Space space, boolean wide) {
        var fields = new Arguments.Fields(wide, List.of());
        StringBuilder body = new StringBuilder();
        String indent = "        ";
        fields.index("n");
        fields.index("in0_step");
        Space.Places places = space.new Places(fields, "i", "i");
        places.print(body, indent);
        String at0 = fields.index("in0_at") + places.place(fields, 0, "in0");
        String at1 = fields.index("in1_at") + places.place(fields, 1, "in1");
        String out = fields.index("out0_at") + places.place(fields, 2, "out0");
        String text = """
                %1$s
                KERNEL GROUP_SIZE(%2$d) void gather(GLOBAL const %3$s* in0, GLOBAL const i64* in1, GLOBAL %3$s* out0, const Args a) {
                    const idx i = (idx) (GROUP_ID * %2$d + LOCAL_ID);
                    if (i < a.n) {
                %4$s        const idx chosen = (idx) in1[%5$s];
                        out0[%6$s] = in0[%7$s + chosen * a.in0_step];
                    }
                }
                """.formatted(fields, GROUP, Expressions.memory(type), body, at1, out, at0);
        return new Plan(new Source("gather", text, GROUP, false), wide, fields.count(), List.of());
    }

    static Call gather(Plan plan, Space space, Launch launch) {
        View source = launch.inputs()[0];
        Arguments arguments = plan.arguments(Launch.NO_SCALARS);
        long n = space.size();
        arguments.index(n).index(step(source));
        return call(plan, space, launch, arguments, n);
    }

    // ---- ScatterAdd

    /** The rows: all axes but the last of index, source and output. */
    static Space scatterSpace(Launch launch) {
        int rank = launch.outputs()[0].shape().length - 1;
        long[][] strides = new long[3][rank];
        for (int axis = 0; axis < rank; axis++) {
            strides[0][axis] = launch.inputs()[0].strides()[axis];
            strides[1][axis] = launch.inputs()[1].strides()[axis];
            strides[2][axis] = launch.outputs()[0].strides()[axis];
        }
        long[] sizes = java.util.Arrays.copyOf(launch.outputs()[0].shape(), rank);
        return Space.of(sizes, strides);
    }

    /** Which additions are a work item's. Whichever way, an element's additions come in ascending order. */
    enum Scatter {
        /** Those to one element of the output: it looks through its row's indices for it. */
        SLOTS,
        /** Those to a whole row. */
        ROWS,
        /** Those to every so manieth element of a row: on a GPU, where rows alone are too few to keep it busy. */
        PARTS;

        static Scatter of(Launch launch, Space space, boolean isGpu) {
            View output = launch.outputs()[0];
            if (space.size() < 256 && output.shape()[output.shape().length - 1] <= 4096) {
                return SLOTS;
            }
            return isGpu ? PARTS : ROWS;
        }
    }

    /** Work items that keep a GPU busy. */
    private static final long BUSY = 1 << 16;

    /** How many parts a row's elements are dealt out to, a power of two. */
    private static long parts(long rows, long size) {
        long most = Long.highestOneBit(Math.max(1, size));
        return Math.clamp(Long.highestOneBit(2 * (BUSY / Math.min(rows, BUSY)) - 1), 1, most);
    }

    static Plan scatter(Type type, Space space, boolean wide, Scatter way) {
        var fields = new Arguments.Fields(wide, List.of());
        StringBuilder body = new StringBuilder();
        String indent = "        ";
        fields.index("items");
        fields.index("n");
        Divisor size = fields.divisor("size");
        fields.index("in0_step");
        fields.index("in1_step");
        fields.index("out0_step");
        if (way == Scatter.PARTS) {
            fields.index("parts");
        }
        Space.Places places = space.new Places(fields, "r", "r");
        places.print(body, indent);
        String index = fields.index("in0_at") + places.place(fields, 0, "in0");
        String source = fields.index("in1_at") + places.place(fields, 1, "in1");
        String out = fields.index("out0_at") + places.place(fields, 2, "out0");
        String t = Expressions.memory(type);
        String sum = type == Type.F32 ? "%1$s = %1$s + %2$s" : "%1$s = (i64) ((u64) %1$s + (u64) %2$s)";
        String loop = switch (way) {
            case ROWS -> """
                        for (idx j = 0; j < a.n; j++) {
                            const idx at = %s + (idx) in0[%s + j * a.in0_step] * a.out0_step;
                            %s;
                        }
                """.formatted(out, index, sum.formatted("out0[at]", "in1[" + source + " + j * a.in1_step]"));
            case SLOTS -> """
                        const idx at = %s + slot * a.out0_step;
                        %s total = out0[at];
                        for (idx j = 0; j < a.n; j++) {
                            if (in0[%s + j * a.in0_step] == slot) {
                                %s;
                            }
                        }
                        out0[at] = total;
                """.formatted(out, t, index, sum.formatted("total", "in1[" + source + " + j * a.in1_step]"));
            case PARTS ->
                """
                        const idx mask = a.parts - 1;
                        for (idx j = 0; j < a.n; j += 8) {
                            i64 slots[8];
                            #pragma unroll
                            for (i32 e = 0; e < 8; e++) {
                                slots[e] = j + e < a.n ? in0[%s + (j + e) * a.in0_step] : -1;
                            }
                            #pragma unroll
                            for (i32 e = 0; e < 8; e++) {
                                if (slots[e] >= 0 && ((idx) slots[e] & mask) == part) {
                                    const idx at = %s + (idx) slots[e] * a.out0_step;
                                    %s;
                                }
                            }
                        }
                """.formatted(index, out, sum.formatted("out0[at]", "in1[" + source + " + (j + e) * a.in1_step]"));
        };
        String row = switch (way) {
            case ROWS -> "const idx r = i;";
            case SLOTS -> "const idx r = %s;\n        const idx slot = i - r * a.size;".formatted(size.quotient("i"));
            // Neighbours do neighbouring rows, and so read the same indices where those are the same for all rows.
            case PARTS ->
                "const idx part = %s;\n        const idx r = i - part * a.size;".formatted(size.quotient("i"));
        };
        String text = """
                %1$s
                KERNEL GROUP_SIZE(%2$d) void scatter_add(GLOBAL const i64* in0, GLOBAL const %3$s* in1, GLOBAL %3$s* out0, const Args a) {
                    const idx i = (idx) (GROUP_ID * %2$d + LOCAL_ID);
                    if (i < a.items) {
                        %4$s
                %5$s%6$s    }
                }
                """.formatted(fields, GROUP, t, row, body, loop);
        return new Plan(new Source("scatter_add", text, GROUP, false), wide, fields.count(), List.of());
    }

    static Call scatter(Plan plan, Space space, Launch launch, Scatter way) {
        View index = launch.inputs()[0];
        View source = launch.inputs()[1];
        View output = launch.outputs()[0];
        long rows = space.size();
        long size = output.shape()[output.shape().length - 1];
        long parts = parts(rows, size);
        long items = rows * (way == Scatter.ROWS ? 1 : way == Scatter.SLOTS ? size : parts);
        Arguments arguments = plan.arguments(Launch.NO_SCALARS);
        arguments.index(items).index(index.shape()[index.shape().length - 1]);
        arguments.divisor(way == Scatter.PARTS ? rows : size);
        arguments.index(step(index)).index(step(source)).index(step(output));
        if (way == Scatter.PARTS) {
            arguments.index(parts);
        }
        return call(plan, space, launch, arguments, items);
    }

    /** The stride along the last axis; 0 where that has one element, whose stride may be anything. */
    private static long step(View view) {
        int last = view.shape().length - 1;
        return view.shape()[last] == 1 ? 0 : view.strides()[last];
    }

    /** The call of a text whose own fields are filled: what follows is where both inputs and the output lie. */
    private static Call call(Plan plan, Space space, Launch launch, Arguments arguments, long items) {
        View[] views = {launch.inputs()[0], launch.inputs()[1], launch.outputs()[0]};
        Buffer[] buffers = new Buffer[views.length];
        space.sizes(arguments);
        for (int v = 0; v < views.length; v++) {
            buffers[v] = views[v].buffer();
            arguments.index(views[v].offset());
            space.place(arguments, v);
        }
        return new Call(plan.source(), buffers, arguments.bytes(), (items + GROUP - 1) / GROUP);
    }
}
