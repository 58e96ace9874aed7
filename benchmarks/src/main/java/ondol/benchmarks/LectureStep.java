package ondol.benchmarks;

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
        Lesson lesson = net.lesson();
        Engine engine = engine();
        training = present(engine.lecture(lesson));
        double[][] gradients = verifyGradients(lesson);
        training.run();
        verifyStep(lesson, gradients, engine.addsEpsilonFirst() ? 1e-8 / Math.sqrt(0.001) : 1e-8);
        settle(training::run, 2_000_000_000); // of many kernels
    }

    private double[][] verifyGradients(Lesson lesson) {
        double[][] gradients = new double[4][];
        double expectedLoss = lossInLoops(lesson, gradients);
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

    /** The loss without dropout before the first step, in double precision, and its gradients. */
    static double lossInLoops(Lesson lesson, double[][] gradients) {
        LectureNet net = lesson.net();
        int points = net.points();
        int hidden = net.hidden();
        float[] w1 = lesson.parameters()[0];
        float[] b1 = lesson.parameters()[1];
        float[] w2 = lesson.parameters()[2];
        float b2 = net.outputBias() ? lesson.parameters()[3][0] : 0;
        double loss = 0;
        for (int p = 0; p < 4; p++) {
            gradients[p] = new double[p == 3 ? 1 : hidden];
        }
        for (int i = 0; i < points; i++) {
            double in = lesson.x()[i];
            double[] h = new double[hidden];
            double out = b2;
            for (int j = 0; j < hidden; j++) {
                h[j] = Math.max(in * w1[j] + b1[j], 0);
                out += h[j] * w2[j];
            }
            double apart = out - lesson.y()[i];
            loss += apart * apart / points;
            double g = 2 * apart / points;
            for (int j = 0; j < hidden; j++) {
                double into = h[j] > 0 ? g * w2[j] : 0;
                gradients[0][j] += into * in;
                gradients[1][j] += into;
                gradients[2][j] += g * h[j];
            }
            gradients[3][0] += g;
        }
        return loss;
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
