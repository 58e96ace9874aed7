package ondol.benchmarks;

import java.util.SplittableRandom;
import ondol.benchmarks.Engine.Matrix;
import ondol.benchmarks.Engine.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The product of two matrices [m, k] and [k, n]. GFLOP/s are 2 m k n / 1000 / microseconds. */
public class MatMul extends EngineBenchmark {
    /** n for a square, or mxkxn; then the operands that are transposed views, if any: -tA, -tB, -tAB. */
    @Param({
        "64",
        "128",
        "256",
        "512",
        "1024",
        "2048",
        "4096",
        "1000x64x1000",
        "512-tA",
        "512-tB",
        "512-tAB",
        "63",
        "257",
        "1000x333x777"
    })
    public String shape;

    private Work work;
    private double tolerance;

    /** Two matrices of normal values; verifies 51 elements of their product, and all of it through a vector. */
    @Setup
    public void setUp() {
        String transposed = shape.contains("-t") ? shape.substring(shape.indexOf("-t") + 2) : "";
        String[] sizes = shape.replaceFirst("-t.*", "").split("x", -1);
        int m = Integer.parseInt(sizes[0]);
        int k = sizes.length == 1 ? m : Integer.parseInt(sizes[1]);
        int n = sizes.length == 1 ? m : Integer.parseInt(sizes[2]);
        float[] left = Data.normal(1, m * k);
        float[] right = Data.normal(2, k * n);
        Engine engine = engine();
        tolerance = engine.matmulTolerance();
        work = present(engine.matmul(
                new Matrix(m, k, left, transposed.contains("A")), new Matrix(k, n, right, transposed.contains("B"))));
        float[] product = work.result();
        checkLength("matmul", product, m * n);
        SplittableRandom random = new SplittableRandom(3);
        verify(product.length - 1, product, left, right, k, n);
        for (int i = 0; i < 50; i++) {
            verify(random.nextInt(product.length), product, left, right, k, n);
        }
        verifyRows(product, left, right, random, m, k, n);
        settle(work::run, 1_000_000_000);
    }

    private void verify(int index, float[] product, float[] left, float[] right, int k, int n) {
        double sum = 0;
        double magnitude = 0;
        for (int i = 0; i < k; i++) {
            double term = (double) left[index / n * k + i] * right[i * n + index % n];
            sum += term;
            magnitude += Math.abs(term);
        }
        check("matmul", index, product[index], sum, tolerance * magnitude);
    }

    /** Freivalds' check: (A B) v is A (B v), for a vector of random signs. */
    private void verifyRows(
            float[] product, float[] left, float[] right, SplittableRandom random, int m, int k, int n) {
        double[] signs = new double[n];
        double[] ones = new double[n];
        for (int i = 0; i < n; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
            ones[i] = 1;
        }
        double[] actual = times(product, m, n, signs, false);
        double[] expected = times(left, m, k, times(right, k, n, signs, false), false);
        double[] magnitude = times(left, m, k, times(right, k, n, ones, true), true);
        for (int row = 0; row < m; row++) {
            check("a row of matmul, times a vector,", row, actual[row], expected[row], tolerance * magnitude[row]);
        }
    }

    /** The product of a matrix, or of its magnitudes, and a vector. */
    private static double[] times(float[] matrix, int rows, int columns, double[] vector, boolean magnitudes) {
        double[] result = new double[rows];
        for (int r = 0; r < rows; r++) {
            double sum = 0;
            for (int c = 0; c < columns; c++) {
                double element = matrix[r * columns + c];
                sum += (magnitudes ? Math.abs(element) : element) * vector[c];
            }
            result[r] = sum;
        }
        return result;
    }

    /** The product. */
    @Benchmark
    public void matmul() {
        work.run();
    }
}
