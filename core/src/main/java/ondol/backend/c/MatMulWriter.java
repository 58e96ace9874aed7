package ondol.backend.c;

import java.util.ArrayList;
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
    private static final int TILED_SIDE = 16;
    private static final int VECTOR = 16;

    /** A launch's sizes, and the batch axes of A, B, C and the epilogue's operands. */
    private record Sizes(long m, long n, long k, Space batch, View[] views) {
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

        boolean isWide() {
            boolean wide = batch.size() * m * n > Integer.MAX_VALUE - 4096;
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
        boolean wide = sizes.isWide();
        if (sizes.m * sizes.n * Math.max(1, sizes.k) <= SMALL) {
            Plan plan =
                    planner.plan(kernel, "direct" + sizes.batch.signature(), wide, () -> direct(kernel, sizes, wide));
            long items = sizes.batch.size() * sizes.m * sizes.n;
            Arguments arguments = plan.arguments(launch.scalars());
            arguments.index(items);
            start.accept(call(
                    plan, sizes, arguments, buffers(sizes.views), true, (items + DIRECT_GROUP - 1) / DIRECT_GROUP));
            return;
        }
        MatMulTiles tiles = planner.tiles();
        if (tiles.kind() == MatMulTiles.Kind.TILED) {
            tiled(planner, kernel, launch, sizes, wide, tiles, start);
        } else {
            packed(planner, kernel, launch, sizes, tiles, workspace, start);
        }
    }

    private static Buffer[] buffers(View[] views) {
        Buffer[] buffers = new Buffer[views.length];
        for (int v = 0; v < views.length; v++) {
            buffers[v] = views[v].buffer();
        }
        return buffers;
    }

    // ---- what all three kinds share

    /** One text being written: fields and parameters in the order in which {@link #call} fills them. */
    private static final class Text {
        final Kernel.MatMul kernel;
        final Sizes sizes;
        final boolean wide;
        final List<Expressions.ScalarUse> scalars;
        final Arguments.Fields fields;
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
            fields.index("m");
            fields.index("n");
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
    private static Call call(
            Plan plan, Sizes sizes, Arguments arguments, Buffer[] buffers, boolean reads, long groups) {
        arguments.index(sizes.m).index(sizes.n).index(sizes.k);
        sizes.batch.sizes(arguments);
        for (int v = reads ? 0 : 2; v < sizes.views.length; v++) {
            arguments.index(sizes.views[v].offset());
            sizes.batch.place(arguments, v);
            arguments.index(sizes.rowStride(v)).index(sizes.columnStride(v));
        }
        return new Call(plan.source(), buffers, arguments.bytes(), groups);
    }

    // ---- small products

    private static Plan direct(Kernel.MatMul kernel, Sizes sizes, boolean wide) {
        Text t = new Text(kernel, sizes, wide, List.of("items"), true);
        String text = """
                %s
                KERNEL GROUP_SIZE(%d) void matmul(%sconst Args a) {
                    const idx item = (idx) (GROUP_ID * %d + LOCAL_ID);
                    if (item >= a.items) {
                        return;
                    }
                    const idx j = (uidx) item %% (uidx) a.n;
                    const idx row = (uidx) item / (uidx) a.n;
                    const idx i = (uidx) row %% (uidx) a.m;
                    const idx batch = (uidx) row / (uidx) a.m;
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
                        t.batchPlaces,
                        t.batch[0],
                        t.batch[1],
                        t.finish(1, "c"));
        return t.plan(text, DIRECT_GROUP);
    }

    // ---- GPUs

    private static void tiled(
            Planner planner,
            Kernel.MatMul kernel,
            Launch launch,
            Sizes sizes,
            boolean wide,
            MatMulTiles tiles,
            Consumer<Call> start) {
        boolean aAlongK = Math.abs(sizes.columnStride(0)) <= Math.abs(sizes.rowStride(0));
        boolean bAlongK = Math.abs(sizes.rowStride(1)) < Math.abs(sizes.columnStride(1));
        Plan plan = planner.plan(
                kernel,
                "tiled" + sizes.batch.signature() + (aAlongK ? "k" : "m") + (bAlongK ? "k" : "n"),
                wide,
                () -> tiled(kernel, sizes, wide, tiles, aAlongK, bAlongK));
        long down = (sizes.m + tiles.rows() * TILED_SIDE - 1) / (tiles.rows() * TILED_SIDE);
        long across = (sizes.n + tiles.columns() * TILED_SIDE - 1) / (tiles.columns() * TILED_SIDE);
        Arguments arguments = plan.arguments(launch.scalars());
        arguments.index(down).index(across);
        start.accept(call(plan, sizes, arguments, buffers(sizes.views), true, down * across * sizes.batch.size()));
    }

    private static Plan tiled(
            Kernel.MatMul kernel, Sizes sizes, boolean wide, MatMulTiles tiles, boolean aAlongK, boolean bAlongK) {
        Text t = new Text(kernel, sizes, wide, List.of("down", "across"), true);
        int tm = tiles.rows() * TILED_SIDE;
        int tn = tiles.columns() * TILED_SIDE;
        String text = """
                #define TM %d
                #define TN %d
                #define TK %d
                #define ROWS %d
                #define COLUMNS %d
                %s
                KERNEL GROUP_SIZE(256) void matmul(%sconst Args a) {
                    LOCAL f32 as[TK * (TM + 1)];
                    LOCAL f32 bs[TK * (TN + 1)];
                    const i32 tx = LOCAL_ID %% 16;
                    const i32 ty = LOCAL_ID / 16;
                    const idx group = (idx) (GROUP_ID %% (u64) (a.down * a.across));
                    const idx batch = (idx) (GROUP_ID / (u64) (a.down * a.across));
                    const idx i0 = (uidx) group / (uidx) a.across * TM;
                    const idx j0 = (uidx) group %% (uidx) a.across * TN;
                %s    const idx x = %s;
                    const idx y = %s;
                    f32 c[ROWS][COLUMNS];
                    #pragma unroll
                    for (i32 r = 0; r < ROWS; r++) {
                        #pragma unroll
                        for (i32 q = 0; q < COLUMNS; q++) {
                            c[r][q] = 0.0f;
                        }
                    }
                    for (idx k0 = 0; k0 < a.k; k0 += TK) {
                        for (i32 e = LOCAL_ID; e < TM * TK; e += 256) {
                            const i32 r = %s;
                            const i32 p = %s;
                            const idx i = i0 + r;
                            const idx k = k0 + p;
                            as[p * (TM + 1) + r] = i < a.m && k < a.k ? in0[x + i * a.in0_row + k * a.in0_column] : 0.0f;
                        }
                        for (i32 e = LOCAL_ID; e < TN * TK; e += 256) {
                            const i32 q = %s;
                            const i32 p = %s;
                            const idx j = j0 + q;
                            const idx k = k0 + p;
                            bs[p * (TN + 1) + q] = j < a.n && k < a.k ? in1[y + k * a.in1_row + j * a.in1_column] : 0.0f;
                        }
                        BARRIER();
                        // No zeros are added at the end of a chain: they would turn a -0 into +0.
                        const i32 depth = a.k - k0 < TK ? (i32) (a.k - k0) : TK;
                        for (i32 p = 0; p < depth; p++) {
                            f32 u[ROWS];
                            f32 w[COLUMNS];
                            #pragma unroll
                            for (i32 r = 0; r < ROWS; r++) {
                                u[r] = as[p * (TM + 1) + ty + 16 * r];
                            }
                            #pragma unroll
                            for (i32 q = 0; q < COLUMNS; q++) {
                                w[q] = bs[p * (TN + 1) + tx + 16 * q];
                            }
                            #pragma unroll
                            for (i32 r = 0; r < ROWS; r++) {
                                #pragma unroll
                                for (i32 q = 0; q < COLUMNS; q++) {
                                    c[r][q] = FMA(u[r], w[q], c[r][q]);
                                }
                            }
                        }
                        BARRIER();
                    }
                    #pragma unroll
                    for (i32 r = 0; r < ROWS; r++) {
                        #pragma unroll
                        for (i32 q = 0; q < COLUMNS; q++) {
                            const idx i = i0 + ty + 16 * r;
                            const idx j = j0 + tx + 16 * q;
                            if (i < a.m && j < a.n) {
                %s            }
                        }
                    }
                }
                """.formatted(
                        tm,
                        tn,
                        tiles.depth(),
                        tiles.rows(),
                        tiles.columns(),
                        t.fields,
                        t.parameters,
                        t.batchPlaces,
                        t.batch[0],
                        t.batch[1],
                        aAlongK ? "e / TK" : "e % TM",
                        aAlongK ? "e % TK" : "e / TM",
                        bAlongK ? "e / TK" : "e % TN",
                        bAlongK ? "e % TK" : "e / TN",
                        t.finish(4, "c[r][q]"));
        return t.plan(text, TILED_SIDE * TILED_SIDE);
    }

    // ---- processors

    private static void packed(
            Planner planner,
            Kernel.MatMul kernel,
            Launch launch,
            Sizes sizes,
            MatMulTiles tiles,
            Workspace workspace,
            Consumer<Call> start) {
        long down = (sizes.m + tiles.rows() - 1) / tiles.rows();
        long across = (sizes.n + tiles.columns() - 1) / tiles.columns();
        boolean sharedA = sizes.batch.layout(0) == Space.Layout.UNIFORM;
        boolean sharedB = sizes.batch.layout(1) == Space.Layout.UNIFORM;
        long aSize = down * tiles.rows() * sizes.k;
        long bSize = across * tiles.columns() * sizes.k;
        boolean wide = sizes.isWide() || Math.max(aSize, bSize) * sizes.batch.size() > Integer.MAX_VALUE - 4096;
        boolean adjacent = sizes.columnStride(sizes.output()) == 1 && kernel.epilogue() == null;
        Plan plan = planner.plan(
                kernel,
                "packed" + sizes.batch.signature() + (adjacent ? "v" : ""),
                wide,
                () -> packed(kernel, sizes, wide, tiles, adjacent));
        Arguments arguments = plan.arguments(launch.scalars());
        arguments.index(down).index(across).index(sharedA ? 0 : aSize).index(sharedB ? 0 : bSize);
        Buffer[] buffers = buffers(sizes.views);
        Buffer a = workspace.take(Type.F32, Math.max(1, sharedA ? aSize : aSize * sizes.batch.size()));
        try {
            Buffer b = workspace.take(Type.F32, Math.max(1, sharedB ? bSize : bSize * sizes.batch.size()));
            try {
                pack(planner, sizes, 0, sizes.m, tiles.rows(), sharedA, wide, a, start);
                pack(planner, sizes, 1, sizes.n, tiles.columns(), sharedB, wide, b, start);
                buffers[0] = a;
                buffers[1] = b;
                start.accept(call(plan, sizes, arguments, buffers, false, down * across * sizes.batch.size()));
            } finally {
                workspace.give(b);
            }
        } finally {
            workspace.give(a);
        }
    }

    /** Starts packing A or B: panels of so many rows of A, or columns of B; a panel holds them side by side for each k. */
    private static void pack(
            Planner planner,
            Sizes sizes,
            int operand,
            long count,
            int width,
            boolean shared,
            boolean wide,
            Buffer packed,
            Consumer<Call> start) {
        long panels = (count + width - 1) / width;
        long batches = shared ? 1 : sizes.batch.size();
        long items = batches * panels * sizes.k * width;
        if (items == 0) {
            return;
        }
        Space batch = Space.of(
                shared ? new long[0] : sizes.batch.sizes(),
                new long[][] {shared ? new long[0] : sizes.batch.strides()[operand]});
        Plan plan = planner.plan(
                new Kernel.MatMul(null), "pack" + width + batch.signature(), wide, () -> pack(batch, width, wide));
        Arguments arguments = plan.arguments(Launch.NO_SCALARS);
        arguments.index(items).index(count).index(panels).index(sizes.k);
        batch.sizes(arguments);
        arguments.index(sizes.views[operand].offset());
        batch.place(arguments, 0);
        arguments.index(operand == 0 ? sizes.rowStride(0) : sizes.columnStride(1));
        arguments.index(operand == 0 ? sizes.columnStride(0) : sizes.rowStride(1));
        Buffer[] buffers = {sizes.views[operand].buffer(), packed};
        start.accept(new Call(plan.source(), buffers, arguments.bytes(), (items / width + 63) / 64));
    }

    private static Plan pack(Space batch, int width, boolean wide) {
        var fields = new Arguments.Fields(wide, List.of());
        for (String own : List.of("items", "count", "panels", "k")) {
            fields.index(own);
        }
        StringBuilder coordinates = new StringBuilder();
        Space.Places places = batch.new Places(fields, "b", "batch");
        places.print(coordinates, "    ");
        String at = fields.index("in0_at") + places.place(fields, 0, "in0");
        fields.index("across");
        fields.index("along");
        String text = """
                #define WIDTH %d
                %s
                KERNEL GROUP_SIZE(64) void pack(GLOBAL const f32* in0, GLOBAL f32* out0, const Args a) {
                    const idx item = (idx) (GROUP_ID * 64 + LOCAL_ID);
                    if (item >= a.items / WIDTH) {
                        return;
                    }
                    const idx k = (uidx) item %% (uidx) a.k;
                    const idx row = (uidx) item / (uidx) a.k;
                    const idx panel = (uidx) row %% (uidx) a.panels;
                    const idx batch = (uidx) row / (uidx) a.panels;
                %s    const idx from = %s + k * a.along + panel * WIDTH * a.across;
                    const idx rest = a.count - panel * WIDTH;
                    const i32 width = rest < WIDTH ? (i32) rest : WIDTH;
                    for (i32 w = 0; w < width; w++) {
                        out0[item * WIDTH + w] = in0[from + w * a.across];
                    }
                    for (i32 w = width; w < WIDTH; w++) {
                        out0[item * WIDTH + w] = 0.0f;
                    }
                }
                """.formatted(width, fields, coordinates, at);
        return new Plan(new Source("pack", text, 64, false), wide, fields.count(), List.of());
    }

    private static Plan packed(Kernel.MatMul kernel, Sizes sizes, boolean wide, MatMulTiles tiles, boolean adjacent) {
        Text t = new Text(kernel, sizes, wide, List.of("down", "across", "a_batch", "b_batch"), false);
        int vectors = tiles.columns() / VECTOR;
        StringBuilder start = new StringBuilder();
        StringBuilder step = new StringBuilder();
        StringBuilder vectorStore = new StringBuilder();
        StringBuilder store = new StringBuilder();
        for (int q = 0; q < vectors; q++) {
            step.append("        const float16 y%d = vload16(%d, y);\n".formatted(q, q));
        }
        for (int r = 0; r < tiles.rows(); r++) {
            List<String> names = new ArrayList<>();
            step.append("        const float16 x%d = (float16) (x[%d]);\n".formatted(r, r));
            for (int q = 0; q < vectors; q++) {
                names.add("c%d_%d = (float16) (0.0f)".formatted(r, q));
                step.append("        c%1$d_%2$d = fma(x%1$d, y%2$d, c%1$d_%2$d);\n".formatted(r, q));
                store.append("    vstore16(c%d_%d, %d, c);\n".formatted(r, q, r * vectors + q));
                vectorStore.append("        vstore16(c%d_%d, %d, z + %d * a.out0_row);\n".formatted(r, q, q, r));
            }
            start.append("    float16 ").append(String.join(", ", names)).append(";\n");
        }
        String fast = adjacent ? """
                    if (i0 + ROWS <= a.m && j0 + COLUMNS <= a.n) {
                        GLOBAL f32* z = out0 + (%s + i0 * a.out0_row + j0);
                %s        return;
                    }
                """.formatted(t.batch[sizes.output()], vectorStore) : "";
        String text = """
                #define ROWS %d
                #define COLUMNS %d
                %s
                KERNEL GROUP_SIZE(1) void matmul(GLOBAL const f32* panels0, GLOBAL const f32* panels1, %sconst Args a) {
                    const idx group = (idx) (GROUP_ID %% (u64) (a.down * a.across));
                    const idx batch = (idx) (GROUP_ID / (u64) (a.down * a.across));
                    // Neighbouring groups share a panel of B.
                    const idx down = (uidx) group %% (uidx) a.down;
                    const idx across = (uidx) group / (uidx) a.down;
                    const idx i0 = down * ROWS;
                    const idx j0 = across * COLUMNS;
                %s    GLOBAL const f32* x = panels0 + (batch * a.a_batch + i0 * a.k);
                    GLOBAL const f32* y = panels1 + (batch * a.b_batch + j0 * a.k);
                %s    for (idx k = 0; k < a.k; k++) {
                %s        x += ROWS;
                        y += COLUMNS;
                    }
                %s    f32 c[ROWS * COLUMNS];
                %s    for (i32 r = 0; r < ROWS; r++) {
                        for (i32 q = 0; q < COLUMNS; q++) {
                            const idx i = i0 + r;
                            const idx j = j0 + q;
                            if (i < a.m && j < a.n) {
                                const f32 sum = c[r * COLUMNS + q];
                %s            }
                        }
                    }
                }
                """.formatted(
                        tiles.rows(),
                        tiles.columns(),
                        t.fields,
                        t.parameters,
                        t.batchPlaces,
                        start,
                        step,
                        fast,
                        store,
                        t.finish(4, "sum"));
        return t.plan(text, 1);
    }
}
