package ondol.benchmarks;

import ondol.benchmarks.Engine.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * One operation on each element of a vector. A copy is the yardstick: it only reads and writes memory. With 1000 elements
 * it is what one small operation costs.
 */
public class Pointwise extends EngineBenchmark {
    /** The share of elements that dropout takes away. */
    public static final double DROPPED = 0.5;

    /** The operation. */
    public enum Operation {
        /** A copy of the vector. */
        CLONE,
        /** The sum of two vectors. */
        ADD,
        /** The larger of x and 0. */
        RELU,
        /** 1 / (1 + exp(-x)). */
        SIGMOID,
        /** The exponential. */
        EXP,
        /** Dropout in training mode, of half the elements. */
        DROPOUT
    }

    /** The operation. */
    @Param
    public Operation operation;

    /** How many elements. */
    @Param({"1000", "100000", "10000000"})
    public int elements;

    private Work work;

    /** A vector of normal values; verifies every element of the result. */
    @Setup
    public void setUp() {
        float[] x = Data.normal(1, elements);
        float[] y = Data.normal(2, elements);
        Engine engine = engine();
        work = present(engine.pointwise(operation, x, y));
        float[] result = work.result();
        checkLength(operation.name(), result, elements);
        if (operation == Operation.DROPOUT) {
            boolean[] kept = engine.kept(elements);
            verifyDropout(x, kept == null ? keptByChance(x, result) : kept, result);
            settle(work::run);
            return;
        }
        for (int i = 0; i < elements; i++) {
            double v = x[i];
            double expected = switch (operation) {
                case CLONE -> v;
                case ADD -> v + y[i];
                case RELU -> Math.max(v, 0);
                case SIGMOID -> 1 / (1 + Math.exp(-v));
                case EXP -> Math.exp(v);
                case DROPOUT -> throw new AssertionError();
            };
            check(operation.name(), i, result[i], expected, 1e-6 * Math.abs(expected));
        }
        settle(work::run);
    }

    private void verifyDropout(float[] x, boolean[] kept, float[] result) {
        for (int i = 0; i < elements; i++) {
            double expected = kept[i] ? x[i] / (1 - DROPPED) : 0;
            check("DROPOUT", i, result[i], expected, 1e-6 * Math.abs(expected));
        }
    }

    /** The elements that are not 0; fails unless they are as many as chance allows: five standard deviations. */
    private boolean[] keptByChance(float[] x, float[] result) {
        boolean[] kept = new boolean[elements];
        int count = 0;
        for (int i = 0; i < elements; i++) {
            kept[i] = result[i] != 0 || x[i] == 0;
            count += kept[i] ? 1 : 0;
        }
        double expected = elements * (1 - DROPPED);
        check("what DROPOUT keeps", 0, count, expected, 5 * Math.sqrt(expected * DROPPED));
        return kept;
    }

    /** The operation. */
    @Benchmark
    public void pointwise() {
        work.run();
    }
}
