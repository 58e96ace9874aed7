package ondol.benchmarks;

import java.util.SplittableRandom;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The product of two matrices [m, k] and [k, n]. GFLOP/s are 2 m k n / 1000 / microseconds. */
public class MatMul extends DeviceBenchmark {
    /** Relative to the sum of the products' magnitudes: ten times what rounding in FLOAT32 causes. */
    private static final double TOLERANCE = 1e-6;

    /** n for a square, or mxkxn; then the operands that are transposed views, if any: -tA, -tB, -tAB. */
    @Param({"64", "128", "256", "512", "1024", "2048", "63", "257", "1000x333x777", "512-tA", "512-tB", "512-tAB"})
    public String shape;

    private Tensor a;
    private Tensor b;

    /** Two matrices of normal values; verifies 50 random elements of their product, and the last. */
    @Setup
    public void setUp() {
        openDevice();
        String transposed = shape.contains("-t") ? shape.substring(shape.indexOf("-t") + 2) : "";
        String[] sizes = shape.replaceFirst("-t.*", "").split("x", -1);
        int m = Integer.parseInt(sizes[0]);
        int k = sizes.length == 1 ? m : Integer.parseInt(sizes[1]);
        int n = sizes.length == 1 ? m : Integer.parseInt(sizes[2]);
        SplittableRandom random = new SplittableRandom(1);
        float[] left = normal(random, m * k);
        float[] right = normal(random, k * n);
        a = matrix(left, m, k, transposed.contains("A"));
        b = matrix(right, k, n, transposed.contains("B"));

        float[] product;
        try (var scope = Scope.open()) {
            product = a.matmul(b).toFloatArray();
        }
        verify(product.length - 1, product, left, right, k, n);
        for (int i = 0; i < 50; i++) {
            verify(random.nextInt(product.length), product, left, right, k, n);
        }
    }

    /** The matrix of these values; transposed, it is a view of memory in which they are column by column. */
    private static Tensor matrix(float[] values, int rows, int columns, boolean transposed) {
        if (!transposed) {
            return Tensor.tensor(values, Shape.of(rows, columns));
        }
        float[] byColumn = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            byColumn[i % columns * rows + i / columns] = values[i];
        }
        return Tensor.tensor(byColumn, Shape.of(columns, rows)).t();
    }

    private void verify(int index, float[] product, float[] left, float[] right, int k, int n) {
        double sum = 0;
        double magnitude = 0;
        for (int i = 0; i < k; i++) {
            double term = (double) left[index / n * k + i] * right[i * n + index % n];
            sum += term;
            magnitude += Math.abs(term);
        }
        check("matmul", index, product[index], sum, TOLERANCE * magnitude);
    }

    /** The product. */
    @Benchmark
    public void matmul() {
        finish(a.matmul(b));
    }
}
