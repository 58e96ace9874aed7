package ondol.benchmarks;

import java.util.List;
import java.util.SplittableRandom;
import ondol.Scope;
import ondol.Tensor;
import ondol.optim.Adam;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One step of Adam over one parameter, whose gradient stays the same. */
public class AdamUpdate extends DeviceBenchmark {
    /** How many elements the parameter has. */
    @Param({"1000", "100000", "10000000"})
    public int elements;

    private Adam optimizer;

    /** Normal values and gradients; verifies every element after three steps, each with a larger gradient. */
    @Setup
    public void setUp() {
        openDevice();
        SplittableRandom random = new SplittableRandom(1);
        float[] values = normal(random, elements);
        float[] gradient = normal(random, elements);
        int steps = 3;
        float[] result;
        try (var scope = Scope.open()) {
            Tensor parameter = Tensor.parameter(Tensor.tensor(values));
            optimizer = new Adam(List.of(parameter));
            Tensor once = Tensor.tensor(gradient);
            for (int t = 1; t <= steps; t++) {
                parameter.clone().backward(once); // adds to the gradient
                optimizer.step();
            }
            result = parameter.toFloatArray();
        }
        for (int i = 0; i < elements; i++) {
            double expected = adam(values[i], gradient[i], steps);
            check("Adam", i, result[i], expected, 5e-7 * (1 + Math.abs(expected)));
        }
    }

    /** Steps with the default settings; the gradient is g, 2 g, 3 g and so on. */
    private static double adam(double p, double g, int steps) {
        double m = 0;
        double v = 0;
        for (int t = 1; t <= steps; t++) {
            m = 0.9 * m + 0.1 * t * g;
            v = 0.999 * v + 0.001 * t * g * t * g;
            double first = m / (1 - Math.pow(0.9, t));
            double second = v / (1 - Math.pow(0.999, t));
            p -= 0.001 * first / (Math.sqrt(second) + 1e-8);
        }
        return p;
    }

    /** The step. */
    @Benchmark
    public void step() {
        optimizer.step();
        synchronize();
    }
}
