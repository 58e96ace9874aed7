package ondol.backend.cpu;

import static ondol.kernel.Kernel.Scan.GROUP;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link ScannedRows}, with the {@link ScanLoops} of a {@link FloatScan} or a {@link LongScan}, along rows and across them. */
class ScannedRowsTest {
    private static float combine(ReduceOp op, float a, float b) {
        return op == ReduceOp.SUM ? a + b : a * b;
    }

    /** What comes before each of some values, by the rule of {@link Kernel.Scan}; with the value itself if it is included. */
    private static float[] byRule(ReduceOp op, float[] values, boolean included) {
        float first = op == ReduceOp.SUM ? 0 : 1;
        int groups = Math.ceilDiv(values.length, GROUP);
        float[] before = {first};
        if (groups > 1) {
            float[] totals = new float[groups];
            for (int g = 0; g < groups; g++) {
                totals[g] = first;
                for (int k = g * GROUP; k < Math.min(values.length, (g + 1) * GROUP); k++) {
                    totals[g] = combine(op, totals[g], values[k]);
                }
            }
            before = byRule(op, totals, false);
        }
        float[] results = new float[values.length];
        float chain = first;
        for (int k = 0; k < values.length; k++) {
            chain = k % GROUP == 0 ? first : chain;
            float next = combine(op, chain, values[k]);
            results[k] = combine(op, before[k / GROUP], included ? next : chain);
            chain = next;
        }
        return results;
    }

    private static void scan(Kernel.Scan kernel, View in, View out) {
        try (Workers workers = new Workers(3, 0)) {
            Launch launch = new Launch(kernel, in.shape(), 0, new View[] {in}, new View[] {out}, Launch.NO_SCALARS);
            ScannedRows.scan(kernel, launch, workers);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 256, 257, 300, 4096, 4097, 9000, 70_000})
    void floats(int n) {
        int rows = 6;
        float[] values = FoldsTest.values(rows * n);
        long[] shape = {rows, n};
        for (ReduceOp op : new ReduceOp[] {ReduceOp.SUM, ReduceOp.PROD}) {
            Kernel.Scan kernel = new Kernel.Scan(Type.F32, op);
            View alongRows = Views.rowMajor(new float[rows * n], shape);
            View mixed = Views.of(new float[rows * n], shape, 1, rows);
            View across = Views.of(new float[rows * n], shape, 1, rows);
            scan(kernel, Views.rowMajor(values, shape), alongRows);
            scan(kernel, Views.rowMajor(values, shape), mixed);
            scan(kernel, Views.of(values, shape, 1, rows), across);
            for (int row = 0; row < rows; row++) {
                float[] expected = byRule(op, Views.every(values, row * n, 1, n), true);
                assertArrayEquals(expected, Views.every(Views.floats(alongRows), row * n, 1, n));
                assertArrayEquals(expected, Views.every(Views.floats(mixed), row, rows, n));
                expected = byRule(op, Views.every(values, row, rows, n), true);
                assertArrayEquals(expected, Views.every(Views.floats(across), row, rows, n));
            }
        }
    }

    /** More rows than go side by side. */
    @Test
    void manyColumns() {
        int rows = 600;
        int n = 4100;
        float[] values = Views.random(rows * n, 1);
        long[] shape = {rows, n};
        View out = Views.of(new float[rows * n], shape, 1, rows);
        scan(new Kernel.Scan(Type.F32, ReduceOp.SUM), Views.of(values, shape, 1, rows), out);
        for (int row = 0; row < rows; row += 37) {
            float[] expected = byRule(ReduceOp.SUM, Views.every(values, row, rows, n), true);
            assertArrayEquals(expected, Views.every(Views.floats(out), row, rows, n));
        }
    }

    /** Which wrap around. */
    @ParameterizedTest
    @EnumSource(names = {"SUM", "PROD"})
    void longs(ReduceOp op) {
        int n = 5000;
        long[] values = new long[6 * n];
        for (int k = 0; k < values.length; k++) {
            values[k] = (2L * k + 1) << 20 | 1;
        }
        long[] shape = {6, n};
        View alongRows = Views.rowMajor(new long[6 * n], shape);
        View across = Views.of(new long[6 * n], shape, 1, 6);
        scan(new Kernel.Scan(Type.I64, op), Views.rowMajor(values, shape), alongRows);
        scan(new Kernel.Scan(Type.I64, op), Views.rowMajor(values, shape), across);
        for (int row = 0; row < 6; row++) {
            long expected = op == ReduceOp.SUM ? 0 : 1;
            for (int k = 0; k < n; k++) {
                long value = values[row * n + k];
                expected = op == ReduceOp.SUM ? expected + value : expected * value;
                assertEquals(expected, ((long[]) Views.array(alongRows))[row * n + k]);
                assertEquals(expected, ((long[]) Views.array(across))[row + k * 6]);
            }
        }
    }

    /** The totals of one row are those of a column of that many. */
    @Test
    void totals() {
        float[] values = FoldsTest.values(ScannedRows.BLOCK * 2);
        for (ReduceOp op : new ReduceOp[] {ReduceOp.SUM, ReduceOp.PROD}) {
            float[] out = new float[8];
            FloatScan loops = new FloatScan(op, values, out, 5);
            loops.totalOfRow(1, 2, 3000, 1);
            loops.totalsOfColumns(new Scratch(), 0, 1, 2, 2, 3000, 3); // of columns 0 and 1
            loops.row(0, 1, 0, 1, 1, 1);
            loops.row(0, 1, 1, 1, 1, 4);
            assertEquals(out[0], out[1]);
            loops.before(1, 3, 2); // slots 1 and 4
            loops.row(0, 1, 2, 1, 1, 1);
            loops.row(0, 1, 3, 1, 1, ScanLoops.NOTHING);
            loops.row(0, 1, 4, 1, 1, 4);
            assertEquals(out[3], out[2]);
            assertEquals(out[0], out[4]);
        }
    }
}
