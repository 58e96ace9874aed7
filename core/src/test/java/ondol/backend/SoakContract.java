package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import ondol.Device;
import ondol.MemoryStats;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Training as one writes it without a thought for memory, on a device whose memory Java's collector knows nothing of: no
 * scope, nothing closed. It must run for ever in 256 MB, though each step makes several tensors of 1 MB.
 * {@code -Dondol.soak.steps=100000} runs it longer and prints the curve. A backend's module runs it with a subclass of one
 * method.
 */
public abstract class SoakContract {
    private static final int STEPS = Integer.getInteger("ondol.soak.steps", 1500);
    private static final boolean LONG = STEPS >= 10_000;
    private static final int SAMPLES = 20;
    private static final int POINTS = 256;
    private static final int HIDDEN = 1024;
    private static final double MB = 1 << 20;
    private static final AtomicInteger DEVICES = new AtomicInteger();

    private final Device before = Ondol.defaultDevice();
    private Backend backend;
    private Device device;
    private Tensor x;
    private Tensor y;

    /** Opens the backend under test. Aborts if there is no device. */
    protected abstract Backend open();

    @BeforeEach
    final void makeDefault() {
        backend = open();
        device = Limits.device(getClass().getSimpleName() + DEVICES.incrementAndGet(), backend, "256MB");
        Ondol.setDefaultDevice(device);
        Ondol.manualSeed(1);
        assertEquals(256 << 20, device.memoryStats().limit());
        x = Tensor.linspace(-1, 1, POINTS).reshape(POINTS, 1);
        y = x.square();
    }

    @AfterEach
    final void restore() {
        Ondol.setDefaultDevice(before);
        if (backend != null) {
            backend.close();
        }
    }

    /** A step of training. */
    private interface Step {
        /** Gives the loss before it. */
        Tensor run();
    }

    private void soak(String name, Step step) {
        if (LONG) {
            System.out.println(name + "\n    step   heap MB  in use MB  pooled MB       loss");
        }
        double first = step.run().item();
        double last = first;
        for (int i = 1; i <= STEPS; i++) {
            Tensor loss = step.run();
            MemoryStats stats = device.memoryStats();
            assertTrue(stats.inUse() + stats.pooled() <= stats.limit(), () -> stats.toString());
            if (i % (STEPS / SAMPLES) == 0) {
                last = loss.item();
                if (LONG) {
                    Runtime java = Runtime.getRuntime();
                    System.out.printf(
                            Locale.ROOT,
                            "%8d %9.1f %10.1f %10.1f %10.2e%n",
                            i,
                            (java.totalMemory() - java.freeMemory()) / MB,
                            stats.inUse() / MB,
                            stats.pooled() / MB,
                            last);
                }
            }
        }
        assertTrue(last < first / 10, "the loss was " + first + " and is " + last);
    }

    @Test
    void modules() {
        Sequential net = new Sequential(new Linear(1, HIDDEN), new ReLU(), new Linear(HIDDEN, 1));
        MSELoss lossFunction = new MSELoss();
        Adam optimizer = new Adam(net.parameters());
        soak("modules", () -> {
            Tensor loss = lossFunction.forward(net.forward(x), y);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
            return loss;
        });
    }

    @Test
    void byHand() {
        ByHand net = new ByHand();
        soak("by hand", () -> {
            Tensor loss = net.loss(net.hidden(x), y);
            loss.backward();
            try (var _ = Autograd.noGrad()) {
                for (Tensor p : net.parameters) {
                    p.addInPlace(p.grad().mul(-0.02));
                    p.zeroGrad();
                }
            }
            return loss;
        });
    }

    /** Without modules, which close what they can. */
    private static final class ByHand {
        final Tensor w1 = Tensor.randn(1, HIDDEN).requiresGrad(true);
        final Tensor b1 = Tensor.randn(HIDDEN).requiresGrad(true);
        final Tensor w2 = Tensor.randn(HIDDEN, 1).mul(0.03).detach().requiresGrad(true);
        final Tensor b2 = Tensor.zeros(1).requiresGrad(true);
        final List<Tensor> parameters = List.of(w1, b1, w2, b2);

        Tensor hidden(Tensor x) {
            return x.matmul(w1).add(b1).relu();
        }

        Tensor loss(Tensor hidden, Tensor y) {
            return hidden.matmul(w2).add(b2).sub(y).square().mean();
        }
    }

    /** The same, if somebody holds what each step makes: it is these tensors that the collector gives back. */
    @Test
    void heldTensorsFillTheMemory() {
        ByHand net = new ByHand();
        List<Tensor> held = new ArrayList<>();
        OutOfDeviceMemoryException e = assertThrows(OutOfDeviceMemoryException.class, () -> {
            for (int i = 0; i < 300; i++) {
                held.add(net.hidden(x).detach());
            }
        });
        assertTrue(held.size() > 200, "only " + held.size());
        assertTrue(e.getMessage().contains(" x 262144 FLOAT32 = "), e.getMessage());
        held.clear();
        assertTrue(net.loss(net.hidden(x), y).item() > 0);
    }

    @Test
    void aRequestBeyondTheLimit() {
        var e = assertThrows(OutOfDeviceMemoryException.class, () -> Tensor.zeros(80, 1 << 20));
        assertTrue(e.getMessage().startsWith("out of memory on " + device + ": 320.0 MB wanted, "), e.getMessage());
        assertTrue(e.getMessage().contains("limit 256.0 MB; the largest holders:\n  "), e.getMessage());
        assertTrue(e.getMessage().contains("x 256 FLOAT32 = "), e.getMessage());
        assertEquals(3, Tensor.ones(3).sum().item());
    }
}
