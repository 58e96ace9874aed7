package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import ondol.Device;
import ondol.Fused;
import ondol.Index;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.MatmulPrecision;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** cuBLAS's products are the strict ones but for rounding, however the operands lie. */
class VendorMatMulTest {
    private static CudaBackend backend;
    private static Device device;

    private Scope scope;

    @BeforeAll
    static void open() {
        backend = CudaDevice.open();
        device = Device.of("cuda-vendor", backend);
        assumeTrue(device.matmulPrecision(MatmulPrecision.FLOAT32) == MatmulPrecision.FLOAT32, "no cuBLAS");
    }

    @AfterAll
    static void close() {
        if (backend != null) {
            backend.close();
        }
    }

    @BeforeEach
    void openScope() {
        scope = Scope.open();
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }

    private static Tensor random(SplittableRandom random, long... shape) {
        float[] values = new float[(int) Shape.of(shape).numel()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.tensor(values).to(device).reshape(shape);
    }

    /** Compares with the strict product, relative to the sum of the terms' sizes. */
    private static void check(Tensor a, Tensor b, BinaryOperator<Tensor> product) {
        device.matmulPrecision(MatmulPrecision.STRICT);
        float[] expected = product.apply(a, b).toFloatArray();
        float[] sizes = a.abs().matmul(b.abs()).toFloatArray();
        for (MatmulPrecision precision : new MatmulPrecision[] {MatmulPrecision.FLOAT32, MatmulPrecision.TF32}) {
            device.matmulPrecision(precision);
            float[] actual = product.apply(a, b).toFloatArray();
            double bound = precision == MatmulPrecision.TF32 ? 2e-3 : 2e-6;
            for (int i = 0; i < expected.length; i++) {
                int at = i;
                assertEquals(
                        expected[i],
                        actual[i],
                        bound * (1 + sizes[i]),
                        () -> precision + ", element " + at + " of " + a.shape() + " x " + b.shape());
            }
        }
    }

    @Test
    void anyLayoutOfTheOperands() {
        SplittableRandom random = new SplittableRandom(1);
        for (int trial = 0; trial < 60; trial++) {
            int m = random.nextInt(2, 200);
            int n = random.nextInt(2, 200);
            int k = random.nextInt(10, 200);
            check(laidOut(random, m, k, trial % 5), laidOut(random, k, n, trial / 5 % 5), (a, b) -> a.matmul(b));
        }
    }

    /** Contiguous, transposed, with gaps between rows, with gaps within rows, or one row for all. */
    private static Tensor laidOut(SplittableRandom random, int rows, int columns, int layout) {
        return switch (layout) {
            case 0 -> random(random, rows, columns);
            case 1 -> random(random, columns, rows).t();
            case 2 -> random(random, rows, columns + 5).get(Index.all(), Index.range(3, columns + 3));
            case 3 -> random(random, rows, columns, 2).select(2, 1);
            default -> random(random, 1, columns).expand(rows, columns);
        };
    }

    @Test
    void batches() {
        SplittableRandom random = new SplittableRandom(2);
        check(random(random, 4, 40, 50), random(random, 4, 50, 60), (a, b) -> a.matmul(b));
        check(random(random, 2, 3, 40, 50), random(random, 50, 60), (a, b) -> a.matmul(b));
        check(random(random, 40, 50), random(random, 5, 50, 60), (a, b) -> a.matmul(b));
        check(random(random, 3, 1, 40, 50), random(random, 1, 2, 50, 60), (a, b) -> a.matmul(b));
    }

    @Test
    void biasAndActivation() {
        SplittableRandom random = new SplittableRandom(3);
        Tensor bias = random(random, 70);
        check(
                random(random, 90, 80),
                random(random, 80, 70),
                (a, b) -> a.linear(b.t(), bias).relu());
    }

    /** Rows, inner sizes and columns of several axes that are one in memory, as those of a 1 x 1 convolution. */
    @Test
    void severalAxes() {
        SplittableRandom random = new SplittableRandom(5);
        Tensor a = random(random, 3, 20, 60);
        Tensor b = random(random, 3, 60, 70);
        check(
                a,
                b,
                (x, y) -> Fused.matmul(1, 2, x.view(3, 4, 5, 12, 5), y.view(3, 12, 5, 7, 10))
                        .view(3, 20, 70));
        check(a, b, (x, y) -> Fused.matmul(1, 2, x.view(3, 20, 12, 5).permute(0, 1, 3, 2), turned(y))); // not one
    }

    private static Tensor turned(Tensor b) {
        return b.view(3, 12, 5, 70).permute(0, 2, 1, 3);
    }

    @Test
    void whatIsInForceIsSaid() {
        device.matmulPrecision(MatmulPrecision.FLOAT32);
        assertFalse(device.info().strict());
        assertTrue(
                device.info().details().contains("matmul FLOAT32 by cuBLAS"),
                device.info().details());
        device.matmulPrecision(MatmulPrecision.STRICT);
        assertTrue(device.info().strict());
        assertTrue(
                device.info().details().contains("matmul STRICT"), device.info().details());
    }

    @Test
    void strictIsStrict() {
        SplittableRandom random = new SplittableRandom(4);
        Tensor a = random(random, 150, 170);
        Tensor b = random(random, 170, 130);
        device.matmulPrecision(MatmulPrecision.STRICT);
        float[] here = a.matmul(b).toFloatArray();
        Device cpu = Device.of("cpu");
        assertArrayEquals(a.to(cpu).matmul(b.to(cpu)).toFloatArray(), here);
    }
}
