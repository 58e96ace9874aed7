package ondol.benchmarks;

import java.util.SplittableRandom;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Sums and softmax of a matrix with rows of 1000 elements. */
public class Reductions extends DeviceBenchmark {
    private static final int COLUMNS = 1000;

    /** What is computed. */
    public enum Operation {
        /** The sum of all elements. */
        SUM,
        /** The sum of each row: along memory. */
        SUM_INNER,
        /** The sum of each column: across memory. */
        SUM_OUTER,
        /** The softmax of each row. */
        SOFTMAX
    }

    /** The operation. */
    @Param
    public Operation operation;

    /** How many elements. */
    @Param({"100000", "10000000"})
    public int elements;

    private Tensor x;

    /** A matrix of quarters from -4 to 4, whose sums are exact in any order; verifies every element of the result. */
    @Setup
    public void setUp() {
        openDevice();
        SplittableRandom random = new SplittableRandom(1);
        int rows = elements / COLUMNS;
        float[] values = new float[rows * COLUMNS];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(-16, 17) / 4f;
        }
        x = Tensor.tensor(values, Shape.of(rows, COLUMNS));

        float[] result;
        try (var scope = Scope.open()) {
            result = compute().toFloatArray();
        }
        double sum = 0;
        double[] rowSums = new double[rows];
        double[] columnSums = new double[COLUMNS];
        double[] rowExponentials = new double[rows];
        for (int i = 0; i < values.length; i++) {
            sum += values[i];
            rowSums[i / COLUMNS] += values[i];
            columnSums[i % COLUMNS] += values[i];
            rowExponentials[i / COLUMNS] += Math.exp(values[i]);
        }
        switch (operation) {
            case SUM -> verify(result, 0, sum);
            case SUM_INNER -> verify(result, 0, rowSums);
            case SUM_OUTER -> verify(result, 0, columnSums);
            case SOFTMAX -> {
                double[] expected = new double[values.length];
                for (int i = 0; i < values.length; i++) {
                    expected[i] = Math.exp(values[i]) / rowExponentials[i / COLUMNS];
                }
                verify(result, 1e-5, expected);
            }
        }
    }

    private void verify(float[] result, double tolerance, double... expected) {
        for (int i = 0; i < expected.length; i++) {
            check(operation.name(), i, result[i], expected[i], tolerance * expected[i]);
        }
    }

    private Tensor compute() {
        return switch (operation) {
            case SUM -> x.sum();
            case SUM_INNER -> x.sum(1);
            case SUM_OUTER -> x.sum(0);
            case SOFTMAX -> x.softmax(1);
        };
    }

    /** The operation. */
    @Benchmark
    public void reduce() {
        finish(compute());
    }
}
