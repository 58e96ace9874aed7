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
                "tiled" + sizes.signature() + (aAlongK ? "k" : "m") + (bAlongK ? "k" : "n"),
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
                %s        rows_at[e] = 0%s;
                    }
                    for (i32 e = LOCAL_ID; e < TN; e += 256) {
                        const idx j = j0 + e < a.n ? j0 + e : 0;
                %s        columns_at[e] = 0%s;
                    }
                """.formatted(t.rowCode(2), t.row[0], t.columnCode(2), t.column[1]);
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
        boolean simple = sizes.isSimple();
        int tm = tiles.rows() * SIDE;
        int tn = tiles.columns() * SIDE;
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
                %s    const i32 tx = LOCAL_ID %% 16;
                    const i32 ty = LOCAL_ID / 16;
                    const idx group = (idx) (GROUP_ID %% (u64) (a.down * a.across));
                    const idx batch = (idx) (GROUP_ID / (u64) (a.down * a.across));
                    LEAVE_IF(batch >= a.batches)
                    const idx i0 = (uidx) group / (uidx) a.across * TM;
                    const idx j0 = (uidx) group %% (uidx) a.across * TN;
                %s    const idx x = %s;
                    const idx y = %s;
                %s    f32 c[ROWS][COLUMNS];
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
                            as[p * (TM + 1) + r] = i < a.m && k < a.k ? in0[x%s] : 0.0f;
                        }
                        for (i32 e = LOCAL_ID; e < TN * TK; e += 256) {
                            const i32 q = %s;
                            const i32 p = %s;
                            const idx j = j0 + q;
                            const idx k = k0 + p;
                            bs[p * (TN + 1) + q] = j < a.n && k < a.k ? in1[y%s] : 0.0f;
                        }
                        BARRIER();
                %s        // No zeros are added at the end of a chain: they would turn a -0 into +0.
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
                %s%s%s            }
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
                        simple ? "" : TABLES,
                        t.batchPlaces,
                        t.batch[0],
                        t.batch[1],
                        simple ? "" : acrossTables(t) + innerTables(t, 1, "0") + "    BARRIER();\n",
                        aAlongK ? "e / TK" : "e % TM",
                        aAlongK ? "e % TK" : "e / TM",
                        simple ? t.row[0] + t.inner[0] : " + rows_at[r] + a_at[p]",
                        bAlongK ? "e / TK" : "e % TN",
                        bAlongK ? "e % TK" : "e / TN",
                        simple ? t.inner[1] + t.column[1] : " + columns_at[q] + b_at[p]",
                        simple ? "" : innerTables(t, 2, "k0 + TK"),
                        t.rowCode(4),
                        t.columnCode(4),
                        t.finish(4, "c[r][q]"));
        return t.plan(text, SIDE * SIDE);
    }
}
