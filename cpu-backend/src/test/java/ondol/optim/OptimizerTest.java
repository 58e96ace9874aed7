package ondol.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import ondol.Device;
import ondol.Generator;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.Backend;
import ondol.backend.ReferenceBackend;
import org.junit.jupiter.api.Test;

/** Every optimizer, bit for bit, against its formula written out for one float. */
final class OptimizerTest {
    private static final int STEPS = 20;
    private static final Shape[] SHAPES = {Shape.of(1), Shape.of(3, 7), Shape.of(130), Shape.of(0)};

    /** The formula for one element; it has the element's state. */
    private interface Element {
        float step(int t, float p, float g);
    }

    private static float[] values(Random random, Shape shape) {
        float[] out = new float[(int) shape.numel()];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (random.nextGaussian() * Math.exp(3 * random.nextGaussian()));
        }
        return out;
    }

    private static List<Tensor> parameters(Random random) {
        List<Tensor> all = new ArrayList<>();
        for (Shape shape : SHAPES) {
            all.add(Tensor.parameter(Tensor.tensor(values(random, shape), shape)));
        }
        return all;
    }

    private static void step(Optimizer optimizer, Random random) {
        for (Tensor p : optimizer.parameters()) {
            p.backward(Tensor.tensor(values(random, p.shape()), p.shape()));
        }
        optimizer.step();
        optimizer.zeroGrad();
    }

    private static void check(Function<List<Tensor>, Optimizer> optimizer, Supplier<Element> formula) {
        List<Tensor> parameters = parameters(new Random(1));
        float[][] expected = parameters.stream().map(Tensor::toFloatArray).toArray(float[][]::new);
        Element[][] elements = new Element[expected.length][];
        for (int i = 0; i < expected.length; i++) {
            elements[i] = new Element[expected[i].length];
            for (int j = 0; j < elements[i].length; j++) {
                elements[i][j] = formula.get();
            }
        }
        Optimizer tested = optimizer.apply(parameters);
        Random drawn = new Random(2);
        Random again = new Random(2);
        for (int t = 1; t <= STEPS; t++) {
            step(tested, drawn);
            for (int i = 0; i < expected.length; i++) {
                float[] g = values(again, SHAPES[i]);
                for (int j = 0; j < g.length; j++) {
                    expected[i][j] = elements[i][j].step(t, expected[i][j], g[j]);
                }
                assertArrayEquals(expected[i], parameters.get(i).toFloatArray(), tested + ", step " + t);
            }
        }
    }

    // ---- Adam

    private static final class AdamElement implements Element {
        private final double lr;
        private final double beta1;
        private final double beta2;
        private final double eps;
        private final double decay;
        private final boolean decoupled;
        private float m;
        private float v;

        AdamElement(double lr, double beta1, double beta2, double eps, double decay, boolean decoupled) {
            this.lr = lr;
            this.beta1 = beta1;
            this.beta2 = beta2;
            this.eps = eps;
            this.decay = decay;
            this.decoupled = decoupled;
        }

        @Override
        public float step(int t, float p, float g) {
            if (decay != 0 && decoupled) {
                p = p * (float) (1 - lr * decay);
            } else if (decay != 0) {
                g = g + (float) decay * p;
            }
            float w = (float) (1 - beta1);
            m = w < 0.5f ? m + w * (g - m) : g - (g - m) * (1 - w); // torch.lerp
            v = v * (float) beta2 + (float) (1 - beta2) * g * g;
            double bc1 = 1 - StrictMath.pow(beta1, t);
            double bc2 = 1 - StrictMath.pow(beta2, t);
            float denom = (float) Math.sqrt(v) / (float) Math.sqrt(bc2) + (float) eps;
            return p + (float) -(lr / bc1) * m / denom;
        }
    }

    @Test
    void adam() {
        check(p -> new Adam(p), () -> new AdamElement(1e-3, 0.9, 0.999, 1e-8, 0, false));
        check(p -> new Adam(p, 0.1), () -> new AdamElement(0.1, 0.9, 0.999, 1e-8, 0, false));
        check(
                p -> new Adam(p, 0.02).betas(0.8, 0.95).eps(1e-3).weightDecay(0.1),
                () -> new AdamElement(0.02, 0.8, 0.95, 1e-3, 0.1, false));
        for (double beta1 : new double[] {0, 0.3, 0.5, 0.51}) {
            check(p -> new Adam(p).betas(beta1, 0.9), () -> new AdamElement(1e-3, beta1, 0.9, 1e-8, 0, false));
        }
    }

    @Test
    void adamW() {
        check(p -> new AdamW(p), () -> new AdamElement(1e-3, 0.9, 0.999, 1e-8, 1e-2, true));
        check(
                p -> new AdamW(p, 0.05).betas(0.7, 0.9).eps(1e-6).weightDecay(0.3),
                () -> new AdamElement(0.05, 0.7, 0.9, 1e-6, 0.3, true));
        check(p -> new AdamW(p).weightDecay(0), () -> new AdamElement(1e-3, 0.9, 0.999, 1e-8, 0, true));
    }

    // ---- SGD

    private static final class SgdElement implements Element {
        private final float lr;
        private final float momentum;
        private final float dampening;
        private final float decay;
        private final boolean nesterov;
        private float buffer;

        SgdElement(double lr, double momentum, double dampening, double decay, boolean nesterov) {
            this.lr = (float) lr;
            this.momentum = (float) momentum;
            this.dampening = (float) (1 - dampening);
            this.decay = (float) decay;
            this.nesterov = nesterov;
        }

        @Override
        public float step(int t, float p, float g) {
            if (decay != 0) {
                g = g + decay * p;
            }
            if (momentum != 0) {
                buffer = t == 1 ? g : momentum * buffer + dampening * g;
                g = nesterov ? g + momentum * buffer : buffer;
            }
            return p + -lr * g;
        }
    }

    @Test
    void sgd() {
        check(p -> new SGD(p), () -> new SgdElement(1e-3, 0, 0, 0, false));
        check(p -> new SGD(p, 0.1).weightDecay(0.01), () -> new SgdElement(0.1, 0, 0, 0.01, false));
        check(p -> new SGD(p, 0.1).momentum(0.9), () -> new SgdElement(0.1, 0.9, 0, 0, false));
        check(
                p -> new SGD(p, 0.1).momentum(0.9).dampening(0.3).weightDecay(0.01),
                () -> new SgdElement(0.1, 0.9, 0.3, 0.01, false));
        check(p -> new SGD(p, 0.1).momentum(0.9).nesterov(true), () -> new SgdElement(0.1, 0.9, 0, 0, true));
        check(
                p -> new SGD(p, 0.1).momentum(0.8).nesterov(true).weightDecay(0.2),
                () -> new SgdElement(0.1, 0.8, 0, 0.2, true));
    }

    // ---- state

    private static final List<BiFunction<List<Tensor>, Double, Optimizer>> ALL = List.of(
            (p, lr) -> new Adam(p, lr).weightDecay(0.1),
            (p, lr) -> new AdamW(p, lr).betas(0.5, 0.9),
            SGD::new,
            (p, lr) -> new SGD(p, lr).momentum(0.9).nesterov(true).weightDecay(0.01));

    private static float[][] bits(Optimizer optimizer) {
        return optimizer.parameters().stream().map(Tensor::toFloatArray).toArray(float[][]::new);
    }

    private static void steps(Optimizer optimizer, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 10; i++) {
            step(optimizer, random);
        }
    }

    @Test
    void goesOnFromASavedState() {
        for (var make : ALL) {
            Optimizer unbroken = make.apply(parameters(new Random(1)), 0.05);
            steps(unbroken, 3);
            Optimizer.State saved = unbroken.stateDict();
            float[][] then = bits(unbroken);
            steps(unbroken, 4);

            Optimizer other = make.apply(parameters(new Random(2)), 0.7);
            for (boolean used : new boolean[] {false, true}) {
                for (int i = 0; i < then.length; i++) {
                    Tensor p = other.parameters().get(i);
                    p.detach().copyFrom(Tensor.tensor(then[i].clone(), p.shape()));
                }
                other.loadStateDict(saved);
                assertEquals(unbroken.toString(), other.toString());
                steps(other, 4);
                assertArrayEquals(bits(unbroken), bits(other), unbroken + (used ? ", used before" : ", fresh"));
            }
        }
    }

    @Test
    void stateOutlivesTheScopeOfAStep() {
        Tensor p = Tensor.parameter(Tensor.ones(2));
        Adam adam = new Adam(List.of(p), 0.1);
        for (int i = 0; i < 3; i++) {
            try (var _ = Scope.open()) {
                p.square().sum().backward();
                adam.step();
                adam.zeroGrad();
            }
        }
        assertEquals(3, adam.stateDict().parameters().get(0).step());
        Map<String, Tensor> moments = adam.stateDict().parameters().get(0).tensors();
        assertEquals(
                List.of("exp_avg", "exp_avg_sq"),
                moments.keySet().stream().sorted().toList());
        moments.values().forEach(t -> assertEquals(2, t.toFloatArray().length));
    }

    // ---- use

    @Test
    void parametersWithoutGradientAreLeftAlone() {
        Tensor used = Tensor.parameter(Tensor.ones(2));
        Tensor frozen = Tensor.parameter(Tensor.ones(2)).requiresGrad(false);
        Tensor unused = Tensor.parameter(Tensor.ones(2));
        Adam adam = new Adam(List.of(used, frozen, unused), 0.1).weightDecay(0.5);
        used.mul(frozen).sum().backward();
        adam.step();
        assertArrayEquals(new float[] {1, 1}, frozen.toFloatArray());
        assertArrayEquals(new float[] {1, 1}, unused.toFloatArray());
        assertEquals(0.9f, used.toFloatArray()[0], 1e-6f);
        assertEquals(0, adam.stateDict().parameters().get(2).step());
        adam.zeroGrad();
        assertNull(used.grad());
    }

    @Test
    void theLearningRateMayChange() {
        Tensor p = Tensor.parameter(Tensor.ones(1));
        SGD sgd = new SGD(List.of(p), 1);
        for (double lr : new double[] {1, 0.5, 0}) {
            sgd.setLr(lr);
            p.sum().backward();
            sgd.step();
            sgd.zeroGrad();
        }
        assertArrayEquals(new float[] {-0.5f}, p.toFloatArray());
    }

    @Test
    void transposedParameters() {
        Tensor stored = Tensor.randn(new Generator(1), 3, 2);
        Tensor plain = Tensor.parameter(stored.t().contiguous());
        Tensor transposed = Tensor.parameter(stored.clone().t());
        for (Tensor p : List.of(plain, transposed)) {
            Adam adam = new Adam(List.of(p), 0.1);
            for (int i = 0; i < 3; i++) {
                p.square().sum().backward();
                adam.step();
                adam.zeroGrad();
            }
        }
        assertArrayEquals(plain.toFloatArray(), transposed.toFloatArray());
    }

    @Test
    void oneLaunchForEachParameterAndStep() {
        AtomicInteger launches = new AtomicInteger();
        Backend reference = new ReferenceBackend();
        Backend counting = (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("run")) {
                        launches.incrementAndGet();
                    }
                    try {
                        return method.invoke(reference, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        Device device = Device.of("counting", counting);
        for (var make : ALL) {
            List<Tensor> parameters = List.of(
                    Tensor.parameter(Tensor.ones(3).to(device)),
                    Tensor.parameter(Tensor.ones(2, 2).to(device)));
            Optimizer optimizer = make.apply(parameters, 0.1);
            for (int i = 0; i < 3; i++) {
                parameters.forEach(p -> p.square().sum().backward());
                launches.set(0);
                optimizer.step();
                if (i > 0) { // the first step also makes the state
                    assertEquals(2, launches.get(), optimizer.toString());
                }
                optimizer.zeroGrad();
            }
        }
    }
}
