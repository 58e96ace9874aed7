package ondol.benchmarks;

import java.util.SplittableRandom;
import ondol.Generator;
import ondol.Scope;
import ondol.Tensor;
import ondol.kernel.Expr.Keep;
import ondol.nn.Dropout;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One operation on each element of a vector. A copy is the yardstick: it only reads and writes memory. */
public class Pointwise extends DeviceBenchmark {
    private static final long SEED = 1;
    private static final double DROPPED = 0.5;

    /** What is computed. */
    public enum Operation {
        /** A copy of the vector. */
        CLONE,
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

    private Tensor x;
    private Dropout dropout;

    /** A vector of normal values; verifies every element of the result. */
    @Setup
    public void setUp() {
        openDevice();
        float[] values = normal(new SplittableRandom(1), elements);
        x = Tensor.tensor(values);
        dropout = new Dropout(DROPPED, new Generator(SEED));

        float[] result;
        try (var scope = Scope.open()) {
            result = compute().toFloatArray();
        }
        long keep = Keep.start((int) new Generator(SEED).random32());
        for (int i = 0; i < elements; i++) {
            double v = values[i];
            double expected = switch (operation) {
                case CLONE -> v;
                case RELU -> Math.max(v, 0);
                case SIGMOID -> 1 / (1 + Math.exp(-v));
                case EXP -> Math.exp(v);
                case DROPOUT -> keep < Keep.threshold(1 - DROPPED) ? v / (1 - DROPPED) : 0;
            };
            check(operation.name(), i, result[i], expected, 1e-6 * Math.abs(expected));
            keep = keep * Keep.MULTIPLIER % Keep.MODULUS;
        }
    }

    private Tensor compute() {
        return switch (operation) {
            case CLONE -> x.clone();
            case RELU -> x.relu();
            case SIGMOID -> x.sigmoid();
            case EXP -> x.exp();
            case DROPOUT -> dropout.forward(x);
        };
    }

    /** The operation. */
    @Benchmark
    public void pointwise() {
        finish(compute());
    }
}
