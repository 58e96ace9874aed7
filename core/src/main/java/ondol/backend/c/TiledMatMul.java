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
        boolean aAlongK = Math.abs(sizes.columnStride(0)) <= Math.abs(sizes.rowStride(0));
        boolean bAlongK = Math.abs(sizes.rowStride(1)) < Math.abs(sizes.columnStride(1));
        Plan plan = planner.plan(
                kernel,
                "tiled" + sizes.batch().signature() + (aAlongK ? "k" : "m") + (bAlongK ? "k" : "n"),
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

    private static Plan text(
            Kernel.MatMul kernel, Sizes sizes, boolean wide, MatMulTiles tiles, boolean aAlongK, boolean bAlongK) {
        Text t = new Text(kernel, sizes, wide, List.of("down", "across", "batches"), true);
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
                    const i32 tx = LOCAL_ID %% 16;
                    const i32 ty = LOCAL_ID / 16;
                    const idx group = (idx) (GROUP_ID %% (u64) (a.down * a.across));
                    const idx batch = (idx) (GROUP_ID / (u64) (a.down * a.across));
                    LEAVE_IF(batch >= a.batches)
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
        return t.plan(text, SIDE * SIDE);
    }
}
