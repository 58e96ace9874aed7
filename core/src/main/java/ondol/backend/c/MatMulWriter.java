package ondol.backend.c;

import java.util.Arrays;
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

    /**
     * A launch's sizes, and where the elements of A, B, the epilogue's operands and C lie: along the batch axes, the rows, the
     * inner axes and the columns. Axes that a view does not have get steps of 0.
     */
    record Sizes(long m, long n, long k, Space batch, Space rows, Space inner, Space columns, View[] views) {
        static Sizes of(Kernel.MatMul kernel, Launch launch) {
            View[] inputs = launch.inputs();
            View[] views = new View[inputs.length + 1];
            System.arraycopy(inputs, 0, views, 0, inputs.length);
            views[inputs.length] = launch.outputs()[0];
            int n = kernel.columnAxes();
            int k = kernel.innerAxes();
            int m = kernel.rowAxes();
            int rank = launch.shape().length - m - n;
            long[][] batch = new long[views.length][];
            long[][] rows = new long[views.length][];
            long[][] inner = new long[views.length][];
            long[][] columns = new long[views.length][];
            for (int v = 0; v < views.length; v++) {
                long[] strides = views[v].strides();
                batch[v] = Arrays.copyOf(strides, rank);
                rows[v] = v == 1 ? new long[m] : Arrays.copyOfRange(strides, rank, rank + m);
                columns[v] = v == 0 ? new long[n] : Arrays.copyOfRange(strides, strides.length - n, strides.length);
                int at = v == 0 ? rank + m : rank;
                inner[v] = v > 1 ? new long[k] : Arrays.copyOfRange(strides, at, at + k);
            }
            long[] shape = launch.shape();
            long[] innerSizes = Arrays.copyOfRange(inputs[0].shape(), rank + m, rank + m + k);
            long[] rowSizes = Arrays.copyOfRange(shape, rank, rank + m);
            long[] columnSizes = Arrays.copyOfRange(shape, rank + m, shape.length);
            return new Sizes(
                    Planner.product(rowSizes),
                    Planner.product(columnSizes),
                    Planner.product(innerSizes),
                    Space.of(Arrays.copyOf(shape, rank), batch),
                    Space.of(rowSizes, rows),
                    Space.of(innerSizes, inner),
                    Space.of(columnSizes, columns),
                    views);
        }

        /** Whether rows, inner axes and columns are one axis each. */
        boolean isSimple() {
            return rows.rank() == 1 && inner.rank() == 1 && columns.rank() == 1;
        }

        /** Everything that a text depends on, apart from its kind. */
        String signature() {
            return isSimple()
                    ? batch.signature()
                    : batch.signature() + "/" + rows.rank() + inner.rank() + columns.rank();
        }

        /** How far the next row is, along the innermost axis; 0 where there is one row. */
        long rowStep(int view) {
            return view == 1 ? last(inner, view) : last(rows, view);
        }

        /** How far the next column is, likewise. */
        long columnStep(int view) {
            return view == 0 ? last(inner, view) : last(columns, view);
        }

        private static long last(Space space, int view) {
            long[] strides = space.strides()[view];
            return strides[strides.length - 1];
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
        Sizes sizes = Sizes.of(kernel, launch);
        boolean wide = planner.wide(sizes.isWide());
        boolean isRow =
                sizes.m == 1 && !sizes.isSimple(); // as of a convolution of single channels: it would fill no tile
        if (isRow || Planner.product(sizes.m, sizes.n, Math.max(1, sizes.k)) <= SMALL) {
            direct(planner, kernel, launch, sizes, wide, start);
            return;
        }
        MatMulTiles tiles = planner.tiles(sizes.m, sizes.n, sizes.batch.size());
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

        /** The offset of row i in each view, where {@link #rowCode} has been printed before. */
        final String[] row;

        /** The same for column j. */
        final String[] column;

        /** The same of A and B for step k. */
        final String[] inner = {"", ""};

        private final StringBuilder rowCode = new StringBuilder();
        private final StringBuilder columnCode = new StringBuilder();
        private final StringBuilder innerCode = new StringBuilder();

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
            boolean simple = sizes.isSimple();
            Space.Places rows = simple ? null : places(sizes.rows, "row", "i", rowCode);
            Space.Places columns = simple ? null : places(sizes.columns, "column", "j", columnCode);
            Space.Places steps = simple || !reads ? null : places(sizes.inner, "inner", "k", innerCode);
            Map<Integer, Type> inputs = inputs(epilogue);
            batch = new String[sizes.views.length];
            row = new String[sizes.views.length];
            column = new String[sizes.views.length];
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
                if (rows == null || columns == null) {
                    row[v] = " + " + (v == 1 ? "k" : "i") + " * " + fields.index(name + "_row");
                    column[v] = " + " + (v == 0 ? "k" : "j") + " * " + fields.index(name + "_column");
                } else {
                    row[v] = v == 1 ? "" : rows.place(fields, v, name);
                    column[v] = v == 0 ? "" : columns.place(fields, v, name);
                }
                if (v < 2) {
                    inner[v] = steps != null ? steps.place(fields, v, name) : v == 0 ? column[v] : row[v];
                }
            }
        }

        private Space.Places places(Space space, String prefix, String index, StringBuilder code) {
            Space.Places places = space.asGeneral().new Places(fields, prefix, index);
            places.print(code, "");
            return places;
        }

        /** Takes i apart, if that is needed. */
        String rowCode(int depth) {
            return rowCode.toString().indent(4 * depth);
        }

        /** Takes j apart. */
        String columnCode(int depth) {
            return columnCode.toString().indent(4 * depth);
        }

        /** Takes k apart. */
        String innerCode(int depth) {
            return innerCode.toString().indent(4 * depth);
        }

        private static Map<Integer, Type> inputs(@Nullable Expr epilogue) {
            return epilogue == null ? Map.of() : Expressions.inputs(List.of(epilogue));
        }

        /** Prints how element (i, j), which is {@code c}, is finished and written; i and j have been taken apart. */
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
                    int v = input + 1;
                    String place = "%s[%s%s%s]".formatted(name, batch[v], row[v], column[v]);
                    s.append("%sconst %s y%d = %s;\n"
                            .formatted(indent, Expressions.local(type), input, Expressions.load(type, place)));
                    expressions.input(input, type, "y" + input);
                });
                result = expressions.print(List.of(epilogue)).getFirst();
            }
            int out = sizes.output();
            s.append("%sout0[%s%s%s] = %s;\n".formatted(indent, batch[out], row[out], column[out], result));
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
        boolean simple = sizes.isSimple();
        Space rows = sizes.rows.asGeneral();
        Space columns = sizes.columns.asGeneral();
        Space inner = sizes.inner.asGeneral();
        if (!simple) {
            rows.sizes(arguments);
            columns.sizes(arguments);
            if (reads) {
                inner.sizes(arguments);
            }
        }
        for (int v = reads ? 0 : 2; v < sizes.views.length; v++) {
            arguments.index(sizes.views[v].offset());
            sizes.batch.place(arguments, v);
            if (simple) {
                arguments.index(sizes.rowStep(v)).index(sizes.columnStep(v));
                continue;
            }
            if (v != 1) {
                rows.place(arguments, v);
            }
            if (v != 0) {
                columns.place(arguments, v);
            }
            if (v < 2) {
                inner.place(arguments, v);
            }
        }
        return new Call(plan.source(), buffers, arguments.bytes(), groups);
    }

    // ---- small products, and those for which nothing else has room

    /** Starts the kernel that needs no memory of its own: a work item for each element reads A and B where they lie. */
    static void direct(
            Planner planner, Kernel.MatMul kernel, Launch launch, Sizes sizes, boolean wide, Consumer<Call> start) {
        Plan plan = planner.plan(kernel, "direct" + sizes.signature(), wide, () -> direct(kernel, sizes, wide));
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
                %s%s%s    const idx x = %s%s;
                    const idx y = %s%s;
                    f32 c = 0.0f;
                    for (idx k = 0; k < a.k; k++) {
                %s        c = FMA(in0[x%s], in1[y%s], c);
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
                        t.rowCode(1),
                        t.columnCode(1),
                        t.batch[0],
                        t.row[0],
                        t.batch[1],
                        t.column[1],
                        t.innerCode(2),
                        t.inner[0],
                        t.inner[1],
                        t.finish(1, "c"));
        return t.plan(text, DIRECT_GROUP);
    }
}
