package ondol.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import ondol.Device;
import ondol.Tensor;
import ondol.optim.Optimizer;
import ondol.oracle.UpdateRule.Kind;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Optimizers against PyTorch's: single steps from any state against the Python optimizers' tensor operations, and a few
 * steps from the start against the C++ optimizers. Both are compared element by element within a few roundings of the
 * terms that are added.
 */
class OptimizerTest {
    private static final double EPS = 0x1p-24;

    /** How many roundings a step may differ by: PyTorch multiplies and adds in one rounding or in two, as it vectorises. */
    private static final double ROUNDINGS = 8;

    /** Each way of updating: a name, and how its settings are drawn. */
    private static final Map<String, Function<Draw, UpdateRule>> VARIANTS = new LinkedHashMap<>();

    static {
        VARIANTS.put("SGD", d -> UpdateRule.sgd(lr(d)));
        VARIANTS.put("SGD with weight decay", d -> UpdateRule.sgd(lr(d)).weightDecay(decay(d)));
        VARIANTS.put("SGD with momentum", d -> UpdateRule.sgd(lr(d)).momentum(momentum(d)));
        VARIANTS.put(
                "SGD with dampening",
                d -> UpdateRule.sgd(lr(d)).momentum(momentum(d)).dampening(d.pick(0.1, 1.0, d.uniform(0, 1.5))));
        VARIANTS.put(
                "SGD with Nesterov momentum",
                d -> UpdateRule.sgd(lr(d)).momentum(momentum(d)).nesterov(true));
        VARIANTS.put(
                "SGD with momentum and weight decay",
                d -> UpdateRule.sgd(lr(d))
                        .momentum(momentum(d))
                        .dampening(d.uniform(0, 1))
                        .weightDecay(decay(d)));
        VARIANTS.put(
                "SGD with Nesterov momentum and weight decay",
                d -> UpdateRule.sgd(lr(d)).momentum(momentum(d)).nesterov(true).weightDecay(decay(d)));
        VARIANTS.put("Adam", d -> UpdateRule.adam(lr(d)));
        VARIANTS.put("Adam with betas", d -> UpdateRule.adam(lr(d)).betas(beta(d), beta(d)));
        VARIANTS.put("Adam with eps", d -> UpdateRule.adam(lr(d)).eps(d.pick(0.0, 1e-3, 0.1, 1.0, 10.0)));
        VARIANTS.put("Adam with weight decay", d -> UpdateRule.adam(lr(d)).weightDecay(decay(d)));
        VARIANTS.put(
                "Adam with everything",
                d -> UpdateRule.adam(lr(d))
                        .betas(beta(d), beta(d))
                        .eps(d.uniform(0, 0.1))
                        .weightDecay(decay(d)));
        VARIANTS.put("AdamW", d -> UpdateRule.adamw(lr(d)));
        VARIANTS.put("AdamW without weight decay", d -> UpdateRule.adamw(lr(d)).weightDecay(0));
        VARIANTS.put(
                "AdamW with everything",
                d -> UpdateRule.adamw(lr(d))
                        .betas(beta(d), beta(d))
                        .eps(d.uniform(0, 0.1))
                        .weightDecay(decay(d)));
    }

    private static double lr(Draw d) {
        return d.pick(1e-3, 0.1, 1.0, d.uniform(0, 1), 0.0);
    }

    private static double decay(Draw d) {
        return d.pick(0.01, 0.1, d.uniform(0, 1), d.uniform(0, 5));
    }

    private static double momentum(Draw d) {
        return d.pick(0.9, 0.5, d.uniform(0.01, 1), 1.0, 1.5);
    }

    private static double beta(Draw d) {
        return d.pick(0.9, 0.999, 0.5, 0.0, d.uniform(0, 0.5), d.uniform(0.5, 1));
    }

    // ---- one element in double precision

    /** One element of a parameter with its state, and the sums of the magnitudes of what they are sums of. */
    private static final class Element {
        double p;
        double first;
        double second;
        double pTerms;
        double firstTerms;
        double secondTerms;
        long steps;

        void step(UpdateRule rule, double g) {
            steps++;
            boolean coupled = rule.kind() != Kind.ADAMW;
            double gTerms = Math.abs(g) + (coupled ? rule.weightDecay() * pTerms : 0);
            g += coupled ? rule.weightDecay() * p : 0;
            if (rule.kind() == Kind.SGD) {
                sgd(rule, g, gTerms);
            } else {
                adam(rule, g, gTerms);
            }
        }

