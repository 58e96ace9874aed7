package ondol.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import ondol.Tensor;
import ondol.optim.Adam;
import ondol.optim.AdamW;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;
import ondol.optim.SGD;
import ondol.optim.scheduler.StepLR;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** States in PyTorch's words; whether PyTorch itself agrees is in {@link PythonTrainingPeersTest}. */
final class TorchOptimizerTest {
    @TempDir
    Path folder;

    private final Tensor a = Tensor.parameter(Tensor.tensor(1f, 2f, 3f));
    private final Tensor b = Tensor.parameter(Tensor.tensor(4f, 5f));

    private Optimizer stepped(Optimizer optimizer) {
        for (int i = 0; i < 3; i++) {
            optimizer.zeroGrad();
            a.square().sum().add(b.mul(3).sum()).backward();
            optimizer.step();
        }
        return optimizer;
    }

    private static String text(Optimizer optimizer) {
        Optimizer.State state = optimizer.stateDict();
        StringBuilder text = new StringBuilder(optimizer.toString());
        text.append(new TreeMap<>(state.settings()));
        state.groups().forEach(g -> text.append(g.parameters()).append(new TreeMap<>(g.settings())));
        state.parameters().forEach(p -> {
            text.append(p.step());
            new TreeMap<>(p.tensors())
                    .forEach((name, t) -> text.append(name).append(Arrays.toString(t.toFloatArray())));
        });
        return text.toString();
    }

    @Test
    void wordsOfPyTorch() {
        Map<String, Object> sgd = TorchOptimizer.stateDict(
                new SGD(List.of(a, b), 0.1).momentum(0.9).nesterov(true));
        assertEquals(Map.of(), sgd.get("state"));
        assertEquals(
                List.of(Map.of(
                        "lr",
                        0.1,
                        "momentum",
                        0.9,
                        "dampening",
                        0.0,
                        "weight_decay",
                        0.0,
                        "nesterov",
                        true,
                        "maximize",
                        false,
                        "params",
                        List.of(0L, 1L))),
                sgd.get("param_groups"));

        Adam adam = new AdamW(0.1, new ParameterGroup(List.of(a)).set("beta1", 0.5), new ParameterGroup(List.of(b)));
        StepLR scheduler = new StepLR(adam, 1, 0.5);
        stepped(adam);
        scheduler.step();
        Map<String, Object> saved = TorchOptimizer.stateDict(adam);
        Map<?, ?> first = (Map<?, ?>) ((List<?>) saved.get("param_groups")).get(0);
        Map<?, ?> second = (Map<?, ?>) ((List<?>) saved.get("param_groups")).get(1);
        assertEquals(List.of(0.5, 0.999), first.get("betas"));
        assertEquals(List.of(0.9, 0.999), second.get("betas"));
        assertEquals(0.05, second.get("lr"));
        assertEquals(0.1, second.get("initial_lr"));
        assertEquals(List.of(1L), second.get("params"));
        assertEquals(true, second.get("decoupled_weight_decay"));
        Map<?, ?> ofB = (Map<?, ?>) ((Map<?, ?>) saved.get("state")).get(1L);
        assertEquals(3, ((Tensor) ofB.get("step")).item());
        assertEquals(
                List.of("exp_avg", "exp_avg_sq", "step"),
                ofB.keySet().stream().sorted().toList());
    }

    @Test
    void thereAndBack() throws IOException {
        for (Optimizer optimizer : new Optimizer[] {
            new SGD(0.1, new ParameterGroup(List.of(a)), new ParameterGroup(List.of(b)).set("weightDecay", 0.5))
                    .momentum(0.9),
            new Adam(List.of(a, b), 0.1).betas(0.7, 0.8),
            new AdamW(0.1, new ParameterGroup(List.of(a)), new ParameterGroup(List.of(b)).setLr(0.3))
        }) {
            new StepLR(optimizer, 1, 0.5);
            stepped(optimizer);
            Path file = folder.resolve("a.pt");
            TorchFile.save(file, Map.of("all", Map.of("optimizer", TorchOptimizer.stateDict(optimizer))));
            ParameterGroup[] groups = optimizer.paramGroups().stream()
                    .map(g -> new ParameterGroup(g.parameters()))
                    .toArray(ParameterGroup[]::new);
            Optimizer other = switch (optimizer) {
                case SGD _ -> new SGD(1, groups);
                case AdamW _ -> new AdamW(1, groups);
                default -> new Adam(1, groups);
            };
            TorchOptimizer.load(other, file, "all", "optimizer");
            assertEquals(settings(optimizer), settings(other));
            assertEquals(moments(optimizer), moments(other));
        }
    }

