package ondol.backend.c;

import java.util.List;
import java.util.function.Consumer;
import ondol.backend.Launch;
import ondol.backend.c.MatMulWriter.Sizes;
import ondol.backend.c.MatMulWriter.Text;
import ondol.kernel.Kernel;

/** Matrix products on GPUs: groups of 16 x 16 work items share tiles in local memory and keep blocks of C in registers. */
final class TiledMatMul {
    private static final int SIDE = 16;

    /** Elements that are read from local memory at once. */
    private static final int FOUR = 4;

    /** Steps of k in a row: their reads are on their way while others' products are computed. */
    private static final int UNROLL = 4;

    /** The same in tiles within both matrices, as products: registers are chosen for as many. */
    private static final int MOST_UNROLLED = 512;

    /** Local memory that every device has. */
    private static final int LOCAL_BYTES = 32 << 10;

    private TiledMatMul() {}

    static void plan(
            Planner planner,
            Kernel.MatMul kernel,
            Launch launch,
            Sizes sizes,
            boolean wide,
            MatMulTiles tiles,
            Consumer<Call> start) {
        TileCopy a = TileCopy.ofA(sizes, tiles);
        TileCopy b = TileCopy.ofB(sizes, tiles);
        Plan plan = planner.plan(
                kernel, "tiled" + sizes.signature() + a + b, wide, () -> text(kernel, sizes, wide, tiles, a, b));
        long down = (sizes.m() + tiles.rows() * SIDE - 1) / (tiles.rows() * SIDE);
        long across = (sizes.n() + tiles.columns() * SIDE - 1) / (tiles.columns() * SIDE);
        Arguments arguments = plan.arguments(launch.scalars());
        arguments.index(down).index(across).index(sizes.batch().size());
        start.accept(MatMulWriter.call(
                plan,
                sizes,
                arguments,
                MatMulWriter.buffers(sizes.views()),
                true,
                down * across * sizes.batch().size()));
    }

    /** The code for the places of the group's rows and columns, and of the steps of k that are loaded next. */
    private static final String TABLES = """
                LOCAL idx rows_at[TM];
                LOCAL idx columns_at[TN];
                LOCAL idx a_at[TK];
                LOCAL idx b_at[TK];
            """;

    private static String acrossTables(Text t) {
        return """
                    for (i32 e = LOCAL_ID; e < TM; e += 256) {
                        const idx i = i0 + e < a.m ? i0 + e : 0;
                %s        rows_at[e] = %s%s;
                    }
                    for (i32 e = LOCAL_ID; e < TN; e += 256) {
                        const idx j = j0 + e < a.n ? j0 + e : 0;
                %s        columns_at[e] = %s%s;
                    }
                """.formatted(t.rowCode(2), t.batch[0], t.row[0], t.columnCode(2), t.batch[1], t.column[1]);
    }

    /** Fills the tables of the steps from {@code first} on; places beyond the last are not read. */
    private static String innerTables(Text t, int depth, String first) {
        return """
                for (i32 e = LOCAL_ID; e < TK; e += 256) {
                    const idx k = %1$s + e < a.k ? %1$s + e : 0;
                %2$s    a_at[e] = 0%3$s;
                    b_at[e] = 0%4$s;
                }
                """.formatted(first, t.innerCode(1), t.inner[0], t.inner[1]).indent(4 * depth);
    }

