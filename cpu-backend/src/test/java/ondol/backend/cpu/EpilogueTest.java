package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where an {@link Epilogue} writes, and what {@link MatMulRunner} makes of batches and of outputs that are inputs. */
class EpilogueTest {
    private static final Expr C = Expr.input(0, Type.F32);
    private static final Expr BIAS = Expr.input(1, Type.F32);
    private static final Kernel.MatMul PRODUCT = new Kernel.MatMul(null);
    private static final Kernel.MatMul WITH_BIAS = new Kernel.MatMul(C.mul(2.0).add(BIAS));

    @Test
    void aPartOfSomeRows() {
        long[] shape = {3, 5};
        float[] raw = Views.random(15, 1);
        float[] bias = Views.random(5, 2);
        View unused = Views.rowMajor(new float[0], 3, 0);
        View[] in = {unused, unused, Views.of(bias, shape, 0, 1)};
        View[] out = {Views.of(new float[15], shape, 1, 3)};
        Launch launch = new Launch(WITH_BIAS, shape, 0, in, out, Launch.NO_SCALARS);
        MapPlans plans = new MapPlans(List.of(C.mul(2.0).add(BIAS)), new LoopChoice(false, null));
        Epilogue epilogue = new Epilogue(plans, launch, Views.rowMajor(raw, shape));
        Frame frame = epilogue.begin(new Scratch());
        epilogue.run(frame, 5, 5, 2, 1, 4);
        frame.end();
        float[] expected = new float[15];
        for (int row = 1; row < 3; row++) {
            for (int column = 1; column < 4; column++) {
                expected[column * 3 + row] = raw[row * 5 + column] * 2 + bias[column];
            }
        }
        assertArrayEquals(expected, Views.floats(out[0]));
    }

    /** Element after element of each product of a batch, in row-major order. */
    private static float[] product(float[] a, float[] b, int batch, int m, int k, int n) {
        float[] c = new float[batch * m * n];
        for (int at = 0; at < c.length; at++) {
            int row = at / n;
            for (int p = 0; p < k; p++) {
                c[at] = Math.fma(a[row * k + p], b[(row / m * k + p) * n + at % n], c[at]);
            }
        }
        return c;
    }

    private static void run(Kernel.MatMul kernel, long[] shape, View out, View... in) {
        try (Workers workers = new Workers(3, 0)) {
            for (boolean vector : new boolean[] {false, true}) {
                MatMulRunner runner = new MatMulRunner(new LoopChoice(vector, null), workers);
                runner.run(kernel, new Launch(kernel, shape, 0, in, new View[] {out}, Launch.NO_SCALARS));
            }
        }
    }

    /** Small ones are done by one thread each, large ones by all. */
    @ParameterizedTest
    @ValueSource(ints = {7, 400})
    void batches(int m) {
        float[] a = Views.random(3 * m * 20, 1);
        float[] b = Views.random(3 * 20 * m, 2);
        long[] shape = {3, m, m};
        View out = Views.rowMajor(new float[3 * m * m], shape);
        run(PRODUCT, shape, out, Views.rowMajor(a, 3, m, 20), Views.rowMajor(b, 3, 20, m));
        assertArrayEquals(product(a, b, 3, m, 20, m), Views.floats(out));
    }

    /** The raw product needs memory of its own where columns of the output are apart, or the epilogue reads it. */
    @Test
    void outputsThatCannotTakeTheRawProduct() {
        int m = 30;
        int n = 40;
        float[] a = Views.random(m * 20, 1);
        float[] b = Views.random(20 * n, 2);
        float[] c = product(a, b, 1, m, 20, n);
        long[] shape = {m, n};
        View first = Views.rowMajor(a, m, 20);
        View second = Views.rowMajor(b, 20, n);
        View apart = Views.of(new float[m * n], shape, 1, m);
        run(PRODUCT, shape, apart, first, second);
        for (int row = 0; row < m; row++) {
            assertArrayEquals(Views.every(c, row * n, 1, n), Views.every(Views.floats(apart), row, m, n));
        }
        View own = Views.rowMajor(new float[m * n], shape);
        run(WITH_BIAS, shape, own, first, second, own); // twice: 2 c + 0, then 2 c + that
        for (int k = 0; k < m * n; k++) {
            assertEquals(2 * c[k] + 2 * c[k], Views.floats(own)[k]);
        }
    }

    @Test
    void nothingToDo() {
        View out = Views.rowMajor(new float[0], 0, 4);
        run(
                WITH_BIAS,
                new long[] {0, 4},
                out,
                Views.rowMajor(new float[0], 0, 3),
                Views.rowMajor(new float[12], 3, 4),
                out);
        View zeros = Views.rowMajor(new float[] {1, 2}, 1, 2);
        run(PRODUCT, new long[] {1, 2}, zeros, Views.rowMajor(new float[0], 1, 0), Views.rowMajor(new float[0], 0, 2));
        assertArrayEquals(new float[2], Views.floats(zeros));
    }
}
