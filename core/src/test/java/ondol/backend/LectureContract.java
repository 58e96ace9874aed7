package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.Supplier;
import ondol.Ondol;
import ondol.Tensor;
import ondol.nn.Dropout;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.junit.jupiter.api.Test;

/**
 * The lecture's networks, trained on a device and on the CPU in pure Java: the same bits. A backend's module runs it with a
 * subclass of one method.
 */
public abstract class LectureContract extends SameBits {
    private static final int LOSSES = 10;

    @Test
    void line() {
        check(100, 200, 0.1, () -> new Linear(1, 1));
    }

    @Test
    void overfitting() {
        check(80, 200, 0.001, () -> new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1)));
    }

    @Test
    void dropout() {
        check(
                80,
                1000,
                0.001,
                () -> new Sequential(new Linear(1, 512), new ReLU(), new Dropout(0.8), new Linear(512, 1)));
    }

    @Test
    void thousandRelus() {
        check(
                300,
                50,
                0.001,
                () -> new Sequential(new Linear(1, 1000), new ReLU(), new Dropout(0.1), new Linear(1000, 1, false)));
    }

    private void check(int points, int epochs, double rate, Supplier<Layer> net) {
        float[] losses = assertSameBits(() -> train(points, epochs, rate, net)).get("losses");
        assertTrue(losses[LOSSES - 1] < losses[0], "nothing was learned");
    }

    /** The loss now and then, and every parameter. */
    private static Map<String, float[]> train(int points, int epochs, double rate, Supplier<Layer> architecture) {
        Ondol.manualSeed(5);
        Tensor x = Tensor.linspace(0, 1, points).reshape(points, 1);
        Tensor y = Tensor.randn(points, 1).mul(0.01);
        Ondol.manualSeed(1);
        Layer net = architecture.get();
        MSELoss lossFunction = new MSELoss();
        Adam optimizer = new Adam(net.parameters(), rate);
        float[] losses = new float[LOSSES];
        for (int epoch = 0; epoch < epochs; epoch++) {
            Tensor loss = lossFunction.forward(net.forward(x), y);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
            if (epoch % (epochs / LOSSES) == 0) {
                losses[epoch / (epochs / LOSSES)] = (float) loss.item();
            }
        }
        return results(losses, net.namedParameters());
    }
}
