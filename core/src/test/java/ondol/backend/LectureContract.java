package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import ondol.Device;
import ondol.Ondol;
import ondol.Tensor;
import ondol.nn.Dropout;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The lecture's networks, trained on a device and on the CPU in pure Java: the same bits. A backend's module runs it with a
 * subclass of one method.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class LectureContract {
    private static final int LOSSES = 10;

    private final Device before = Ondol.defaultDevice();
    private Backend backend;
    private Device device;

    /** Opens the backend under test. Aborts if there is no device. */
    protected abstract Backend open();

    @BeforeAll
    final void openDevice() {
        backend = open();
        device = device(getClass().getSimpleName(), backend);
    }

    /** The device over the backend under test. */
    protected Device device(String name, Backend backend) {
        return Device.of(name, backend);
    }

    @AfterAll
    final void close() {
        if (backend != null) {
            backend.close();
        }
    }

    @AfterEach
    void restore() {
        Ondol.setDefaultDevice(before);
    }

    @Test
    void line() {
        assertSameBits(100, 200, 0.1, () -> new Linear(1, 1));
    }

    @Test
    void overfitting() {
        assertSameBits(80, 200, 0.001, () -> new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1)));
    }

    @Test
    void dropout() {
        assertSameBits(
                80,
                1000,
                0.001,
                () -> new Sequential(new Linear(1, 512), new ReLU(), new Dropout(0.8), new Linear(512, 1)));
    }

    @Test
    void thousandRelus() {
        assertSameBits(
                300,
                50,
                0.001,
                () -> new Sequential(new Linear(1, 1000), new ReLU(), new Dropout(0.1), new Linear(1000, 1, false)));
    }

    private void assertSameBits(int points, int epochs, double rate, Supplier<Layer> net) {
        List<float[]> expected = train(Device.of("cpu"), points, epochs, rate, net);
        List<float[]> actual = train(device, points, epochs, rate, net);
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            String what = i == 0 ? "losses" : "parameter " + i;
            assertArrayEquals(bits(expected.get(i)), bits(actual.get(i)), what);
        }
        float[] losses = expected.getFirst();
        assertTrue(losses[LOSSES - 1] < losses[0], "nothing was learned");
    }

    private static int[] bits(float[] values) {
        return IntStream.range(0, values.length)
                .map(i -> Float.floatToRawIntBits(values[i]))
                .toArray();
    }

    /** The loss now and then, and then every parameter. */
    private static List<float[]> train(Device on, int points, int epochs, double rate, Supplier<Layer> architecture) {
        Ondol.setDefaultDevice(on);
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
        List<float[]> results = new ArrayList<>(List.of(losses));
        net.parameters().forEach(p -> results.add(p.toFloatArray()));
        return results;
    }
}