        private void sgd(UpdateRule rule, double g, double gTerms) {
            double direction = g;
            double directionTerms = gTerms;
            if (rule.momentum() != 0) {
                first = steps == 1 ? g : rule.momentum() * first + (1 - rule.dampening()) * g;
                firstTerms =
                        steps == 1 ? gTerms : rule.momentum() * firstTerms + Math.abs(1 - rule.dampening()) * gTerms;
                direction = rule.nesterov() ? g + rule.momentum() * first : first;
                directionTerms = rule.nesterov() ? gTerms + rule.momentum() * firstTerms : firstTerms;
            }
            p -= rule.lr() * direction;
            pTerms += rule.lr() * directionTerms;
        }

        private void adam(UpdateRule rule, double g, double gTerms) {
            if (rule.kind() == Kind.ADAMW) {
                p *= 1 - rule.lr() * rule.weightDecay();
                pTerms *= 1 + rule.lr() * rule.weightDecay();
            }
            first = rule.beta1() * first + (1 - rule.beta1()) * g;
            firstTerms += (1 - rule.beta1()) * (gTerms + firstTerms);
            second = rule.beta2() * second + (1 - rule.beta2()) * g * g;
            secondTerms = rule.beta2() * secondTerms + (1 - rule.beta2()) * gTerms * gTerms;
            double size = rule.lr() / (1 - Math.pow(rule.beta1(), steps));
            double denominator = Math.sqrt(second / (1 - Math.pow(rule.beta2(), steps))) + rule.eps();
            p -= size * first / denominator;
            // The denominator is as uncertain as the second moment is.
            double uncertain = second == 0 ? 1 : secondTerms / second;
            pTerms += size * firstTerms / denominator * uncertain;
        }
    }

    private static void near(String what, double expected, double actual, double terms, double roundings) {
        double allowed = roundings * (EPS * terms + Float.MIN_VALUE);
        boolean same = Double.compare(expected, actual) == 0 || expected == actual;
        if (!same && !(Math.abs(expected - actual) <= allowed)) {
            fail(what + ": PyTorch " + expected + ", Ondol " + actual + ", allowed " + allowed);
        }
    }

    // ---- drawing

    private static float[] values(Draw d, int n, double spread) {
        float[] values = new float[n];
        double scale = Math.exp(spread * d.gaussian());
        for (int i = 0; i < n; i++) {
            values[i] = d.chance(0.03) ? 0 : (float) (scale * d.gaussian() * Math.exp(d.gaussian()));
        }
        return values;
    }

    private static long[] shape(Draw d) {
        return switch (d.below(5)) {
            case 0 -> new long[0];
            case 1 -> new long[] {d.between(0, 3)};
            case 2 -> new long[] {d.between(1, 200)};
            case 3 -> new long[] {d.between(1, 12), d.between(1, 12)};
            default -> new long[] {2, d.between(1, 5), d.between(1, 5)};
        };
    }

    /** A leaf with these values, perhaps seen with its last two axes exchanged. */
    private static Tensor leaf(Array values, boolean exchanged, Device device) {
        Tensor t = values.ondol(device);
        return Tensor.parameter(exchanged ? t.transpose(-1, -2).contiguous().transpose(-1, -2) : t);
    }

    @TestFactory
    Stream<DynamicTest> optimizers() {
        return VARIANTS.entrySet().stream()
                .flatMap(v -> Stream.of(
                                new Case(v.getKey() + ", one step", i -> oneStep(v.getValue(), i)),
                                new Case(v.getKey() + ", several steps", i -> severalSteps(v.getValue(), i)))
                        .filter(c -> Settings.ONLY.isEmpty() || Settings.ONLY.startsWith(c.name))
                        .map(c -> DynamicTest.dynamicTest(c.name, c::run)));
    }

    private record Case(String name, java.util.function.Consumer<Draw> body) {
        void run() {
            for (int i = 0; i < Math.max(200, Settings.CASES); i++) {
                if (Settings.ONLY.contains("#") && !Settings.ONLY.equals(name + "#" + i)) {
                    continue;
                }
                try (PointerScope scope = new PointerScope()) {
                    body.accept(new Draw(Settings.seed(name, i)));
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError(
                            e.getMessage() + "\nagain: -Dondol.oracle.seed=" + Settings.SEED + " -Dondol.oracle.only="
                                    + name + "#" + i,
                            e);
                }
                Report.ran(name);
            }
        }
    }

    // ---- one step, from any state

