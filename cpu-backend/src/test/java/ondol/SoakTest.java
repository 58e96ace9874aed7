package ondol;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import ondol.autograd.Autograd;
import ondol.backend.cpu.CpuBackendProvider;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The lecture's training loop as one writes it without a thought for memory: no scope, nothing closed. It must run for
 * ever. {@code -Dondol.soak.steps=200000} runs it longer and prints the curve.
 */
class SoakTest {
    private static final int STEPS = Integer.getInteger("ondol.soak.steps", 3000);
    private static final boolean LONG = STEPS >= 100_000;
    private static final int SAMPLES = 20;
    private static final double MB = 1 << 20;

    private final Device before = Ondol.defaultDevice();

    /** The CPU; in a short test one with little memory, so that what happens in the long run happens soon. */
    private final Device device =
            LONG ? Device.CPU : new CountingBackend(256 << 20, new CpuBackendProvider().open(0)).device("soak");

    @BeforeEach
    void makeDefault() {
        Ondol.setDefaultDevice(device);
        device.trimMemory();
    }

    @AfterEach
    void restore() {
        Ondol.setDefaultDevice(before);
    }

    /** What is seen now and then: memory as it happens to be, and the heap after a collection. */
    private record Sample(int step, double heap, double inUse, double pooled) {
        static Sample take(Device device, int step) {
            MemoryStats stats = device.memoryStats();
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            return new Sample(
                    step, (runtime.totalMemory() - runtime.freeMemory()) / MB, stats.inUse() / MB, stats.pooled() / MB);
        }

        double device() {
            return inUse + pooled;
        }
    }

    private void soak(String name, Runnable step) {
        if (LONG) {
            System.out.println(name + "\n    step   heap MB  in use MB  pooled MB");
        }
        List<Sample> settled = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 1; i <= STEPS; i++) {
            step.run();
            if (i % (STEPS / SAMPLES) == 0) {
                Sample s = Sample.take(device, i);
                if (i > STEPS / 4) {
                    settled.add(s);
                }
                if (LONG) {
                    System.out.printf(Locale.ROOT, "%8d %9.1f %10.1f %10.1f%n", i, s.heap, s.inUse, s.pooled);
                }
            }
        }
        if (LONG) {
            System.out.printf(Locale.ROOT, "%.1f us a step%n", (System.nanoTime() - start) / 1e3 / STEPS);
        }
        assertFlat("heap", 4, settled, Sample::heap);
        assertFlat("device memory", 1, settled, Sample::device);
        assertTrue(settled.getLast().device() <= 1.5 * device.memoryStats().limit() / MB / 8, settled.toString());
    }

    private static void assertFlat(String what, double slack, List<Sample> samples, ToDoubleFunction<Sample> value) {
        double least = samples.stream().mapToDouble(value).min().orElseThrow();
        double most = samples.stream().mapToDouble(value).max().orElseThrow();
        assertTrue(most - least <= slack, what + " is not flat: from " + least + " to " + most + " MB in " + samples);
    }

    @Test
    void modules() {
        Tensor x = Tensor.linspace(-1, 1, 80).reshape(80, 1);
        Tensor y = x.square();
        Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));
        MSELoss lossFn = new MSELoss();
        Adam optimizer = new Adam(net.parameters());
        soak("modules", () -> {
            Tensor loss = lossFn.forward(net.forward(x), y);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
        });
        assertTrue(lossFn.forward(net.forward(x), y).item() < 0.1);
    }

    @Test
    void byHand() {
        Tensor x = Tensor.linspace(-1, 1, 80).reshape(80, 1);
        Tensor y = x.square();
        Tensor w1 = Tensor.randn(1, 512).requiresGrad(true);
        Tensor b1 = Tensor.randn(512).requiresGrad(true);
        Tensor w2 = Tensor.randn(512, 1).mul(0.04).requiresGrad(true);
        Tensor b2 = Tensor.zeros(1).requiresGrad(true);
        List<Tensor> parameters = List.of(w1, b1, w2, b2);
        List<Tensor> momenta = new ArrayList<>(
                List.of(Tensor.zerosLike(w1), Tensor.zerosLike(b1), Tensor.zerosLike(w2), Tensor.zerosLike(b2)));
        soak("by hand", () -> {
            Tensor out = x.matmul(w1).add(b1).relu().matmul(w2).add(b2);
            out.sub(y).square().mean().backward();
            try (var _ = Autograd.noGrad()) {
                for (int i = 0; i < 4; i++) {
                    Tensor p = parameters.get(i);
                    Tensor m = momenta.get(i).mul(0.9).add(p.grad());
                    momenta.set(i, m);
                    p.addInPlace(m.mul(-1e-3));
                    p.zeroGrad();
                }
            }
        });
        Tensor out = x.matmul(w1).add(b1).relu().matmul(w2).add(b2);
        assertTrue(out.sub(y).square().mean().item() < 0.1);
    }
}
