package ondol.benchmarks;

import ondol.benchmarks.Engine.Update;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One step of Adam over one parameter, whose gradient stays the same. */
public class AdamUpdate extends EngineBenchmark {
    /** How many elements the parameter has. */
    @Param({"1000", "100000", "10000000"})
    public int elements;

    private Update update;

    /** Normal values and gradients; verifies every element after three steps, each with a larger gradient. */
    @Setup
    public void setUp() {
        float[] values = Data.normal(1, elements);
        float[] gradient = Data.normal(2, elements);
        Engine engine = engine();
        update = present(engine.adam(values.clone()));
        int steps = 3;
        for (int t = 1; t <= steps; t++) {
            float[] larger = gradient.clone();
            for (int i = 0; i < elements; i++) {
                larger[i] *= t;
            }
            update.gradient(larger);
            update.run();
        }
        float[] result = update.parameter();
        checkLength("Adam", result, elements);
        for (int i = 0; i < elements; i++) {
            double expected = adam(values[i], gradient[i], steps, engine.addsEpsilonFirst());
            check("Adam", i, result[i], expected, 5e-7 * (1 + Math.abs(expected)));
        }
        settle(update::run);
    }

    /** Steps with the default settings; the gradient is g, 2 g, 3 g and so on. */
    private static double adam(double p, double g, int steps, boolean epsilonFirst) {
        double m = 0;
        double v = 0;
        double beta1 = 1; // to the power of t
        double beta2 = 1;
        for (int t = 1; t <= steps; t++) {
            m = 0.9 * m + 0.1 * t * g;
            v = 0.999 * v + 0.001 * t * g * t * g;
            beta1 *= 0.9;
            beta2 *= 0.999;
            double correction = Math.sqrt(1 - beta2);
            double epsilon = epsilonFirst ? 1e-8 / correction : 1e-8;
            p -= 0.001 * m / (1 - beta1) / (Math.sqrt(v) / correction + epsilon);
        }
        return p;
    }

    /** The step. */
    @Benchmark
    public void step() {
        update.run();
    }
}