    private static void oneStep(Function<Draw, UpdateRule> variant, Draw d) {
        UpdateRule rule = variant.apply(d);
        long[] shape = shape(d);
        int n = (int) Array.count(shape);
        long before = d.chance(0.25) ? 0 : d.pick(1L, 2L, 10L, d.below(1000L), 100_000L);
        Array p = Array.of(shape, values(d, n, 2));
        Array g = Array.of(shape, values(d, n, 4));
        Array first = Array.of(shape, before == 0 ? new float[n] : values(d, n, 4));
        Array second = Array.of(shape, new float[n]);
        for (int i = 0; i < n && before > 0; i++) {
            ((float[]) second.elements())[i] = (float) (first.at(i) * first.at(i) * d.uniform(0.1, 3));
        }
        if (n > 0 && d.chance(0.05)) {
            ((float[]) g.elements())[d.below(n)] = d.pick(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        }
        UpdateRule.Python theirs = new UpdateRule.Python(p.torch());
        theirs.steps = before;
        theirs.first.copy_(first.torch());
        theirs.second.copy_(second.torch());
        theirs.step(rule, g.torch());

        boolean exchanged = shape.length >= 2 && d.flag();
        Array[] reference = null;
        for (Device device : Settings.devices()) {
            Tensor ours = leaf(p, exchanged, device);
            Optimizer optimizer = rule.ondol(List.of(ours));
            load(optimizer, rule, before, first, second, device);
            ours.backward(g.ondol(device));
            optimizer.step();
            Array[] results = results(rule, ours, optimizer);
            if (reference == null) {
                reference = results;
                Array[] expected = {Array.of(theirs.parameter), Array.of(theirs.first), Array.of(theirs.second)};
                for (int i = 0; i < n; i++) {
                    check(rule, element(p, first, second, before, i), g.at(i), expected, results, i);
                }
            }
            for (int i = 0; i < results.length; i++) {
                assertTrue(
                        reference[i].sameBits(results[i]), rule + " on " + device + ": " + reference[i] + results[i]);
            }
        }
    }

    private static Element element(Array p, Array first, Array second, long steps, int i) {
        Element e = new Element();
        e.p = p.at(i);
        e.first = first.at(i);
        e.second = second.at(i);
        e.pTerms = Math.abs(e.p);
        e.firstTerms = Math.abs(e.first);
        e.secondTerms = e.second;
        e.steps = steps;
        return e;
    }

    private static void check(UpdateRule rule, Element e, double g, Array[] expected, Array[] results, int i) {
        String what =
                rule + " after " + e.steps + " steps: p " + e.p + ", g " + g + ", state " + e.first + ", " + e.second;
        e.step(rule, g);
        near(what + ": p", expected[0].at(i), results[0].at(i), e.pTerms, ROUNDINGS);
        if (results.length > 1) {
            near(what + ": first", expected[1].at(i), results[1].at(i), e.firstTerms, ROUNDINGS);
        }
        if (results.length > 2) {
            near(what + ": second", expected[2].at(i), results[2].at(i), e.secondTerms, ROUNDINGS);
        }
    }

    /** Gives an optimizer of one parameter its state under PyTorch's names. */
    private static void load(
            Optimizer optimizer, UpdateRule rule, long steps, Array first, Array second, Device device) {
        if (steps == 0) {
            return;
        }
        Map<String, Tensor> tensors = new HashMap<>();
        if (rule.kind() != Kind.SGD) {
            tensors.put("exp_avg", first.ondol(device));
            tensors.put("exp_avg_sq", second.ondol(device));
        } else if (rule.momentum() != 0) {
            tensors.put("momentum_buffer", first.ondol(device));
        }
        Optimizer.State fresh = optimizer.stateDict();
        optimizer.loadStateDict(new Optimizer.State(
                fresh.optimizer(), fresh.settings(), List.of(new Optimizer.ParameterState(steps, tensors))));
    }

    /** The parameter and what is remembered of it. */
    private static Array[] results(UpdateRule rule, Tensor p, Optimizer optimizer) {
        Map<String, Tensor> state =
                optimizer.stateDict().parameters().getFirst().tensors();
        List<Array> results = new ArrayList<>(List.of(Array.of(p)));
        if (rule.kind() != Kind.SGD) {
            results.add(Array.of(state.get("exp_avg")));
            results.add(Array.of(state.get("exp_avg_sq")));
        } else if (rule.momentum() != 0) {
            results.add(Array.of(state.get("momentum_buffer")));
        }
        return results.toArray(Array[]::new);
    }

    // ---- several steps, from the start

    /** With other learning rates in between, and steps in which a parameter has no gradient. */
    private static void severalSteps(Function<Draw, UpdateRule> variant, Draw d) {
        UpdateRule rule = variant.apply(d);
        Device device = Settings.devices().getFirst();
        List<Tensor> ours = new ArrayList<>();
        List<org.bytedeco.pytorch.Tensor> theirs = new ArrayList<>();
        List<Element[]> elements = new ArrayList<>();
        int parameters = d.between(1, 3);
        for (int k = 0; k < parameters; k++) {
            long[] shape = shape(d);
            Array p = Array.of(shape, values(d, (int) Array.count(shape), 2));
            ours.add(leaf(p, shape.length >= 2 && d.flag(), device));
            theirs.add(p.torch().set_requires_grad(true));
            Element[] all = new Element[p.size()];
            Array zeros = Array.of(shape, new float[all.length]);
            for (int i = 0; i < all.length; i++) {
                all[i] = element(p, zeros, zeros, 0, i);
            }
            elements.add(all);
        }
        Optimizer optimizer = rule.ondol(ours);
        UpdateRule.Torched torched = rule.cpp(theirs);
        int steps = d.between(1, 6);
        for (int step = 1; step <= steps; step++) {
            for (int k = 0; k < parameters; k++) {
                if (d.chance(0.15)) {
                    continue;
                }
                Array g = Array.of(ours.get(k).shape().toArray(), values(d, elements.get(k).length, 2));
                ours.get(k).backward(g.ondol(device));
                theirs.get(k).backward(g.torch(), new BoolOptional(), false, new TensorArrayRefOptional());
                for (int i = 0; i < g.size(); i++) {
                    elements.get(k)[i].step(rule, g.at(i));
                }
            }
            optimizer.step();
            torched.step();
            for (int k = 0; k < parameters; k++) {
                Array expected = Array.of(theirs.get(k));
                Array actual = Array.of(ours.get(k));
                for (int i = 0; i < expected.size(); i++) {
                    Element e = elements.get(k)[i];
                    String what =
                            rule + ", step " + step + ", parameter " + k + " at " + i + ", in double precision " + e.p;
                    near(what, expected.at(i), actual.at(i), e.pTerms, ROUNDINGS * step);
                }
            }
            optimizer.zeroGrad();
            torched.zeroGrad();
            for (int k = 0; k < parameters; k++) {
                assertEquals(theirs.get(k).grad().defined(), ours.get(k).grad() != null, "gradient after zeroGrad");
            }
            if (d.chance(0.3)) {
                rule = rule.lr(lr(d));
                optimizer.setLr(rule.lr());
                torched.setLr(rule.lr());
            }
        }
    }

    // ---- settings

    /** Whether settings are accepted. What is infinite, and a dampening below 0, is refused by Ondol only. */
    @Test
    void settings() {
        for (int i = 0; i < 20 * Math.max(200, Settings.CASES); i++) {
            Draw d = new Draw(Settings.seed("optimizer settings", i));
            UpdateRule rule = settings(d);
            try (PointerScope scope = new PointerScope()) {
                boolean theirs = accepts(() -> rule.cpp(
                        List.of(Array.of(new long[] {1}, new float[1]).torch().set_requires_grad(true))));
                boolean ours = accepts(() -> rule.ondol(List.of(Tensor.parameter(Tensor.zeros(1)))));
                if (theirs && !ours && odd(rule)) {
                    Report.saw(Difference.OPTIMIZER_SETTINGS);
                } else {
                    assertEquals(theirs, ours, () -> rule + ": whether it is accepted");
                }
            }
            Report.ran("optimizer settings");
        }
    }

    private static UpdateRule settings(Draw d) {
        UpdateRule rule = d.pick(UpdateRule.sgd(0.1), UpdateRule.adam(0.1), UpdateRule.adamw(0.1));
        if (d.chance(0.3)) {
            rule = rule.lr(setting(d));
        }
        if (d.chance(0.3)) {
            rule = rule.weightDecay(setting(d));
        }
        if (rule.kind() == Kind.SGD) {
            rule = d.chance(0.5) ? rule.momentum(setting(d)) : rule;
            rule = d.chance(0.3) ? rule.dampening(setting(d)) : rule;
            return rule.nesterov(d.chance(0.3));
        }
        rule = d.chance(0.3) ? rule.betas(setting(d), setting(d)) : rule;
        return d.chance(0.3) ? rule.eps(setting(d)) : rule;
    }

    private static double setting(Draw d) {
        return d.pick(
                0.0,
                -0.0,
                0.5,
                0.9,
                1.0,
                1.5,
                -0.1,
                -1e-300,
                Math.nextDown(1.0),
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY);
    }

    private static boolean odd(UpdateRule rule) {
        return !(rule.dampening() >= 0)
                || Stream.of(rule.lr(), rule.weightDecay(), rule.momentum(), rule.dampening(), rule.eps())
                        .anyMatch(s -> s.isInfinite());
    }

    private static boolean accepts(Runnable making) {
        try {
            making.run();
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }
}
