package ondol.backend.c;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Matrix products: each element one chain of fma over ascending k from +0, then the epilogue. */
final class MatMulWriter {
    /** Up to so many multiplications, one work item for each element costs least. */
    private static final long SMALL = 32 * 32 * 32;

    private static final int DIRECT_GROUP = 64;

    /** A launch's sizes, and the batch axes of A, B, C and the epilogue's operands. */
    record Sizes(long m, long n, long k, Space batch, View[] views) {
        static Sizes of(Launch launch) {
            View[] inputs = launch.inputs();
            View[] views = new View[inputs.length + 1];
            System.arraycopy(inputs, 0, views, 0, inputs.length);
            views[inputs.length] = launch.outputs()[0];
            int rank = launch.shape().length - 2;
            long[][] strides = new long[views.length][];
            for (int v = 0; v < views.length; v++) {
                strides[v] = java.util.Arrays.copyOf(views[v].strides(), rank);
            }
            Space batch = Space.of(java.util.Arrays.copyOf(launch.shape(), rank), strides);
            long k = inputs[0].shape()[rank + 1];
            return new Sizes(launch.shape()[rank], launch.shape()[rank + 1], k, batch, views);
        }

        long rowStride(int view) {
            long[] s = views[view].strides();
            return s[s.length - 2];
        }

        long columnStride(int view) {
            long[] s = views[view].strides();
            return s[s.length - 1];
        }

        /** How far the next row is; 0 where there is one row, whose stride may be anything. */
        long rowStep(int view) {
            long[] shape = views[view].shape();
            return shape[shape.length - 2] == 1 ? 0 : rowStride(view);
        }

        /** How far the next column is; 0 where there is one column. */
        long columnStep(int view) {
            long[] shape = views[view].shape();
            return shape[shape.length - 1] == 1 ? 0 : columnStride(view);
        }

        boolean isWide() {
            boolean wide = Math.max(Planner.product(batch.size(), m, n), k) > Integer.MAX_VALUE - 4096;
            for (View v : views) {
                wide |= Planner.reach(v) > Integer.MAX_VALUE - 4096;
            }
            return wide;
        }

        int output() {
            return views.length - 1;
        }
    }

    private MatMulWriter() {}

    static void plan(Planner planner, Kernel.MatMul kernel, Launch launch, Workspace workspace, Consumer<Call> start) {
        Sizes sizes = Sizes.of(launch);
        boolean wide = planner.wide(sizes.isWide());
        if (Planner.product(sizes.m, sizes.n, Math.max(1, sizes.k)) <= SMALL) {
            direct(planner, kernel, launch, sizes, wide, start);
            return;
        }
        MatMulTiles tiles = planner.tiles();
        if (tiles.kind() == MatMulTiles.Kind.TILED) {
            TiledMatMul.plan(planner, kernel, launch, sizes, wide, tiles, start);
        } else {
            PackedMatMul.plan(planner, kernel, launch, sizes, wide, tiles, workspace, start);
        }
    }

    static Buffer[] buffers(View[] views) {
        Buffer[] buffers = new Buffer[views.length];
        for (int v = 0; v < views.length; v++) {
            buffers[v] = views[v].buffer();
        }
        return buffers;
    }

    // ---- what all three kinds share

    /** One text being written: fields and parameters in the order in which {@link #call} fills them. */
    static final class Text {
        final Kernel.MatMul kernel;
        final Sizes sizes;
        final boolean wide;
        final List<Expressions.ScalarUse> scalars;
        final Arguments.Fields fields;
        final Divisor m;
        final Divisor n;
        final StringBuilder parameters = new StringBuilder();
        final StringBuilder batchPlaces = new StringBuilder();
        final String[] batch;

        /**
         * @param own the kind's own fields, which come first
         * @param reads whether A and B are read where they are, not from panels
         */
        Text(Kernel.MatMul kernel, Sizes sizes, boolean wide, List<String> own, boolean reads) {
            this.kernel = kernel;
            this.sizes = sizes;
            this.wide = wide;
            Expr epilogue = kernel.epilogue();
            scalars = epilogue == null ? List.of() : Expressions.scalars(List.of(epilogue));
            fields = new Arguments.Fields(wide, scalars);
            own.forEach(fields::index);
            m = fields.divisor("m");
            n = fields.divisor("n");
            fields.index("k");
            Space.Places places = sizes.batch.new Places(fields, "b", "batch");
            places.print(batchPlaces, "    ");
            Map<Integer, Type> inputs = inputs(epilogue);
            batch = new String[sizes.views.length];
            for (int v = reads ? 0 : 2; v < sizes.views.length; v++) {
                boolean isOutput = v == sizes.output();
                String name = isOutput ? "out0" : "in" + v;
                Type type = v < 2 || isOutput ? Type.F32 : inputs.getOrDefault(v - 1, Type.BOOL);
                parameters
                        .append(isOutput ? "GLOBAL " : "GLOBAL const ")
                        .append(Expressions.memory(type))
                        .append("* ")
                        .append(name)
                        .append(", ");
                batch[v] = fields.index(name + "_at") + places.place(fields, v, name);
                fields.index(name + "_row");
                fields.index(name + "_column");
            }
        }

