package ondol.backend.c;

import java.util.List;
import java.util.function.Consumer;
import ondol.backend.Launch;
import ondol.backend.c.MatMulWriter.Sizes;
import ondol.backend.c.MatMulWriter.Text;
import ondol.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/** Matrix products on GPUs: groups of 16 x 16 work items share tiles in local memory and keep blocks of C in registers. */
final class TiledMatMul {
    private static final int SIDE = 16;

    /** Elements that are read from local memory at once. */
    private static final int FOUR = 4;

    /** Steps of k in a row: their reads are on their way while others' products are computed. */
    private static final int UNROLL = 4;

    private TiledMatMul() {}

    static void plan(
            Planner planner,
            Kernel.MatMul kernel,
            Launch launch,
            Sizes sizes,
            boolean wide,
            MatMulTiles tiles,
            Consumer<Call> start) {
        boolean aAlongK = Math.abs(sizes.columnStep(0)) <= Math.abs(sizes.rowStep(0));
        boolean bAlongK = Math.abs(sizes.rowStep(1)) < Math.abs(sizes.columnStep(1));
        Plan plan = planner.plan(
                kernel,
                "tiled" + tiles.rows() + "," + tiles.columns() + "," + tiles.depth() + sizes.signature()
                        + (aAlongK ? "k" : "m") + (bAlongK ? "k" : "n"),
                wide,
                () -> text(kernel, sizes, wide, tiles, aAlongK, bAlongK));
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

    /** Where the rows and columns of the group lie, and the steps of k that are loaded next. */
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
            Kernel.MatMul kernel, Sizes sizes, boolean wide, MatMulTiles tiles, boolean aAlongK, boolean bAlongK) {
        Text t = new Text(kernel, sizes, wide, List.of("down", "across", "batches"), true);
        String step = step(tiles);
        boolean simple = sizes.isSimple();
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
                    LOCAL f32 as[TK * (TM + PAD)] ALIGNED(16);
                    LOCAL f32 bs[TK * (TN + PAD)] ALIGNED(16);
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
                    for (idx k0 = 0; k0 < a.k; k0 += TK) {
                        const bool whole = a.k - k0 >= TK;
                        if (inside && whole) {
                %s%s        } else {
                %s%s        }
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
                        tiles.rows() * SIDE,
                        tiles.columns() * SIDE,
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
                        simple ? "" : TABLES,
                        t.batchPlaces,
                        from("a", "TM", aAlongK),
                        from("b", "TN", bAlongK),
                        simple
                                ? places("a", "i0", t.batch[0], "in0_row", "in0_column")
                                        + places("b", "j0", t.batch[1], "in1_column", "in1_row")
                                : acrossTables(t) + innerTables(t, 1, "0") + "    BARRIER();\n",
                        copy("a", "TM", value("a", "TM", simple, aAlongK), aAlongK, null),
                        copy("b", "TN", value("b", "TN", simple, bAlongK), bAlongK, null),
                        copy("a", "TM", value("a", "TM", simple, aAlongK), aAlongK, "a.m - i0"),
                        copy("b", "TN", value("b", "TN", simple, bAlongK), bAlongK, "a.n - j0"),
                        simple ? NEXT : "",
                        simple ? "" : innerTables(t, 2, "k0 + TK"),
                        UNROLL,
                        step,
                        step,
                        t.rowCode(4),
                        t.columnCode(4),
                        t.finish(4, "c[r][q]"));
        return t.plan(text, SIDE * SIDE);
    }

    /** How many neighbouring rows, or columns, of C a work item has. */
    private static int run(int count) {
        return Math.min(FOUR, count);
    }

    /** Where in a tile a work item begins to copy: in memory its neighbours' elements go along k, or across. */
    private static String from(String tile, String size, boolean alongK) {
        return """
                    const i32 %1$s_across = LOCAL_ID %2$s;
                    const i32 %1$s_along = LOCAL_ID %3$s;
                """.formatted(tile, alongK ? "/ TK" : "% " + size, alongK ? "% TK" : "/ " + size);
    }

    /** Where in memory that is. Unsigned: what lies beyond the matrix is never read, and its place may overflow. */
    private static String places(String tile, String first, String place, String across, String along) {
        return """
                    uidx %1$s_from = (uidx) (%2$s) + (uidx) (%3$s + %1$s_across) * (uidx) a.%4$s + (uidx) %1$s_along * (uidx) a.%5$s;
                """.formatted(tile, place, first, across, along);
    }

    /** Goes on along k. */
    private static final String NEXT = """
                    a_from += (uidx) TK * (uidx) a.in0_column;
                    b_from += (uidx) TK * (uidx) a.in1_row;
            """;

    /** An element of A or B: by its distance from a work item's first, or from the tables. */
    private static String value(String tile, String size, boolean simple, boolean alongK) {
        boolean isA = tile.equals("a");
        String name = isA ? "in0" : "in1";
        if (!simple) {
            return "%s[%s[at] + %s_at[k]]".formatted(name, isA ? "rows_at" : "columns_at", tile);
        }
        String across = isA ? "in0_row" : "in1_column";
        String along = isA ? "in0_column" : "in1_row";
        return "%s[(idx) (%s_from + (uidx) s * %s)]"
                .formatted(
                        name,
                        tile,
                        alongK ? "(256 / TK) * (uidx) a." + across : "(256 / " + size + ") * (uidx) a." + along);
    }

    /**
     * Copies a tile to local memory: 256 elements at a time.
     *
     * @param end where the matrix ends, if the tile may reach beyond
     */
    private static String copy(String tile, String size, String value, boolean alongK, @Nullable String end) {
        return """
                            #pragma unroll
                            for (i32 s = 0; s < %2$s * TK / 256; s++) {
                                const i32 at = %1$s_across%3$s;
                                const i32 k = %1$s_along%4$s;
                                %1$ss[k * (%2$s + PAD) + at] = %5$s;
                            }
                """.formatted(
                        tile,
                        size,
                        alongK ? " + s * (256 / TK)" : "",
                        alongK ? "" : " + s * (256 / " + size + ")",
                        end == null ? value : "at < %s && k0 + k < a.k ? %s : 0.0f".formatted(end, value));
    }

    /** One step of k: what a work item needs of both tiles, and its products. */
    private static String step(MatMulTiles tiles) {
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
                        reads("u", "as", "TM", "ROW", tiles.rows()), reads("w", "bs", "TN", "COLUMN", tiles.columns()));
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
                    s.append(
                            "%s%s[%d] = %s[p * (%s + PAD) + %s(%d)];\n".formatted(indent, to, e, from, size, place, e));
                }
            }
        }
        return s.toString();
    }
}