    private static Plan text(
            Kernel.MatMul kernel, Sizes sizes, boolean wide, MatMulTiles tiles, TileCopy a, TileCopy b) {
        Text t = new Text(kernel, sizes, wide, List.of("down", "across", "batches"), true);
        boolean simple = sizes.isSimple();
        int bytes = Float.BYTES * tiles.depth() * (a.length() + b.length() + 2 * FOUR);
        int buffers = simple && 2 * bytes <= LOCAL_BYTES ? 2 : 1;
        String text = """
                #define TM %d
                #define TN %d
                #define TK %d
                #define ROWS %d
                #define COLUMNS %d
                // Rows of local memory begin where four elements may, and neighbours' in different banks.
                #define PAD 4
                // Which row and column of the tile are a work item's: %d neighbours, then as many further on.
                #define ROW(r) (ty * %d + (r) %% %d + (r) / %d * %d)
                #define COLUMN(q) (tx * %d + (q) %% %d + (q) / %d * %d)
                %s
                KERNEL GROUP_SIZE(256) void matmul(%sconst Args a) {
                    LOCAL f32 as[%d * TK * (TM + PAD)] ALIGNED(16);
                    LOCAL f32 bs[%d * TK * (TN + PAD)] ALIGNED(16);
                %s    const i32 tx = LOCAL_ID %% 16;
                    const i32 ty = LOCAL_ID / 16;
                    const idx group = (idx) (GROUP_ID %% (u64) (a.down * a.across));
                    const idx batch = (idx) (GROUP_ID / (u64) (a.down * a.across));
                    LEAVE_IF(batch >= a.batches)
                    const idx i0 = (uidx) group / (uidx) a.across * TM;
                    const idx j0 = (uidx) group %% (uidx) a.across * TN;
                    const bool inside = a.m - i0 >= TM && a.n - j0 >= TN;
                %s%s%s%s    f32 c[ROWS][COLUMNS];
                    #pragma unroll
                    for (i32 r = 0; r < ROWS; r++) {
                        #pragma unroll
                        for (i32 q = 0; q < COLUMNS; q++) {
                            c[r][q] = 0.0f;
                        }
                    }
                    idx k0 = 0;
                %s    for (; k0 < a.k; k0 += TK) {
                        const bool whole = a.k - k0 >= TK;
                %s        BARRIER();
                %s        // No zeros are added at the end of a chain: they would turn a -0 into +0.
                        if (whole) {
                            #pragma unroll %d
                            for (i32 p = 0; p < TK; p++) {
                %s            }
                        } else {
                            for (i32 p = 0; p < (i32) (a.k - k0); p++) {
                %s            }
                        }
                        BARRIER();
                    }
                    #pragma unroll
                    for (i32 r = 0; r < ROWS; r++) {
                        #pragma unroll
                        for (i32 q = 0; q < COLUMNS; q++) {
                            const idx i = i0 + ROW(r);
                            const idx j = j0 + COLUMN(q);
                            if (i < a.m && j < a.n) {
                %s%s%s            }
                        }
                    }
                }
                """.formatted(
                        a.length(),
                        b.length(),
                        tiles.depth(),
                        tiles.rows(),
                        tiles.columns(),
                        FOUR,
                        run(tiles.rows()),
                        run(tiles.rows()),
                        run(tiles.rows()),
                        SIDE * run(tiles.rows()),
                        run(tiles.columns()),
                        run(tiles.columns()),
                        run(tiles.columns()),
                        SIDE * run(tiles.columns()),
                        t.fields,
                        t.parameters,
                        buffers,
                        buffers,
                        simple ? "" : TABLES,
                        t.batchPlaces,
                        a.from(),
                        b.from(),
                        simple
                                ? a.places(t.batch[0]) + b.places(t.batch[1])
                                : acrossTables(t) + innerTables(t, 1, "0") + "    BARRIER();\n",
                        simple ? whole(tiles, buffers, a, b) : "",
                        simple
                                ? a.guarded(2) + b.guarded(2)
                                : "        if (inside && whole) {\n" + a.byTables(false) + b.byTables(false)
                                        + "        } else {\n" + a.byTables(true) + b.byTables(true) + "        }\n",
                        simple ? "" : innerTables(t, 2, "k0 + TK"),
                        UNROLL,
                        step(tiles, "as", "bs"),
                        step(tiles, "as", "bs"),
                        t.rowCode(4),
                        t.columnCode(4),
                        t.finish(4, "c[r][q]"));
        return t.plan(text, SIDE * SIDE);
    }

    /**
     * The tiles that lie within both matrices: while one is multiplied, the next one is on its way to registers, and then to
     * the other half of local memory, if there is room for two. After the last one it is copied once more, which costs
     * less than asking.
     */
    private static String whole(MatMulTiles tiles, int buffers, TileCopy a, TileCopy b) {
        boolean two = buffers > 1;
        return """
                    if (inside && a.k >= TK) {
                        f32 next_a[%d];
                        f32 next_b[%d];
                        i32 side = 0;
                %s%s%s%s        BARRIER();
                        for (; a.k - k0 >= TK; k0 += TK) {
                            const bool more = a.k - k0 >= 2 * TK;
                %s%s%s%s            #pragma unroll %d
                            for (i32 p = 0; p < TK; p++) {
                %s            }
                            %s
                %s%s            BARRIER();
                        }
                    }
                """.formatted(
                a.each(),
                b.each(),
                a.load(2),
                b.load(2),
                a.store(2),
                b.store(2),
                a.advance(),
                b.advance(),
                a.load(3),
                b.load(3),
                Math.min(tiles.depth(), MOST_UNROLLED / (tiles.rows() * tiles.columns())),
                step(tiles, two ? "as + side * TK * (TM + PAD)" : "as", two ? "bs + side * TK * (TN + PAD)" : "bs"),
                two ? "side ^= 1;" : "BARRIER();",
                a.store(3),
                b.store(3));
    }

    /** How many neighbouring rows, or columns, of C a work item has. */
    private static int run(int count) {
        return Math.min(FOUR, count);
    }

    /** One step of k: what a work item needs of both tiles, and its products. */
    private static String step(MatMulTiles tiles, String as, String bs) {
        return """
                                f32 u[ROWS];
                                f32 w[COLUMNS];
                %s%s                #pragma unroll
                                for (i32 r = 0; r < ROWS; r++) {
                                    #pragma unroll
                                    for (i32 q = 0; q < COLUMNS; q++) {
                                        c[r][q] = FMA(u[r], w[q], c[r][q]);
                                    }
                                }
                """.formatted(
                        reads("u", as, "TM", "ROW", tiles.rows()), reads("w", bs, "TN", "COLUMN", tiles.columns()));
    }

    private static String reads(String to, String from, String size, String place, int count) {
        StringBuilder s = new StringBuilder();
        String indent = "    ".repeat(4);
        for (int i = 0; i < count; i += run(count)) {
            String at = "p * (%s + PAD) + %s(%d)".formatted(size, place, i);
            if (run(count) == FOUR) {
                s.append("%sREAD_LOCAL4(%s + %d, %s + %s)\n".formatted(indent, to, i, from, at));
            } else {
                for (int e = i; e < i + run(count); e++) {
                    s.append("%s%s[%d] = (%s)[p * (%s + PAD) + %s(%d)];\n"
                            .formatted(indent, to, e, from, size, place, e));
                }
            }
        }
        return s.toString();
    }
}
