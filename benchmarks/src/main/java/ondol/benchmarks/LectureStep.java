package ondol.benchmarks;

import java.util.SplittableRandom;
import ondol.benchmarks.Engine.Lesson;
import ondol.benchmarks.Engine.Training;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/** One training step of each of the lecture's networks: forward, loss, backward, Adam, zeroGrad. */
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class LectureStep extends EngineBenchmark {
    private static final double LEARNING_RATE = 0.001;

    /** The network. */
    @Param
    public LectureNet net;

    private Training training;

    /** Data and network as in the lecture; verifies the loss without dropout, its gradients, and the first step. */
    @Setup
    public void setUp() {
        Lesson lesson = lesson();
        Engine engine = engine();
        training = present(engine.lecture(lesson));
        double[][] gradients = verifyGradients(lesson);
        training.run();
        verifyStep(lesson, gradients, engine.addsEpsilonFirst() ? 1e-8 / Math.sqrt(0.001) : 1e-8);
        settle(training::run, 2_000_000_000); // of many kernels
    }

    /** Evenly spaced points with a little noise, and weights from -1 / sqrt(inputs) to 1 / sqrt(inputs), as Linear's. */
    private Lesson lesson() {
        float[] x = new float[net.points()];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) i / (x.length - 1);
        }
        float[] y = Data.normal(5, net.points()).clone();
        for (int i = 0; i < y.length; i++) {
            y[i] *= 0.01f;
        }
        SplittableRandom random = new SplittableRandom(1);
        double bound = 1 / Math.sqrt(net.hidden());
        float[][] parameters = new float[net.outputBias() ? 4 : 3][];
        parameters[0] = uniform(random, net.hidden(), 1);
        parameters[1] = uniform(random, net.hidden(), 1);
        parameters[2] = uniform(random, net.hidden(), bound);
        if (net.outputBias()) {
            parameters[3] = uniform(random, 1, bound);
        }
        return new Lesson(net, x, y, parameters);
    }

    private static float[] uniform(SplittableRandom random, int n, double bound) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return values;
    }

    private double[][] verifyGradients(Lesson lesson) {
        int points = net.points();
        int hidden = net.hidden();
        float[] w1 = lesson.parameters()[0];
        float[] b1 = lesson.parameters()[1];
        float[] w2 = lesson.parameters()[2];
        float b2 = net.outputBias() ? lesson.parameters()[3][0] : 0;
        double expectedLoss = 0;
        double[][] gradients = {new double[hidden], new double[hidden], new double[hidden], new double[1]};
        for (int i = 0; i < points; i++) {
            double in = lesson.x()[i];
            double[] h = new double[hidden];
            double out = b2;
            for (int j = 0; j < hidden; j++) {
                h[j] = Math.max(in * w1[j] + b1[j], 0);
                out += h[j] * w2[j];
            }
            double apart = out - lesson.y()[i];
            expectedLoss += apart * apart / points;
            double g = 2 * apart / points;
            for (int j = 0; j < hidden; j++) {
                double into = h[j] > 0 ? g * w2[j] : 0;
                gradients[0][j] += into * in;
                gradients[1][j] += into;
                gradients[2][j] += g * h[j];
            }
            gradients[3][0] += g;
        }

        check("the loss", 0, training.loss(), expectedLoss, 1e-5 * expectedLoss);
        float[][] actual = training.gradients();
        for (int p = 0; p < lesson.parameters().length; p++) {
            checkLength("a gradient", actual[p], lesson.parameters()[p].length);
            for (int j = 0; j < actual[p].length; j++) {
                check("the gradient of parameter " + p, j, actual[p][j], gradients[p][j], 1e-6);
            }
        }
        return gradients;
    }

    /** Adam's first step is the learning rate against the gradient's sign; with dropout the gradient may also be 0. */
    private void verifyStep(Lesson lesson, double[][] gradients, double epsilon) {
        float[][] after = training.parameters();
        for (int p = 0; p < lesson.parameters().length; p++) {
            for (int j = 0; j < after[p].length; j++) {
                double before = lesson.parameters()[p][j];
                double moved = after[p][j] - before;
                if (net.dropout() > 0) {
                    check("the step of parameter " + p, j, moved, 0, 1.001 * LEARNING_RATE);
                } else if (Math.abs(gradients[p][j]) > 1e-4) {
                    double expected = -LEARNING_RATE * gradients[p][j] / (Math.abs(gradients[p][j]) + epsilon);
                    check("the step of parameter " + p, j, moved, expected, 1e-3 * LEARNING_RATE);
                }
            }
        }
    }

    /** The step. */
    @Benchmark
    public void step() {
        training.run();
    }
}
