package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.BLOCK;
import static ondol.kernel.ReduceOp.LANES;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import ondol.DType;
import ondol.Index;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** More elements than an int counts, in views that repeat the few that there are. */
class HugeCountsTest {
    private static final long BEYOND = (1L << 31) + 3;

    private static View view(CpuBuffer buffer, long[] shape, long... strides) {
        return new View(buffer, shape, strides, 0);
    }

    /** Every addition of a row is made, however many there are. */
    @Test
    void scatterAddOfALongRow() {
        CpuBuffer index = new CpuBuffer(Type.I64, 1);
        CpuBuffer source = new CpuBuffer(Type.I64, 1);
        CpuBuffer out = new CpuBuffer(Type.I64, 2);
        ((long[]) index.array)[0] = 1;
        ((long[]) source.array)[0] = 1;
        long[] shape = {BEYOND};
        View[] in = {view(index, shape, 0), view(source, shape, 0)};
        View[] outs = {view(out, new long[] {2}, 1)};
        try (CpuBackend cpu = new CpuBackend(1, false)) {
            cpu.run(new Launch(new Kernel.ScatterAdd(Type.I64), shape, 0, in, outs, Launch.NO_SCALARS));
        }
        assertArrayEquals(new long[] {0, BEYOND}, (long[]) out.array);
    }

    @Test
    void gatherFromALongRow() {
        Tensor x = Tensor.tensor(7f).expand(1L << 32);
        Tensor last = Tensor.tensor((1L << 32) - 1, 5L);
        assertArrayEquals(new float[] {7, 7}, x.gather(0, last).toFloatArray());
        assertArrayEquals(new float[] {7, 7}, x.indexSelect(0, last).toFloatArray());
        assertEquals(Shape.of(BEYOND), x.slice(0, 0, BEYOND).shape());
        assertEquals(7, x.get(Index.at(BEYOND)).item());
    }

    // ---- sums of more blocks than are kept at a time

    private static float byRule(float[] values) {
        float[] blocks = new float[Math.ceilDiv(values.length, BLOCK)];
        for (int b = 0; b < blocks.length; b++) {
            float[] lanes = new float[LANES];
            for (int i = b * BLOCK; i < Math.min(values.length, (b + 1) * BLOCK); i++) {
                lanes[i % LANES] += values[i];
            }
            for (int half = LANES / 2; half > 0; half /= 2) {
                for (int l = 0; l < half; l++) {
                    lanes[l] += lanes[l + half];
                }
            }
            blocks[b] = lanes[0];
        }
        return blocks.length == 1 ? blocks[0] : byRule(blocks);
    }

    /** The sum by the rule of n equal elements. */
    private static float byRule(float value, long n) {
        float[] block = new float[BLOCK];
        Arrays.fill(block, value);
        float[] blocks = new float[(int) Math.ceilDiv(n, BLOCK)];
        Arrays.fill(blocks, byRule(block));
        blocks[blocks.length - 1] = byRule(Arrays.copyOf(block, (int) (n - BLOCK * (blocks.length - 1L))));
        return byRule(blocks);
    }

    @Test
    void aSumOfMoreBlocksThanAreKept() {
        long n = (long) RowReduction.MOST_RESULTS * BLOCK + 3 * BLOCK + 5;
        assertEquals(byRule(0.1f, n), (float) Tensor.tensor(0.1).expand(n).sum().item());
        assertEquals(n, Tensor.tensor(1L).expand(n).sum().toLongArray()[0]);
        assertEquals(1, Tensor.tensor(1f).expand(n).prod().item());
    }

    @Test
    void sumsOfMoreRowsThanAreKept() {
        long n = (long) RowReduction.MOST_RESULTS / 4 * BLOCK + 1; // of five rows, three at a time
        Tensor sums =
                Tensor.arange(5).to(DType.FLOAT32).reshape(5, 1).expand(5, n).sum(1);
        float[] expected = new float[5];
        for (int i = 0; i < 5; i++) {
            expected[i] = byRule(i, n);
        }
        assertArrayEquals(expected, sums.toFloatArray());
    }

    /** Columns are summed side by side, unless that would leave more partial results than there is room for. */
    @Test
    void columnsOfManyBlocks() {
        assertTrue(isByColumns(1 << 12));
        assertFalse(isByColumns(1L << 40));
        assertFalse(isByColumns(1L << 46));
    }

    /** Of the sum over n times the same 16 rows. */
    private static boolean isByColumns(long n) {
        long[] shape = {n, 16, 4096};
        View[] in = {view(new CpuBuffer(Type.F32, 16 * 4096), shape, 0, 4096, 1)};
        View[] out = {view(new CpuBuffer(Type.F32, 4096), new long[] {1, 1, 4096}, 4096, 4096, 1)};
        Kernel.Reduce kernel = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM);
        LoopChoice choice = new LoopChoice(false, null);
        Programs programs = new ProgramTiers(List.of(kernel.value()), false, choice).plain;
        Launch launch = new Launch(kernel, shape, 0b011, in, out, Launch.NO_SCALARS);
        return new ReducePlan(programs, kernel, launch).byColumns;
    }

    // ---- matrix products

    /** Blocks of k beyond what an int counts take up C where it was left. */
    @Test
    void aProductOfManySteps() {
        long k = (1L << 32) + 5;
        CpuBuffer a = new CpuBuffer(Type.F32, 2);
        CpuBuffer b = new CpuBuffer(Type.F32, 2);
        CpuBuffer c = new CpuBuffer(Type.F32, 4);
        System.arraycopy(new float[] {1, 2}, 0, a.array, 0, 2);
        System.arraycopy(new float[] {3, 4}, 0, b.array, 0, 2);
        System.arraycopy(new float[] {100, 200, 300, 400}, 0, c.array, 0, 4);
        View[] in = {view(a, new long[] {2, k}, 1, 0), view(b, new long[] {k, 2}, 0, 1)};
        View[] out = {view(c, new long[] {2, 2}, 2, 1)};
        Launch launch = new Launch(new Kernel.MatMul(null), new long[] {2, 2}, 0, in, out, Launch.NO_SCALARS);
        TiledMatMul plan =
                TiledMatMul.of(new MatMulSize(2, 2, k), new Matrix(in[0], false), new Matrix(in[1], false), 1);
        MatMulProduct product = new MatMulProduct(plan, launch, out[0], null, new float[plan.sharedFloats()]);
        plan.block(product, new TiledMatMul.Block(BEYOND, 10, 0, 2), 0, (units, nanos, task) -> {
            task.run(new Scratch(), 0, units);
        });
        assertArrayEquals(new float[] {130, 240, 360, 480}, (float[]) c.array);
    }

    /** One output row or column is a reduction, and so is a product of integers. */
    @Test
    void dotProductsOfManyBlocks() {
        long n = (long) RowReduction.MOST_RESULTS * BLOCK + BLOCK + 1;
        Tensor dot = Tensor.tensor(0.5).expand(1, n).matmul(Tensor.tensor(0.25).expand(n, 1));
        assertEquals(byRule(0.125f, n), (float) dot.item());
        Tensor integers =
                Tensor.tensor(3L).expand(1, n).matmul(Tensor.tensor(2L).expand(n, 1));
        assertEquals(6 * n, integers.toLongArray()[0]);
    }
}
