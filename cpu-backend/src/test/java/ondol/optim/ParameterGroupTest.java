package ondol.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Groups with settings of their own: each trains as if it had an optimizer to itself. */
final class ParameterGroupTest {
    private static Tensor parameter(float... values) {
        return Tensor.parameter(Tensor.tensor(values));
    }

    private static ParameterGroup group(Tensor... parameters) {
        return new ParameterGroup(List.of(parameters));
    }

    private static void refuses(String message, Executable body) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, body).getMessage());
    }

    /** Steps with gradients that depend on the parameters. */
    private static void steps(int n, Optimizer... optimizers) {
        for (int i = 0; i < n; i++) {
            for (Optimizer optimizer : optimizers) {
                for (Tensor p : optimizer.parameters()) {
                    p.square().mul(0.5).add(p).sum().backward();
                }
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
    }

    private static float[][] values(Optimizer... optimizers) {
        List<float[]> all = new ArrayList<>();
        for (Optimizer optimizer : optimizers) {
            optimizer.parameters().forEach(p -> all.add(p.toFloatArray()));
        }
        return all.toArray(float[][]::new);
    }

    // ---- training

    @Test
    void asOneOptimizerForEachGroup() {
        Optimizer[] alone = {
            new SGD(List.of(parameter(1, 2), parameter(3)), 0.1).momentum(0.9).weightDecay(0.01),
            new SGD(List.of(parameter(-1)), 0.02).momentum(0.9),
            new SGD(List.of(parameter(5)), 0.1).weightDecay(0.01),
            new SGD(List.of(parameter(7)), 0.1).momentum(0.5).weightDecay(0.01).nesterov(true)
        };
        SGD together = new SGD(
                        0.1,
                        group(parameter(1, 2), parameter(3)),
                        group(parameter(-1)).setLr(0.02).set("weightDecay", 0),
                        group(parameter(5)).set("momentum", 0),
                        group(parameter(7)).set("momentum", 0.5).set("nesterov", 1))
                .momentum(0.9)
                .weightDecay(0.01);
        steps(5, alone);
        steps(5, together);
        assertArrayEquals(values(alone), values(together));
        assertEquals(
                "SGD[2 parameters(lr=0.1, momentum=0.9, dampening=0.0, weightDecay=0.01, nesterov=0.0),"
                        + " 1 parameter(lr=0.02, momentum=0.9, dampening=0.0, weightDecay=0.0, nesterov=0.0),"
                        + " 1 parameter(lr=0.1, momentum=0.0, dampening=0.0, weightDecay=0.01, nesterov=0.0),"
                        + " 1 parameter(lr=0.1, momentum=0.5, dampening=0.0, weightDecay=0.01, nesterov=1.0)]",
                together.toString());
    }

    @Test
    void adamAndAdamW() {
        Optimizer[] alone = {
            new AdamW(List.of(parameter(1)), 0.1).weightDecay(0.2),
            new AdamW(List.of(parameter(2)), 0.3).betas(0.4, 0.99).weightDecay(0),
            new Adam(List.of(parameter(1)), 0.1).eps(1e-3),
            new Adam(List.of(parameter(2)), 0.1).eps(0.1).weightDecay(0.5)
        };
        Optimizer[] together = {
            new AdamW(
                            0.1,
                            group(parameter(1)),
                            group(parameter(2))
                                    .setLr(0.3)
                                    .set("beta1", 0.4)
                                    .set("beta2", 0.99)
                                    .set("weightDecay", 0))
                    .weightDecay(0.2),
            new Adam(
                            0.1,
                            group(parameter(1)),
                            group(parameter(2)).set("eps", 0.1).set("weightDecay", 0.5))
                    .eps(1e-3)
        };
        steps(6, alone);
        steps(6, together);
        assertArrayEquals(values(alone), values(together));
        assertEquals(
                "[0.01, 0.0]",
                List.of(
                                new AdamW(0.1, group(parameter(1)))
                                        .paramGroups()
                                        .getFirst()
                                        .get("weightDecay"),
                                new Adam(0.1, group(parameter(1)))
                                        .paramGroups()
                                        .getFirst()
                                        .get("weightDecay"))
                        .toString());
    }

    @Test
    void aGroupAddedLater() {
        SGD sgd = new SGD(List.of(parameter(1)), 0.1).momentum(0.9);
        SGD first = new SGD(List.of(parameter(1)), 0.1).momentum(0.9);
        SGD second = new SGD(List.of(parameter(2)), 0.5).momentum(0.9).dampening(0.5);
        steps(2, sgd, first);
        sgd.addParamGroup(group(parameter(2)).setLr(0.5).set("dampening", 0.5));
        steps(2, sgd, first, second);
        assertArrayEquals(values(first, second), values(sgd));
        sgd.addParamGroup(group(parameter(3)));
        assertEquals(0.1, sgd.paramGroups().get(2).lr());
        assertEquals(3, sgd.parameters().size());
        sgd.setLr(0.25);
        assertEquals(
                List.of(0.25, 0.25, 0.25),
                sgd.paramGroups().stream().map(ParameterGroup::lr).toList());
        sgd.addParamGroup(group());
        assertEquals(0.25, sgd.lr());
    }

    @Test
    void settingsMayChange() {
        ParameterGroup own = group(parameter(1)).set("weightDecay", 0.5);
        SGD sgd = new SGD(0.1, own, group(parameter(2)));
        sgd.weightDecay(0.25).momentum(0.75);
        assertEquals(0.5, own.get("weightDecay"));
        assertEquals(0.75, own.get("momentum"));
        assertEquals(
                Map.of("momentum", 0.75, "dampening", 0.0, "weightDecay", 0.25, "nesterov", 0.0),
                sgd.paramGroups().get(1).settings());
        own.set("weightDecay", 0.125).set("lr", 0.5);
        assertEquals(0.125, own.get("weightDecay"));
        assertEquals(0.5, own.lr());
        IllegalStateException e = assertThrows(IllegalStateException.class, sgd::lr);
        assertEquals(
                "SGD.lr: the groups have different learning rates, 0.5 and 0.1; ask each of paramGroups()",
                e.getMessage());
    }

    /** A program's own optimizer knows nothing of groups. */
    private static final class Signs extends Optimizer {
        double scale = 1;
        int restored;

        Signs(double lr, ParameterGroup... groups) {
            super(lr, groups);
        }

        @Override
        protected void update(Slot slot, Tensor parameter, Tensor gradient) {
            try (var _ = Autograd.noGrad()) {
                parameter.addInPlace(gradient.sign().mul(-lr() * scale));
            }
        }

        @Override
        protected Map<String, Double> settings() {
            return Map.of("scale", scale);
        }

        @Override
        protected void restore(Map<String, Double> settings) {
            scale = atLeastZero("scale", settings.get("scale"));
            restored++;
        }
    }

    @Test
    void anOptimizerOfOnesOwn() {
        Signs signs = new Signs(
                0.5,
                group(parameter(1), parameter(1)),
                group(parameter(1), parameter(1)).setLr(0.25).set("scale", 2));
        signs.scale = 0.5;
        steps(1, signs);
        assertArrayEquals(new float[][] {{0.75f}, {0.75f}, {0.5f}, {0.5f}}, values(signs));
        assertEquals(0.5, signs.scale);
        int before = signs.restored;
        steps(1, signs);
        assertEquals(4, signs.restored - before, "for each group, not for each parameter");
        Signs plain = new Signs(0.5, group(parameter(1), parameter(1)));
        steps(3, plain);
        assertEquals(0, plain.restored);
        Signs bad = new Signs(0.5, group(parameter(1)).set("scale", -1));
        refuses("Signs: scale is -1.0; it must be a finite number of 0 or more", bad::step);
        assertEquals(1, bad.scale);
        assertArrayEquals(new float[][] {{1}}, values(bad));
        bad.paramGroups().getFirst().set("scale", 3);
        steps(1, bad);
        assertArrayEquals(new float[][] {{-0.5f}}, values(bad));
    }

    @Test
    void afterAFailureTheSettingsAreTheOptimizers() {
        Optimizer failing = new Optimizer(0.5, group(parameter(1)).set("scale", 2)) {
            double scale = 1;

            @Override
            protected void update(Slot slot, Tensor parameter, Tensor gradient) {
                throw new IllegalStateException("scale " + scale + ", lr " + lr());
            }

            @Override
            protected Map<String, Double> settings() {
                return Map.of("scale", scale);
            }

            @Override
            protected void restore(Map<String, Double> settings) {
                scale = settings.get("scale");
            }
        };
        failing.parameters().getFirst().sum().backward();
        assertEquals(
                "scale 2.0, lr 0.5",
                assertThrows(IllegalStateException.class, failing::step).getMessage());
        assertEquals(Map.of("scale", 1.0), failing.settings());
    }

    // ---- state

    private static SGD make(float start) {
        return new SGD(
                        0.1,
                        group(parameter(start)),
                        group(parameter(start), parameter(start, 1)).setLr(0.02).set("momentum", 0.5))
                .momentum(0.9);
    }

    @Test
    void goesOnFromASavedState() {
        SGD unbroken = make(1);
        unbroken.paramGroups().get(0).setInitialLr(0.75);
        steps(3, unbroken);
        unbroken.paramGroups().get(0).setLr(0.05).set("weightDecay", 0.1);
        Optimizer.State saved = unbroken.stateDict();
        float[][] then = values(unbroken);
        steps(3, unbroken);

        SGD other = make(2);
        other.paramGroups().get(1).set("dampening", 0.9).setInitialLr(3);
        for (int i = 0; i < then.length; i++) {
            other.parameters().get(i).detach().copyFrom(Tensor.tensor(then[i]));
        }
        other.loadStateDict(saved);
        steps(3, other);
        assertArrayEquals(values(unbroken), values(other));
        assertEquals(unbroken.toString(), other.toString());
        assertEquals(0.75, other.paramGroups().get(0).initialLr().getAsDouble());
        assertEquals(true, other.paramGroups().get(1).initialLr().isEmpty());
        assertEquals(Map.of("lr", 0.02, "momentum", 0.5), saved.groups().get(1).settings());
    }

    @Test
    void aStateWithoutGroups() {
        SGD sgd = new SGD(List.of(parameter(1)), 0.5);
        sgd.paramGroups().getFirst().set("momentum", 0.5);
        Optimizer.State state =
                new SGD(List.of(parameter(1)), 0.25).weightDecay(0.125).stateDict();
        sgd.loadStateDict(new Optimizer.State(state.optimizer(), state.settings(), state.parameters()));
        assertEquals("SGD(lr=0.25, momentum=0.0, dampening=0.0, weightDecay=0.125, nesterov=0.0)", sgd.toString());
    }

    private static Optimizer.State with(Optimizer.State state, int group, Map<String, Double> changes) {
        List<Optimizer.GroupState> groups = new ArrayList<>(state.groups());
        Map<String, Double> settings = new LinkedHashMap<>(groups.get(group).settings());
        settings.putAll(changes);
        groups.set(group, new Optimizer.GroupState(groups.get(group).parameters(), settings));
        return new Optimizer.State(state.optimizer(), state.settings(), state.parameters(), groups);
    }

    @Test
    void statesThatDoNotFit() {
        SGD sgd = make(1);
        String before = sgd.toString() + sgd.stateDict();
        Optimizer.State state = sgd.stateDict();
        String start = "SGD.loadStateDict: the state does not fit: ";
        String end = "; load the state of an optimizer that was made the same way";
        SGD one = new SGD(List.of(parameter(1), parameter(1), parameter(1, 1)), 0.5);
        refuses(start + "its groups have [1, 2] parameters, not [3]" + end, () -> one.loadStateDict(state));
        refuses(start + "its groups have [3] parameters, not [1, 2]" + end, () -> sgd.loadStateDict(one.stateDict()));
        refuses(
                start + "lr of group 1 is -1.0, which is no finite number of 0 or more" + end,
                () -> sgd.loadStateDict(with(state, 1, Map.of("lr", -1.0))));
        refuses(
                start + "initialLr of group 0 is NaN, which is no finite number of 0 or more" + end,
                () -> sgd.loadStateDict(with(state, 0, Map.of("initialLr", Double.NaN))));
        refuses(
                "SGD: group 1 has a setting 'alpha', which is neither lr nor one of [momentum, dampening, weightDecay,"
                        + " nesterov]",
                () -> sgd.loadStateDict(with(state, 1, Map.of("alpha", 1.0))));
        refuses(
                "SGD: weightDecay is -1.0; it must be a finite number of 0 or more",
                () -> sgd.loadStateDict(with(state, 0, Map.of("weightDecay", -1.0))));
        Optimizer.State noRate = new Optimizer.State(
                "SGD",
                state.settings(),
                state.parameters(),
                List.of(new Optimizer.GroupState(1, Map.of()), state.groups().get(1)));
        refuses(start + "group 0 has no lr" + end, () -> sgd.loadStateDict(noRate));
        assertEquals(before, sgd.toString() + sgd.stateDict());
    }

    // ---- what is refused

    @Test
    void aTensorInTwoGroups() {
        Tensor p = parameter(1, 2);
        refuses(
                "SGD: parameter 1 of group 1 of shape [2] is in group 0 too; pass it once",
                () -> new SGD(0.1, group(p), group(parameter(1), p)));
        refuses(
                "SGD: parameter 1 of group 0 of shape [2] occurs twice; pass it once",
                () -> new SGD(0.1, group(p, p), group()));
        SGD sgd = new SGD(List.of(p), 0.1);
        ParameterGroup late = group(parameter(3), p);
        refuses(
                "SGD: parameter 1 of group 1 of shape [2] is in group 0 too; pass it once",
                () -> sgd.addParamGroup(late));
        assertEquals(1, sgd.paramGroups().size());
        assertThrows(IllegalStateException.class, late::lr);
        refuses(
                "SGD: there are no parameters to optimize; pass net.parameters() of a net that has some"
                        + " (a module's fields count only when registered: register(\"name\", ...))",
                () -> new SGD(0.1, group(), group()));
        refuses(
                "SGD: there are no parameters to optimize; pass net.parameters() of a net that has some"
                        + " (a module's fields count only when registered: register(\"name\", ...))",
                () -> new SGD(0.1));
        refuses(
                "ParameterGroup: parameter 1 is null; pass tensors only, such as net.parameters()",
                () -> new ParameterGroup(Arrays.asList(p, null)));
    }

    @Test
    void aGroupOfAnotherOptimizer() {
        ParameterGroup taken = group(parameter(1));
        SGD sgd = new SGD(0.1, taken);
        refuses(
                "Adam: group 0 belongs to another optimizer already; make a new ParameterGroup",
                () -> new Adam(0.1, taken));
        refuses(
                "SGD: group 1 belongs to this optimizer already; make a new ParameterGroup",
                () -> sgd.addParamGroup(taken));
        ParameterGroup twice = group(parameter(1));
        refuses(
                "SGD: group 1 belongs to this optimizer already; make a new ParameterGroup",
                () -> new SGD(0.1, twice, twice));
        new SGD(0.1, twice).step();
    }

    @Test
    void settingsThatDoNotFit() {
        String unknown = "SGD: group 1 has a setting 'beta1', which is neither lr nor one of [momentum, dampening,"
                + " weightDecay, nesterov]";
        ParameterGroup group = group(parameter(1)).set("beta1", 0.5);
        ParameterGroup good = group(parameter(1));
        refuses(unknown, () -> new SGD(0.1, good, group));
        assertThrows(IllegalStateException.class, good::lr);
        SGD sgd = new SGD(0.1, good);
        refuses(unknown, () -> sgd.addParamGroup(group));
        assertEquals(
                "[1 parameter(lr=0.1, momentum=0.0, dampening=0.0, weightDecay=0.0, nesterov=0.0)]",
                sgd.paramGroups().toString());
        refuses("SGD: momentum is -1.0; it must be a finite number of 0 or more", () -> good.set("momentum", -1));
        refuses(
                "SGD: nesterov needs a momentum above 0 and no dampening, but momentum is 0.0 and dampening is 0.0; set"
                        + " them before nesterov(true)",
                () -> good.set("nesterov", 1));
        sgd.momentum(0.5);
        good.set("nesterov", 1);
        refuses(
                "SGD: nesterov needs a momentum above 0 and no dampening, but momentum is 0.0 and dampening is 0.0; set"
                        + " them before nesterov(true)",
                () -> sgd.momentum(0));
        assertEquals(0.5, good.get("momentum"));
        refuses("SGD: lr is NaN; it must be a finite number of 0 or more", () -> good.setLr(Double.NaN));
        refuses(
                "ParameterGroup: lr is -1.0; it must be a finite number of 0 or more",
                () -> group(parameter(1)).setLr(-1));
        refuses(
                "ParameterGroup.get: there is no setting 'gamma', only [momentum, dampening, weightDecay, nesterov]",
                () -> good.get("gamma"));
        refuses(
                "ParameterGroup.get: there is no setting 'gamma', only []; the optimizer's are there once the group"
                        + " belongs to one",
                () -> group(parameter(1)).get("gamma"));
        assertEquals(
                "1 parameter(lr=the optimizer's, momentum=0.5)",
                group(parameter(1)).set("momentum", 0.5).toString());
    }
}
