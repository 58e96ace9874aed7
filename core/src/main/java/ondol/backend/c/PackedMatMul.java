package ondol.backend.c;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.Log;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.backend.c.MatMulWriter.Sizes;
import ondol.backend.c.MatMulWriter.Text;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products on processors: A and B are packed into panels, and one work item computes a tile with vectors. If there is no
 * memory for the panels, which an expanded operand of any size would fill, the product is computed without.
 */
final class PackedMatMul {
    private static final System.Logger LOG = Log.of("ondol.kernels");
    private static final int VECTOR = 16;

    /** A limit on elements: more than any memory has, and few enough that their bytes can be counted. */
    private static final long MOST_ELEMENTS = Long.MAX_VALUE >> 8;

    /** Windows are not unfolded for more products of a batch at once. */
    private static final long MOST_AT_ONCE = 1 << 22;

    private PackedMatMul() {}

    /** Memory for panels; null if there is not that much. */
    private static @Nullable Buffer room(Planner planner, Workspace workspace, long size) {
        if (size > MOST_ELEMENTS) {
            return null;
        }
        try {
            return workspace.take(Type.F32, Math.max(1, size));
        } catch (OutOfDeviceMemoryException e) {
            if (planner.insists()) {
                throw e;
            }
            LOG.log(System.Logger.Level.DEBUG, "a matrix product without panels: {0}", e.getMessage());
            return null;
        }
    }

    /** One product of a batch. */
    private static Launch oneOf(Kernel.MatMul kernel, Launch launch, long each) {
        int batch = launch.shape().length - kernel.rowAxes() - kernel.columnAxes();
        long[] index = new long[batch];
        long rest = each;
        for (int axis = batch - 1; axis >= 0; axis--) {
            index[axis] = rest % launch.shape()[axis];
            rest /= launch.shape()[axis];
        }
        View[] inputs = {oneOf(launch.inputs()[0], index), oneOf(launch.inputs()[1], index)};
        View output = oneOf(launch.outputs()[0], index);
        return new Launch(kernel, output.shape(), 0, inputs, new View[] {output}, launch.scalars());
    }

    private static View oneOf(View view, long[] index) {
        int rank = view.shape().length;
        long offset = view.offset();
        for (int axis = 0; axis < index.length; axis++) {
            offset += index[axis] * view.strides()[axis];
        }
        return new View(
                view.buffer(),
                Arrays.copyOfRange(view.shape(), index.length, rank),
                Arrays.copyOfRange(view.strides(), index.length, rank),
                offset);
    }