    private static List<String> settings(Optimizer optimizer) {
        return optimizer.paramGroups().stream()
                .map(g -> g.lr() + " " + g.initialLr() + " " + g.settings())
                .toList();
    }

    private static String moments(Optimizer optimizer) {
        StringBuilder text = new StringBuilder();
        optimizer.stateDict().parameters().forEach(p -> {
            text.append(optimizer instanceof Adam ? p.step() : 0);
            new TreeMap<>(p.tensors())
                    .forEach((name, t) -> text.append(name).append(Arrays.toString(t.toFloatArray())));
        });
        return text.toString();
    }

    /** What Adam's state is in Python after one step, as TorchFile reads it, with a change. */
    private static Map<String, Object> adam(
            Consumer<Map<String, Object>> group, Consumer<Map<Object, Object>> ofFirst) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("lr", 0.001);
        settings.put("betas", new ArrayList<>(List.of(0.9, 0.999)));
        settings.put("eps", 1e-8);
        settings.put("weight_decay", 0L);
        settings.put("amsgrad", false);
        settings.put("maximize", false);
        settings.put("foreach", null);
        settings.put("capturable", false);
        settings.put("differentiable", false);
        settings.put("fused", null);
        settings.put("params", List.of(0L, 1L));
        group.accept(settings);
        Map<Object, Object> first = new LinkedHashMap<>();
        first.put("step", Tensor.tensor(1.0));
        first.put("exp_avg", Tensor.tensor(1f, 2f, 3f));
        first.put("exp_avg_sq", Tensor.tensor(1f, 2f, 3f));
        ofFirst.accept(first);
        Map<Object, Object> state = new LinkedHashMap<>();
        state.put(0L, first);
        return Map.of("state", state, "param_groups", List.of(settings));
    }

    @Test
    void whatChangesNothingIsPassedOver() {
        Optimizer optimizer = new Adam(List.of(a, b), 1);
        TorchOptimizer.loadStateDict(
                optimizer,
                adam(
                        group -> {
                            group.put("foreach", true);
                            group.put("fused", true);
                            group.put("capturable", true);
                            group.put("differentiable", true);
                            group.put("decoupled_weight_decay", false);
                            group.put("param_names", List.of("a", "b"));
                            group.put("max_lr", 0.1);
                            group.put("base_momentum", 0.8);
                            group.put("name", "head");
                            group.put("of later", false);
                            group.put("lr", Tensor.tensor(0.25)); // as with capturable
                        },
                        first -> {
                            first.put("step", 7L); // as before 1.12
                            first.put("max_exp_avg_sq", Tensor.tensor(1f, 2f, 3f));
                        }));
        assertEquals(0.25, optimizer.lr());
        assertEquals(7, optimizer.stateDict().parameters().get(0).step());
        assertEquals(0, optimizer.stateDict().parameters().get(1).step());

        Optimizer sgd = new SGD(List.of(a), 1);
        Map<String, Object> group = new LinkedHashMap<>(Map.of(
                "lr",
                0.1,
                "momentum",
                0.5,
                "dampening",
                0L,
                "weight_decay",
                0L,
                "nesterov",
                true,
                "params",
                List.of(140L)));
        Map<String, Object> none = new LinkedHashMap<>();
        none.put("momentum_buffer", null);
        TorchOptimizer.loadStateDict(
                sgd,
                Map.of("state", Map.of(140L, none), "param_groups", List.of(group))); // PyTorch numbers as it likes
        assertEquals("SGD(lr=0.1, momentum=0.5, dampening=0.0, weightDecay=0.0, nesterov=1.0)", sgd.toString());
        assertEquals(0, sgd.stateDict().parameters().get(0).step());
    }

    private static void refused(Optimizer optimizer, Object state, String... words) {
        String before = text(optimizer);
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> TorchOptimizer.loadStateDict(optimizer, state),
                String.join(" ", words));
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), e.getMessage());
        }
        assertTrue(e.getMessage().startsWith("TorchOptimizer.loadStateDict: "), e.getMessage());
        assertEquals(before, text(optimizer));
    }

    @Test
    void whatDoesNotFitIsRefusedAndChangesNothing() {
        Optimizer adam = stepped(new Adam(List.of(a, b), 0.1).betas(0.5, 0.6));
        Consumer<Map<Object, Object>> same = first -> {};
        Consumer<Map<String, Object>> asIs = group -> {};
        refused(adam, adam(g -> g.put("maximize", true), same), "maximize=True", "Adam computes with False");
        refused(adam, adam(g -> g.put("amsgrad", true), same), "amsgrad=True");
        refused(adam, adam(g -> g.put("decoupled_weight_decay", true), same), "make an AdamW instead");
        refused(adam, adam(g -> g.put("lr_scale", 0.5), same), "'lr_scale', the number 0.5", "take it out of the map");
        refused(adam, adam(g -> g.remove("betas"), same), "nothing as 'betas'", "two numbers");
        refused(adam, adam(g -> g.put("betas", List.of(0.9)), same), "'betas'", "two numbers");
        refused(adam, adam(g -> g.put("betas", List.of(0.9, "much")), same), "a list as 'betas'", "two numbers");
        refused(adam, adam(g -> g.put("betas", Arrays.asList(0.9, null)), same), "'betas'", "two numbers");
        refused(adam, adam(g -> g.put("betas", List.of(0.9, 1.0)), same), "beta2 is 1.0");
        refused(adam, adam(g -> g.put("lr", -1.0), same), "-1.0");
        refused(adam, adam(g -> g.put("lr", null), same), "'lr'", "a number");
        refused(adam, adam(g -> g.put("initial_lr", Double.NaN), same), "initialLr", "NaN");
        refused(adam, adam(g -> g.put("eps", Double.POSITIVE_INFINITY), same), "eps is Infinity");
        refused(adam, adam(g -> g.put("params", List.of(0L)), same), "it has 1 parameters, not 2");
        refused(adam, adam(g -> g.remove("params"), same), "group 0 of the state has no list 'params'");
        refused(adam, adam(asIs, s -> s.put("step", 0.5)), "the number 0.5 as 'step'");
        refused(adam, adam(asIs, s -> s.put("step", -1L)), "-1 steps");
        refused(adam, adam(asIs, s -> s.put("step", Double.POSITIVE_INFINITY)), "2^53");
        refused(adam, adam(asIs, s -> s.remove("step")), "null as 'step'");
        refused(adam, adam(asIs, s -> s.remove("exp_avg")), "has no 'exp_avg'");
        refused(adam, adam(asIs, s -> s.put("exp_avg", Tensor.tensor(1f, 2f))), "exp_avg", "[2]", "[3]");
        refused(adam, adam(asIs, s -> s.put("exp_avg", 5L)), "'exp_avg', the number 5");
        refused(adam, adam(asIs, s -> s.put("prev", Tensor.tensor(1f))), "'prev', a tensor", "[exp_avg, exp_avg_sq]");
        refused(
                adam,
                Map.of("state", Map.of(5L, Map.of()), "param_groups", List.of(Map.of("params", List.of()))),
                "nothing as 'eps'");
        refused(adam, Map.of("state", Map.of(), "param_groups", List.of()), "the state has no groups");
        refused(adam, List.of(), "a list is no optimizer's state");
        refused(adam, adam.stateDict(), "State is no optimizer's state");
        refused(adam, TorchOptimizer.stateDict(new SGD(List.of(a, b), 0.1)), "Adam has");
        refused(adam, TorchOptimizer.stateDict(new AdamW(List.of(a, b), 0.1)), "make an AdamW instead");
        refused(new AdamW(List.of(a, b), 0.1), TorchOptimizer.stateDict(adam), "make an Adam instead");
        refused(new SGD(List.of(a, b), 0.1), TorchOptimizer.stateDict(adam), "nothing as 'momentum'");

        Map<String, Object> foreign = new LinkedHashMap<>(adam(asIs, same));
        foreign.put("state", Map.of(9L, Map.of()));
        refused(adam, foreign, "parameter 9");
    }

    @Test
    void optimizersOfOnesOwnAreNotKnown() {
        Optimizer own = new Optimizer(List.of(a), 1) {
            @Override
            protected void update(Slot slot, Tensor parameter, Tensor gradient) {}

            @Override
            protected Map<String, Double> settings() {
                return Map.of();
            }

            @Override
            protected void restore(Map<String, Double> settings) {}
        };
        String message = assertThrows(IllegalArgumentException.class, () -> TorchOptimizer.stateDict(own))
                .getMessage();
        assertTrue(message.contains("only that of SGD, Adam and AdamW"), message);
        assertThrows(IllegalArgumentException.class, () -> TorchOptimizer.loadStateDict(own, Map.of()));
    }
}
