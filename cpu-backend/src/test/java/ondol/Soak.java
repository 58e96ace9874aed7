package ondol;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import ondol.autograd.Autograd;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * A training of many steps, for a JVM in which nothing else happens: {@code Soak TRAINING STEPS}. Whatever is kept from
 * step to step shows in the samples, which are taken after a collection: those of the last quarter are compared with
 * those of the second, when everything is loaded and compiled.
 */
final class Soak {
    private static final int SAMPLES = 40;
    private static final double MB = 1 << 20;

    /** A tensor kept from each step would be ten times as much. */
    private static final double MOST_GROWTH_MB = 1;

    private final Tensor x = Tensor.linspace(-1, 1, 80).reshape(80, 1);
    private final Tensor y = x.square();
    private final int steps;
    private final List<Sample> samples = new ArrayList<>();

    private Soak(int steps) {
        this.steps = steps;
    }

    /** What is alive: tensors' buffers, the pool of buffers, and the rest of the heap. */
    private record Sample(int step, double inUse, double pooled, double rest) {
        static Sample take(int step) throws InterruptedException {
            collect();
            collect(); // what the first one found is known before the second one's mark comes
            Device.CPU.memoryStats(); // takes it back; what goes to no pool is garbage now
            System.gc();
            MemoryStats stats = Device.CPU.memoryStats();
            Runtime java = Runtime.getRuntime();
            double heap = java.totalMemory() - java.freeMemory();
            return new Sample(
                    step, stats.inUse() / MB, stats.pooled() / MB, (heap - stats.inUse() - stats.pooled()) / MB);
        }

        /** A collection, and the word of it: Java's thread for references may be late on a busy machine. */
        private static void collect() throws InterruptedException {
            ReferenceQueue<Object> found = new ReferenceQueue<>();
            PhantomReference<Object> mark = new PhantomReference<>(new Object(), found);
            System.gc();
            found.remove();
            Reference.reachabilityFence(mark);
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%8d %10.2f %10.2f %10.2f", step, inUse, pooled, rest);
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        Ondol.manualSeed(1);
        Soak soak = new Soak(Integer.parseInt(arguments[1]));
        System.out.println("    step  in use MB  pooled MB    rest MB");
        double loss = switch (arguments[0]) {
            case "modules" -> soak.modules();
            case "by hand" -> soak.byHand();
            default -> throw new IllegalArgumentException(arguments[0]);
        };
        assertTrue(loss < 0.1, "the loss is " + loss);
        soak.assertNoGrowth("tensors", Sample::inUse);
        soak.assertWithinLimit();
        soak.assertNoGrowth("the rest of the heap", Sample::rest);
    }

    private void run(Runnable step) throws InterruptedException {
        for (int i = 1; i <= steps; i++) {
            step.run();
            if (i % (steps / SAMPLES) == 0) {
                Sample s = Sample.take(i);
                System.out.println(s);
                samples.add(s);
            }
        }
    }

    private void assertNoGrowth(String what, ToDoubleFunction<Sample> value) {
        double early = least(samples.subList(SAMPLES / 4, SAMPLES / 2), value);
        double late = least(samples.subList(SAMPLES * 3 / 4, SAMPLES), value);
        assertTrue(late - early <= MOST_GROWTH_MB, what + " grew from " + early + " to " + late + " MB");
    }

    /** What was garbage between two collections is in the pool; how much that is depends on the collector. */
    private void assertWithinLimit() {
        double limit = Device.CPU.memoryStats().limit() / MB;
        for (Sample s : samples) {
            assertTrue(s.inUse() + s.pooled() <= limit, s.toString());
        }
    }

    private static double least(List<Sample> of, ToDoubleFunction<Sample> value) {
        return of.stream().mapToDouble(value).min().orElseThrow();
    }

    private double modules() throws InterruptedException {
        Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));
        MSELoss lossFunction = new MSELoss();
        Adam optimizer = new Adam(net.parameters());
        run(() -> {
            Tensor loss = lossFunction.forward(net.forward(x), y);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
        });
        return lossFunction.forward(net.forward(x), y).item();
    }

    private double byHand() throws InterruptedException {
        Tensor w1 = Tensor.randn(1, 512).requiresGrad(true);
        Tensor b1 = Tensor.randn(512).requiresGrad(true);
        Tensor w2 = Tensor.randn(512, 1).mul(0.04).detach().requiresGrad(true);
        Tensor b2 = Tensor.zeros(1).requiresGrad(true);
        List<Tensor> parameters = List.of(w1, b1, w2, b2);
        List<Tensor> momenta = new ArrayList<>();
        parameters.forEach(p -> momenta.add(Tensor.zerosLike(p)));
        run(() -> {
            Tensor out = x.matmul(w1).add(b1).relu().matmul(w2).add(b2);
            out.sub(y).square().mean().backward();
            try (var _ = Autograd.noGrad()) {
                for (int i = 0; i < parameters.size(); i++) {
                    Tensor p = parameters.get(i);
                    Tensor m = momenta.get(i).mul(0.9).add(p.grad());
                    momenta.set(i, m);
                    p.addInPlace(m.mul(-1e-3));
                    p.zeroGrad();
                }
            }
        });
        Tensor out = x.matmul(w1).add(b1).relu().matmul(w2).add(b2);
        return out.sub(y).square().mean().item();
    }
}
