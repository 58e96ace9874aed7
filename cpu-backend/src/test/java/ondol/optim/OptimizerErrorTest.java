package ondol.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import ondol.Device;
import ondol.Relocation;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.backend.LimitedBackend;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.ReferenceBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What optimizers refuse, and what they say. */
final class OptimizerErrorTest {
    private static final List<Tensor> ONE = List.of(Tensor.parameter(Tensor.ones(2)));

    private static void refuses(String message, Executable body) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, body).getMessage());
    }

    @Test
    void parameters() {
        refuses(
                "Adam: there are no parameters to optimize; pass net.parameters() of a net that has some"
                        + " (a module's fields count only when registered: register(\"name\", ...))",
                () -> new Adam(List.of()));
        Tensor p = ONE.get(0);
        refuses("SGD: parameter 1 of shape [2] occurs twice; pass it once", () -> new SGD(List.of(p, p)));
        refuses(
                "Adam: parameter 0 of shape [2] was computed by MulBackward0; only leaves can be optimized: pass what"
                        + " it was computed from",
                () -> new Adam(List.of(p.mul(2.0))));
        refuses(
                "Adam: parameter 0 of shape [3] requires no gradient; call requiresGrad(true) before it is used",
                () -> new Adam(List.of(Tensor.ones(3))));
        refuses(
                "AdamW: parameter 0 of shape [2, 3] is a view in which elements share memory; pass a clone()"
                        + " of it",
                () -> new AdamW(List.of(Tensor.parameter(Tensor.ones(3).expand(2, 3)))));
        Tensor closed = Tensor.parameter(Tensor.ones(1));
        closed.close();
        refuses("Adam: parameter 0 of shape [1] is closed", () -> new Adam(List.of(closed)));
    }

    @Test
    void settings() {
        for (double lr : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            refuses("SGD: lr is " + lr + "; it must be a finite number of 0 or more", () -> new SGD(ONE, lr));
            refuses("Adam: lr is " + lr + "; it must be a finite number of 0 or more", () -> new Adam(ONE).setLr(lr));
        }
        refuses("Adam: beta1 is 1.0; it must be 0 or more and less than 1", () -> new Adam(ONE).betas(1, 0.9));
        refuses("AdamW: beta2 is -0.1; it must be 0 or more and less than 1", () -> new AdamW(ONE).betas(0.9, -0.1));
        refuses("Adam: eps is -1.0; it must be a finite number of 0 or more", () -> new Adam(ONE).eps(-1));
        refuses(
                "Adam: weightDecay is NaN; it must be a finite number of 0 or more",
                () -> new Adam(ONE).weightDecay(Double.NaN));
        refuses("SGD: momentum is -0.5; it must be a finite number of 0 or more", () -> new SGD(ONE).momentum(-0.5));
    }

    @Test
    void nesterov() {
        String needs =
                "SGD: nesterov needs a momentum above 0 and no dampening, but momentum is %s and dampening is %s;"
                        + " set them before nesterov(true)";
        refuses(needs.formatted(0.0, 0.0), () -> new SGD(ONE).nesterov(true));
        refuses(
                needs.formatted(0.9, 0.1),
                () -> new SGD(ONE).momentum(0.9).dampening(0.1).nesterov(true));
        refuses(
                needs.formatted(0.0, 0.0),
                () -> new SGD(ONE).momentum(0.9).nesterov(true).momentum(0));
    }

    @Test
    void states() {
        Tensor p = Tensor.parameter(Tensor.ones(2));
        Adam adam = new Adam(List.of(p), 0.5);
        p.sum().backward();
        adam.step();
        Optimizer.State good = adam.stateDict();
        Adam other = new Adam(List.of(Tensor.parameter(Tensor.ones(3))), 0.25);
        String start = "Adam.loadStateDict: the state does not fit: ";
        String end = "; load the state of an optimizer that was made the same way";
        refuses(
                "SGD.loadStateDict: the state does not fit: it is the state of Adam" + end,
                () -> new SGD(ONE).loadStateDict(good));
        String message = assertThrows(IllegalArgumentException.class, () -> other.loadStateDict(good))
                .getMessage();
        assertEquals(start, message.substring(0, start.length()));
        assertEquals(
                " of parameter 0 is FLOAT32 of shape [2], not FLOAT32 of shape [3]" + end,
                message.substring(message.indexOf(" of parameter")));
        refuses(
                start + "it has 0 parameters, not 1" + end,
                () -> adam.loadStateDict(new Optimizer.State("Adam", good.settings(), List.of())));
        Map<String, Double> bad = new HashMap<>(good.settings());
        bad.put("beta1", 2.0);
        refuses(
                "Adam: beta1 is 2.0; it must be 0 or more and less than 1",
                () -> other.loadStateDict(
                        new Optimizer.State("Adam", bad, List.of(new Optimizer.ParameterState(0, Map.of())))));
        bad.remove("beta1");
        message = assertThrows(
                        IllegalArgumentException.class,
                        () -> adam.loadStateDict(new Optimizer.State("Adam", bad, good.parameters())))
                .getMessage();
        assertEquals(start + "its settings are ", message.substring(0, start.length() + 17));
        assertEquals("Adam(lr=0.25, beta1=0.9, beta2=0.999, eps=1.0E-8, weightDecay=0.0)", other.toString());
        assertEquals(0, other.stateDict().parameters().get(0).step());
        assertArrayEquals(new float[] {1, 1, 1}, other.parameters().get(0).toFloatArray());
    }

    // ---- impossible states

    private static final String START = ".loadStateDict: the state does not fit: ";
    private static final String END = "; load the state of an optimizer that was made the same way";

    private static Optimizer.State with(Optimizer.State state, long step, Map<String, Tensor> tensors) {
        return new Optimizer.State(
                state.optimizer(), state.settings(), List.of(new Optimizer.ParameterState(step, tensors)));
    }

    @Test
    void stepsAndNamesOfStates() {
        Tensor p = Tensor.parameter(Tensor.ones(2));
        Adam adam = new Adam(List.of(p), 0.5);
        p.sum().backward();
        adam.step();
        Optimizer.State good = adam.stateDict();
        Map<String, Tensor> moments = good.parameters().get(0).tensors();
        float[] before = p.toFloatArray();
        for (long step : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            refuses(
                    "Adam" + START + "parameter 0 has made " + step + " steps, not 0 to 2^53" + END,
                    () -> adam.loadStateDict(with(good, step, moments)));
        }
        Map<String, Tensor> more = new HashMap<>(moments);
        more.put("momentum_buffer", Tensor.ones(2));
        refuses(
                "Adam" + START + "parameter 0 has a tensor 'momentum_buffer', which is none of [exp_avg, exp_avg_sq]"
                        + END,
                () -> adam.loadStateDict(with(good, 1, more)));
        refuses(
                "Adam" + START + "parameter 0 has made 3 steps but has no 'exp_avg_sq'" + END,
                () -> adam.loadStateDict(with(good, 3, Map.of("exp_avg", Tensor.ones(2)))));
        assertEquals(1, adam.stateDict().parameters().get(0).step());
        assertArrayEquals(before, p.toFloatArray());
        adam.loadStateDict(with(good, 0, Map.of()));
        assertEquals(Map.of(), adam.stateDict().parameters().get(0).tensors());

        SGD sgd = new SGD(List.of(p), 0.5).momentum(0.9);
        sgd.loadStateDict(with(sgd.stateDict(), 3, Map.of())); // the momentum was switched on after three steps
        refuses(
                "SGD" + START + "parameter 0 has a tensor 'exp_avg', which is none of [momentum_buffer]" + END,
                () -> sgd.loadStateDict(with(sgd.stateDict(), 3, Map.of("exp_avg", Tensor.ones(2)))));
        Map<String, Double> half = new HashMap<>(sgd.stateDict().settings());
        half.put("nesterov", 0.5);
        half.put("lr", 0.125);
        Optimizer.State odd = new Optimizer.State("SGD", half, sgd.stateDict().parameters());
        refuses("SGD: nesterov is 0.5 in the state; it must be 0 or 1", () -> sgd.loadStateDict(odd));
        half.put("nesterov", 0.0);
        half.put("lr", Double.NaN);
        Optimizer.State noNumber =
                new Optimizer.State("SGD", half, sgd.stateDict().parameters());
        refuses("SGD: lr is NaN; it must be a finite number of 0 or more", () -> sgd.loadStateDict(noNumber));
        assertEquals(0.5, sgd.lr());
    }

    /** Says what a program's own optimizer remembers, or nothing. */
    private static class Own extends Optimizer {
        private final Set<String> names;
        int failures;

        Own(List<Tensor> parameters, Set<String> names) {
            super(parameters, 1);
            this.names = names;
        }

        @Override
        protected void update(Slot slot, Tensor parameter, Tensor gradient) {
            boolean fails = failures > 0 && slot.step() == 1 && parameter.numel() == 3;
            Tensor sum = slot.get("sum");
            try (var _ = Autograd.noGrad()) {
                sum.addInPlace(gradient);
                parameter.addInPlace(sum);
            }
            if (fails) {
                failures--;
                throw new IllegalStateException("not today");
            }
        }

        @Override
        protected Set<String> stateNames() {
            return names;
        }

        @Override
        protected Map<String, Double> settings() {
            return Map.of();
        }

        @Override
        protected void restore(Map<String, Double> settings) {}
    }

    @Test
    void anOptimizerOfOnesOwn() {
        List<Tensor> parameters = List.of(Tensor.parameter(Tensor.ones(2)), Tensor.parameter(Tensor.ones(3)));
        Own named = new Own(parameters, Set.of("sum"));
        Own silent = new Own(parameters, null);
        named.failures = 1;
        parameters.forEach(p -> p.sum().backward());
        assertEquals(
                "not today",
                assertThrows(IllegalStateException.class, named::step).getMessage());
        assertEquals(1, named.stateDict().parameters().get(0).step());
        assertEquals(0, named.stateDict().parameters().get(1).step());
        assertEquals(Map.of(), named.stateDict().parameters().get(1).tensors());
        named.step();
        assertEquals(2, named.stateDict().parameters().get(0).step());
        assertEquals(1, named.stateDict().parameters().get(1).step());
        assertArrayEquals(new float[] {4, 4}, parameters.get(0).toFloatArray());

        silent.step();
        silent.loadStateDict(named.stateDict());
        Optimizer.State other = new Optimizer.State(
                "Own",
                named.stateDict().settings(),
                List.of(
                        new Optimizer.ParameterState(1, Map.of("other", Tensor.ones(2))),
                        new Optimizer.ParameterState(1, Map.of())));
        silent.loadStateDict(other);
        refuses(
                "Own" + START + "parameter 0 has a tensor 'other', which is none of [sum]" + END,
                () -> named.loadStateDict(other));
    }

    // ---- steps that cannot be made

    private static void refusesStep(Optimizer optimizer, String message) {
        List<float[]> before = optimizer.parameters().stream()
                .filter(p -> !p.isClosed())
                .map(Tensor::toFloatArray)
                .toList();
        assertEquals(
                message,
                assertThrows(IllegalStateException.class, optimizer::step).getMessage());
        List<float[]> after = optimizer.parameters().stream()
                .filter(p -> !p.isClosed())
                .map(Tensor::toFloatArray)
                .toList();
        for (int i = 0; i < before.size(); i++) {
            assertArrayEquals(before.get(i), after.get(i));
        }
        optimizer.stateDict().parameters().forEach(s -> {
            assertEquals(0, s.step());
            assertEquals(Map.of(), s.tensors());
        });
    }

    @Test
    void aStepIsAllOrNothing() {
        List<Function<List<Tensor>, Optimizer>> all =
                List.of(Adam::new, AdamW::new, p -> new SGD(p).momentum(0.5), p -> new Own(p, Set.of("sum")));
        for (var make : all) {
            Tensor first = Tensor.parameter(Tensor.ones(2));
            Tensor second = Tensor.parameter(Tensor.ones(3));
            Optimizer optimizer = make.apply(List.of(first, second));
            String start = optimizer.getClass().getSimpleName() + ".step: parameter 1 of shape [3] ";
            String end = "; no parameter was changed";
            first.sum().add(second.sum()).backward();
            second.grad().close();
            refusesStep(optimizer, start + "has a gradient that is closed; call zeroGrad() and backward() again" + end);
            second.zeroGrad();
            second.sum().backward();
            second.close();
            refusesStep(optimizer, start + "is closed; make the optimizer of tensors that stay open" + end);
        }
        Tensor first = Tensor.parameter(Tensor.ones(2));
        Tensor second = Tensor.parameter(Tensor.ones(3));
        Adam adam = new Adam(List.of(first, second));
        first.sum().backward();
        second.requiresGrad(false).addInPlace(Tensor.ones(3).requiresGrad(true)).retainGrad();
        second.sum().backward();
        refusesStep(
                adam,
                "Adam.step: parameter 1 of shape [3] was computed by AddBackward0; change parameters under"
                        + " Autograd.noGrad(); no parameter was changed");
    }

    @Test
    void aGradientOnAnotherDevice() {
        Device other = Device.of("gradients", new ReferenceBackend());
        Tensor first = Tensor.parameter(Tensor.ones(2));
        Tensor second = Tensor.parameter(Tensor.ones(3));
        Adam adam = new Adam(List.of(first, second));
        first.sum().add(second.sum()).backward();
        Relocation.move(List.of(second.grad()), other);
        refusesStep(
                adam,
                "Adam.step: parameter 1 of shape [3] is FLOAT32 of shape [3] on cpu but its gradient is FLOAT32 of"
                        + " shape [3] on gradients; call zeroGrad() and backward() again; no parameter was changed");
        Relocation.move(List.of(second), Device.CPU); // with its gradient
        adam.step();
    }

    @Test
    void aStepWithoutMemoryForItsState() {
        LimitedBackend backend = new LimitedBackend();
        Device device = Device.of("nearly full", backend);
        List<Tensor> parameters = List.of(Tensor.parameter(Tensor.ones(500)), Tensor.parameter(Tensor.ones(700)));
        Relocation.move(parameters, device);
        Adam adam = new Adam(parameters, 0.5);
        parameters.forEach(p -> p.sum().backward());
        device.trimMemory();
        backend.left = 3;
        assertThrows(OutOfDeviceMemoryException.class, adam::step);
        backend.left = Integer.MAX_VALUE;
        parameters.forEach(p -> assertEquals(p.numel(), p.sum().item()));
        adam.stateDict().parameters().forEach(s -> assertEquals(0, s.step()));
        adam.step();
        assertEquals(250, parameters.get(0).sum().item(), 1e-3);
        Optimizer.State saved = adam.stateDict();
        adam.step();
        float[] exact =
                adam.stateDict().parameters().get(0).tensors().get("exp_avg").toFloatArray();
        device.trimMemory();
        backend.left = 3;
        assertThrows(OutOfDeviceMemoryException.class, () -> adam.loadStateDict(saved));
        backend.left = Integer.MAX_VALUE;
        assertEquals(2, adam.stateDict().parameters().get(0).step());
        assertArrayEquals(
                exact,
                adam.stateDict().parameters().get(0).tensors().get("exp_avg").toFloatArray());
    }
}