        private static Map<Integer, Type> inputs(@Nullable Expr epilogue) {
            return epilogue == null ? Map.of() : Expressions.inputs(List.of(epilogue));
        }

        /** Prints how element (i, j), which is {@code c}, is finished and written. */
        String finish(int depth, String c) {
            String indent = "    ".repeat(depth);
            StringBuilder s = new StringBuilder();
            String result = c;
            Expr epilogue = kernel.epilogue();
            if (epilogue != null) {
                Expressions expressions = new Expressions(s, depth, "((batch * a.m + i) * a.n + j)", wide);
                inputs(epilogue).forEach((input, type) -> {
                    if (input == 0) {
                        expressions.input(0, Type.F32, c);
                        return;
                    }
                    String name = "in" + (input + 1);
                    String place = "%1$s[%2$s + i * a.%1$s_row + j * a.%1$s_column]".formatted(name, batch[input + 1]);
                    s.append("%sconst %s y%d = %s;\n"
                            .formatted(indent, Expressions.local(type), input, Expressions.load(type, place)));
                    expressions.input(input, type, "y" + input);
                });
                result = expressions.print(List.of(epilogue)).getFirst();
            }
            s.append("%sout0[%s + i * a.out0_row + j * a.out0_column] = %s;\n"
                    .formatted(indent, batch[sizes.output()], result));
            return s.toString();
        }

        Plan plan(String text, int group) {
            boolean keeps = kernel.epilogue() != null && Expressions.keeps(List.of(kernel.epilogue()));
            return new Plan(new Source("matmul", text, group, keeps), wide, fields.count(), scalars);
        }
    }

    /** The call of a text whose own fields are filled. */
    static Call call(Plan plan, Sizes sizes, Arguments arguments, Buffer[] buffers, boolean reads, long groups) {
        arguments.divisor(sizes.m).divisor(sizes.n).index(sizes.k);
        sizes.batch.sizes(arguments);
        for (int v = reads ? 0 : 2; v < sizes.views.length; v++) {
            arguments.index(sizes.views[v].offset());
            sizes.batch.place(arguments, v);
            arguments.index(sizes.rowStep(v)).index(sizes.columnStep(v));
        }
        return new Call(plan.source(), buffers, arguments.bytes(), groups);
    }

    // ---- small products, and those for which nothing else has room

    /** Starts the kernel that needs no memory of its own: a work item for each element reads A and B where they lie. */
    static void direct(
            Planner planner, Kernel.MatMul kernel, Launch launch, Sizes sizes, boolean wide, Consumer<Call> start) {
        Plan plan = planner.plan(kernel, "direct" + sizes.batch.signature(), wide, () -> direct(kernel, sizes, wide));
        long items = sizes.batch.size() * sizes.m * sizes.n;
        Arguments arguments = plan.arguments(launch.scalars());
        arguments.index(items);
        long groups = (items + DIRECT_GROUP - 1) / DIRECT_GROUP;
        start.accept(call(plan, sizes, arguments, buffers(sizes.views), true, groups));
    }

    private static Plan direct(Kernel.MatMul kernel, Sizes sizes, boolean wide) {
        Text t = new Text(kernel, sizes, wide, List.of("items"), true);
        String text = """
                %s
                KERNEL GROUP_SIZE(%d) void matmul(%sconst Args a) {
                    const idx item = (idx) (GROUP_ID * %d + LOCAL_ID);
                    if (item >= a.items) {
                        return;
                    }
                    const idx row = %s;
                    const idx j = item - row * a.n;
                    const idx batch = %s;
                    const idx i = row - batch * a.m;
                %s    const idx x = %s + i * a.in0_row;
                    const idx y = %s + j * a.in1_column;
                    f32 c = 0.0f;
                    for (idx k = 0; k < a.k; k++) {
                        c = FMA(in0[x + k * a.in0_column], in1[y + k * a.in1_row], c);
                    }
                %s}
                """.formatted(
                        t.fields,
                        DIRECT_GROUP,
                        t.parameters,
                        DIRECT_GROUP,
                        t.n.quotient("item"),
                        t.m.quotient("row"),
                        t.batchPlaces,
                        t.batch[0],
                        t.batch[1],
                        t.finish(1, "c"));
        return t.plan(text, DIRECT_GROUP);
    }
}
