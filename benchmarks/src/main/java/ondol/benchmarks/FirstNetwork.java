package ondol.benchmarks;

import ondol.Device;
import ondol.Ondol;
import ondol.Tensor;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/** The lecture's first network, 200 steps of it: what {@link ColdStart} starts a JVM for. */
public final class FirstNetwork {
    static final int POINTS = 100;
    static final int STEPS = 200;
    static final double LR = 0.1;

    private FirstNetwork() {}

    /** The same points for both programs: {@code y = 4 x + 2.5} and some noise. */
    static float[][] points() {
        float[] x = Data.normal(1, POINTS);
        float[] y = Data.normal(2, POINTS).clone();
        for (int i = 0; i < POINTS; i++) {
            y[i] = 4 * x[i] + 2.5f + 0.5f * y[i];
        }
        return new float[][] {x, y};
    }

    /** Trains, and prints the weight and the bias. */
    public static void main(String[] args) {
        Ondol.setDefaultDevice(Device.of("cpu"));
        Ondol.manualSeed(1);
        float[][] points = points();
        Tensor x = Tensor.tensor(points[0]).reshape(-1, 1);
        Tensor y = Tensor.tensor(points[1]).reshape(-1, 1);
        Linear layer = new Linear(1, 1);
        Sequential net = new Sequential(layer);
        MSELoss lossFunction = new MSELoss();
        Adam optimizer = new Adam(net.parameters(), LR);
        for (int step = 0; step < STEPS; step++) {
            Tensor loss = lossFunction.forward(net.forward(x), y);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
        }
        System.out.println(layer.weight().item() + " " + layer.bias().item());
    }

    /** The same arithmetic in loops. */
    public static final class InPlainLoops {
        private InPlainLoops() {}

        /** Trains, and prints the weight and the bias. */
        public static void main(String[] args) {
            float[] x = points()[0];
            float[] y = points()[1];
            float[] p = {0.5f, -0.5f};
            float[] m = new float[2];
            float[] v = new float[2];
            for (int step = 1; step <= STEPS; step++) {
                float[] g = new float[2];
                for (int i = 0; i < POINTS; i++) {
                    float apart = 2f / POINTS * (p[0] * x[i] + p[1] - y[i]);
                    g[0] += apart * x[i];
                    g[1] += apart;
                }
                double first = 1 - Math.pow(0.9, step);
                double second = Math.sqrt(1 - Math.pow(0.999, step));
                for (int k = 0; k < 2; k++) {
                    m[k] += 0.1f * (g[k] - m[k]);
                    v[k] = v[k] * 0.999f + 0.001f * g[k] * g[k];
                    p[k] += (float) (-LR / first) * m[k] / ((float) Math.sqrt(v[k]) / (float) second + 1e-8f);
                }
            }
            System.out.println(p[0] + " " + p[1]);
        }
    }
}
