package ondol.benchmarks;

import java.util.SplittableRandom;
import ondol.benchmarks.Engine.Lesson;

/** The networks of the lecture whose training step is timed. */
public enum LectureNet {
    /** Section 4: 80 points, Linear(1, 512), ReLU, Linear(512, 1). */
    OVERFITTING(80, 512, 0, true),
    /** Section 5.A: the same with Dropout(0.8) before the last layer. */
    DROPOUT(80, 512, 0.8, true),
    /** Section 5.D: 300 points, Linear(1, 1000), ReLU, Dropout(0.1), Linear(1000, 1) without bias. */
    THOUSAND_RELUS(300, 1000, 0.1, false);

    private final int points;
    private final int hidden;
    private final double dropout;
    private final boolean outputBias;

    LectureNet(int points, int hidden, double dropout, boolean outputBias) {
        this.points = points;
        this.hidden = hidden;
        this.dropout = dropout;
        this.outputBias = outputBias;
    }

    /** How many points are learnt. */
    public int points() {
        return points;
    }

    /** The size of the hidden layer. */
    public int hidden() {
        return hidden;
    }

    /** The share of the hidden layer that dropout takes away; 0 for no dropout. */
    public double dropout() {
        return dropout;
    }

    /** Whether the last layer has a bias. */
    public boolean outputBias() {
        return outputBias;
    }

    /** Evenly spaced points with a little noise, and weights from -1 / sqrt(inputs) to 1 / sqrt(inputs), as Linear's. */
    Lesson lesson() {
        float[] x = new float[points];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) i / (x.length - 1);
        }
        float[] y = Data.normal(5, points).clone();
        for (int i = 0; i < y.length; i++) {
            y[i] *= 0.01f;
        }
        SplittableRandom random = new SplittableRandom(1);
        double bound = 1 / Math.sqrt(hidden);
        float[][] parameters = new float[outputBias ? 4 : 3][];
        parameters[0] = uniform(random, hidden, 1);
        parameters[1] = uniform(random, hidden, 1);
        parameters[2] = uniform(random, hidden, bound);
        if (outputBias) {
            parameters[3] = uniform(random, 1, bound);
        }
        return new Lesson(this, x, y, parameters);
    }

    private static float[] uniform(SplittableRandom random, int n, double bound) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return values;
    }
}
