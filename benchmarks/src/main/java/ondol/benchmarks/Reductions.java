package ondol.benchmarks;

import ondol.benchmarks.Engine.Matrix;
import ondol.benchmarks.Engine.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Sums and softmax of a matrix with rows of 1000 elements, or of 100 if that is all of it. */
public class Reductions extends EngineBenchmark {
    /** The reduction. */
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
    @Param({"1000", "100000", "10000000"})
    public int elements;

    private Work work;

    /** A matrix of quarters from -4 to 4, whose sums are exact in any order; verifies every element of the result. */
    @Setup
    public void setUp() {
        int columns = elements > 1000 ? 1000 : 100;
        int rows = elements / columns;
        float[] values = Data.quarters(rows * columns);
        work = present(engine().reduction(operation, new Matrix(rows, columns, values, false)));
        float[] result = work.result();
        double sum = 0;
        double[] rowSums = new double[rows];
        double[] columnSums = new double[columns];
        for (int i = 0; i < values.length; i++) {
            sum += values[i];
            rowSums[i / columns] += values[i];
            columnSums[i % columns] += values[i];
        }
        switch (operation) {
            case SUM -> verify(result, 0, sum);
            case SUM_INNER -> verify(result, 0, rowSums);
            case SUM_OUTER -> verify(result, 0, columnSums);
            case SOFTMAX -> verify(result, 1e-5, softmax(values, columns));
        }
        settle(work::run);
    }

    private static double[] softmax(float[] values, int columns) {
        double[] result = new double[values.length];
        double[] sums = new double[values.length / columns];
        for (int i = 0; i < result.length; i++) {
            result[i] = Math.exp(values[i]);
            sums[i / columns] += result[i];
        }
        for (int i = 0; i < result.length; i++) {
            result[i] /= sums[i / columns];
        }
        return result;
    }

    private void verify(float[] result, double tolerance, double... expected) {
        checkLength(operation.name(), result, expected.length);
        for (int i = 0; i < expected.length; i++) {
            check(operation.name(), i, result[i], expected[i], tolerance * expected[i]);
        }
    }

    /** The operation. */
    @Benchmark
    public void reduce() {
        work.run();
    }
}