    static void plan(
            Planner planner,
            Kernel.MatMul kernel,
            Launch launch,
            Sizes sizes,
            boolean wideOperands,
            MatMulTiles tiles,
            Workspace workspace,
            Consumer<Call> start) {
        long down = (sizes.m() + tiles.rows() - 1) / tiles.rows();
        long across = (sizes.n() + tiles.columns() - 1) / tiles.columns();
        boolean sharedA = sizes.batch().layout(0) == Space.Layout.UNIFORM;
        boolean sharedB = sizes.batch().layout(1) == Space.Layout.UNIFORM;
        long aSize = Planner.product(down, tiles.rows(), sizes.k());
        long bSize = Planner.product(across, tiles.columns(), sizes.k());
        long allOfA = Planner.product(aSize, sharedA ? 1 : sizes.batch().size());
        long allOfB = Planner.product(bSize, sharedB ? 1 : sizes.batch().size());
        if (kernel.epilogue() == null
                && sizes.batch().size() > 1
                && !sizes.isSimple()
                && allOfA + allOfB > MOST_AT_ONCE) {
            for (long each = 0; each < sizes.batch().size(); each++) {
                planner.plan(oneOf(kernel, launch, each), workspace, start);
            }
            return;
        }
        Buffer a = room(planner, workspace, allOfA);
        if (a == null) {
            MatMulWriter.direct(planner, kernel, launch, sizes, wideOperands, start);
            return;
        }
        try {
            Buffer b = room(planner, workspace, allOfB);
            if (b == null) {
                MatMulWriter.direct(planner, kernel, launch, sizes, wideOperands, start);
                return;
            }
            try {
                boolean wide = wideOperands || Math.max(allOfA, allOfB) > Integer.MAX_VALUE - 4096;
                boolean adjacent =
                        sizes.isSimple() && sizes.columnStep(sizes.output()) == 1 && kernel.epilogue() == null;
                Plan plan = planner.plan(
                        kernel,
                        "packed" + tiles.rows() + "," + tiles.columns() + sizes.signature() + (adjacent ? "v" : ""),
                        wide,
                        () -> text(kernel, sizes, wide, tiles, adjacent));
                Arguments arguments = plan.arguments(launch.scalars());
                arguments.index(down).index(across).index(sharedA ? 0 : aSize).index(sharedB ? 0 : bSize);
                pack(planner, sizes, 0, sizes.m(), tiles.rows(), sharedA, wide, a, start);
                pack(planner, sizes, 1, sizes.n(), tiles.columns(), sharedB, wide, b, start);
                Buffer[] buffers = MatMulWriter.buffers(sizes.views());
                buffers[0] = a;
                buffers[1] = b;
                long groups = down * across * sizes.batch().size();
                start.accept(MatMulWriter.call(plan, sizes, arguments, buffers, false, groups));
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
        long batches = shared ? 1 : sizes.batch().size();
        long items = batches * panels * sizes.k() * width;
        if (items == 0) {
            return;
        }
        Space batch = Space.of(
                shared ? new long[0] : sizes.batch().sizes(),
                new long[][] {shared ? new long[0] : sizes.batch().strides()[operand]});
        boolean simple = sizes.isSimple();
        Space across = along(operand == 0 ? sizes.rows() : sizes.columns(), operand);
        Space inner = along(sizes.inner(), operand);
        Plan plan = planner.plan(
                new Kernel.MatMul(null),
                "pack" + width + batch.signature() + (simple ? "" : "/" + across.rank() + inner.rank()),
                wide,
                () -> simple ? pack(batch, width, wide) : pack(batch, across, inner, width, wide));
        Arguments arguments = plan.arguments(Launch.NO_SCALARS);
        arguments.index(items).index(count).divisor(panels).divisor(sizes.k());
        batch.sizes(arguments);
        if (!simple) {
            across.sizes(arguments);
            inner.sizes(arguments);
        }
        arguments.index(sizes.views()[operand].offset());
        batch.place(arguments, 0);
        if (simple) {
            arguments.index(operand == 0 ? sizes.rowStep(0) : sizes.columnStep(1));
            arguments.index(operand == 0 ? sizes.columnStep(0) : sizes.rowStep(1));
        } else {
            across.place(arguments, 0);
            inner.place(arguments, 0);
        }
        Buffer[] buffers = {sizes.views()[operand].buffer(), packed};
        start.accept(new Call(plan.source(), buffers, arguments.bytes(), (items / width + 63) / 64));
    }

    /** The part of a space that says where one view lies. */
    private static Space along(Space space, int view) {
        return new Space(space.sizes(), new long[][] {space.strides()[view]}, true);
    }

    /** The kernel that packs a matrix whose rows, columns or inner axes do not lie evenly. */
    private static Plan pack(Space batch, Space across, Space inner, int width, boolean wide) {
        var fields = new Arguments.Fields(wide, List.of());
        fields.index("items");
        fields.index("count");
        Divisor panels = fields.divisor("panels");
        Divisor k = fields.divisor("k");
        StringBuilder batchPlaces = new StringBuilder();
        StringBuilder acrossPlaces = new StringBuilder();
        StringBuilder innerPlaces = new StringBuilder();
        Space.Places ofBatch = batch.new Places(fields, "b", "batch");
        Space.Places ofAcross = across.new Places(fields, "across", "j");
        Space.Places ofInner = inner.new Places(fields, "inner", "k");
        ofBatch.print(batchPlaces, "    ");
        ofAcross.print(acrossPlaces, "        ");
        ofInner.print(innerPlaces, "    ");
        String at = fields.index("in0_at") + ofBatch.place(fields, 0, "in0");
        String j = ofAcross.place(fields, 0, "in0");
        String step = ofInner.place(fields, 0, "in0");
        String text = """
                #define WIDTH %d
                %s
                KERNEL GROUP_SIZE(64) void pack(GLOBAL const f32* in0, GLOBAL f32* out0, const Args a) {
                    const idx item = (idx) (GROUP_ID * 64 + LOCAL_ID);
                    if (item >= a.items / WIDTH) {
                        return;
                    }
                    const idx row = %s;
                    const idx k = item - row * a.k;
                    const idx batch = %s;
                    const idx panel = row - batch * a.panels;
                %s%s    const idx from = %s%s;
                    const idx rest = a.count - panel * WIDTH;
                    const i32 width = rest < WIDTH ? (i32) rest : WIDTH;
                    for (i32 w = 0; w < width; w++) {
                        const idx j = panel * WIDTH + w;
                %s        out0[item * WIDTH + w] = in0[from%s];
                    }
                    for (i32 w = width; w < WIDTH; w++) {
                        out0[item * WIDTH + w] = 0.0f;
                    }
                }
                """.formatted(
                        width,
                        fields,
                        k.quotient("item"),
                        panels.quotient("row"),
                        batchPlaces,
                        innerPlaces,
                        at,
                        step,
                        acrossPlaces,
                        j);
        return new Plan(new Source("pack", text, 64, false), wide, fields.count(), List.of());
    }

    private static Plan pack(Space batch, int width, boolean wide) {
        var fields = new Arguments.Fields(wide, List.of());
        fields.index("items");
        fields.index("count");
        Divisor panels = fields.divisor("panels");
        Divisor k = fields.divisor("k");
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
                    const idx row = %s;
                    const idx k = item - row * a.k;
                    const idx batch = %s;
                    const idx panel = row - batch * a.panels;
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
                """.formatted(width, fields, k.quotient("item"), panels.quotient("row"), coordinates, at);
        return new Plan(new Source("pack", text, 64, false), wide, fields.count(), List.of());
    }

    private static Plan text(Kernel.MatMul kernel, Sizes sizes, boolean wide, MatMulTiles tiles, boolean adjacent) {
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
                %s%s%s            }
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
                        t.rowCode(4),
                        t.columnCode(4),
                        t.finish(4, "sum"));
        return t.plan(text, 1);
    }
}
