package ondol.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import ondol.DType;
import ondol.Scope;
import ondol.Tensor;
import ondol.optim.Adam;
import ondol.optim.AdamW;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;
import ondol.optim.SGD;
import org.jspecify.annotations.Nullable;

/**
 * Translates the state of PyTorch's optimizers to Ondol's, and back: a training that began in the one goes on in the other.
 *
 * <pre>{@code
 * Path file = Path.of("checkpoint.pt"); // torch.save({"model": net.state_dict(), "optimizer": optimizer.state_dict()}, file)
 * net.loadStateDict(TorchFile.loadStateDict(file, "model"));
 * TorchOptimizer.load(optimizer, file, "optimizer");
 * ...
 * TorchFile.save(file, Map.of("model", net.stateDict(), "optimizer", TorchOptimizer.stateDict(optimizer)));
 * }</pre>
 *
 * <p>It is for {@link SGD}, {@link Adam} and {@link AdamW}, with any number of groups. Settings, learning rates and
 * {@code initial_lr} are the state's afterwards: each group of the optimizer only needs as many parameters as the state's, in the
 * same order. What PyTorch has besides is
 *
 * <ul>
 *   <li>refused if it is on and changes results: {@code maximize}, {@code amsgrad}, and {@code decoupled_weight_decay} in Adam;
 *   <li>passed over if it says how to compute the same: {@code foreach}, {@code fused}, {@code capturable},
 *       {@code differentiable}; or if it is the parameters' names, or a scheduler's: {@code max_lr}, {@code min_lr},
 *       {@code base_momentum}, {@code max_momentum};
 *   <li>refused if it is of an unknown name, unless it is None, False or a text. What a program has put into a group for itself
 *       may be taken out of the map before.
 * </ul>
 *
 * <p>PyTorch's SGD counts no steps: a parameter with a momentum counts as changed once.
 */
public final class TorchOptimizer {
    private static final String STEP = "step";

    /** In PyTorch's groups, but without influence on what is computed, or a scheduler's. */
    private static final Set<String> WITHOUT_INFLUENCE = Set.of(
            "params",
            "param_names",
            "initial_lr",
            "foreach",
            "fused",
            "capturable",
            "differentiable",
            "max_lr",
            "min_lr",
            "base_momentum",
            "max_momentum");

    /**
     * An optimizer in PyTorch's words.
     *
     * @param numbers settings that are a number there and here, by their names here
     * @param betas whether {@code betas} are among the settings
     * @param switches settings that are a bool there
     * @param fixed what Ondol's does not let choose, and how it is
     * @param tensors what is remembered of a parameter, by its name in both
     * @param counts whether the steps of each parameter are remembered
     * @param unused what may be left of a setting that is off now
     */
    private record Kind(
            List<String> numbers,
            boolean betas,
            List<String> switches,
            Map<String, Boolean> fixed,
            Set<String> tensors,
            boolean counts,
            Set<String> unused) {
        static Kind adam(boolean decoupled) {
            Map<String, Boolean> fixed = new LinkedHashMap<>();
            fixed.put("amsgrad", false);
            fixed.put("maximize", false);
            fixed.put("decoupled_weight_decay", decoupled);
            return new Kind(
                    List.of("eps", "weightDecay"),
                    true,
                    List.of(),
                    fixed,
                    Set.of("exp_avg", "exp_avg_sq"),
                    true,
                    Set.of("max_exp_avg_sq"));
        }

        static Kind sgd() {
            return new Kind(
                    List.of("momentum", "dampening", "weightDecay"),
                    false,
                    List.of("nesterov"),
                    Map.of("maximize", false),
                    Set.of("momentum_buffer"),
                    false,
                    Set.of());
        }
    }

    private static final Kind SGD_KIND = Kind.sgd();
    private static final Kind ADAM_KIND = Kind.adam(false);
    private static final Kind ADAMW_KIND = Kind.adam(true);

    private TorchOptimizer() {}

    private static Kind kind(String operation, Optimizer optimizer) {
        return switch (Objects.requireNonNull(optimizer, operation + ": the optimizer is null; give one")) {
            case SGD _ -> SGD_KIND;
            case AdamW _ -> ADAMW_KIND;
            case Adam _ -> ADAM_KIND;
            default ->
                throw new IllegalArgumentException(operation + ": PyTorch's state of a "
                        + optimizer.getClass().getSimpleName()
                        + " is not known, only that of SGD, Adam and AdamW; use stateDict() and loadStateDict of the"
                        + " optimizer, and write what they have by TorchFile.save");
        };
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    // ---- from PyTorch

    /**
     * As {@link #loadStateDict}, from a file.
     *
     * @param optimizer an SGD, Adam or AdamW, whose state is replaced
     * @param path a file that {@code torch.save} wrote
     * @param keys the way to the state through maps; none if the file holds the state alone
     * @throws TensorFileException if the file is not read by {@link TorchFile#load}, or holds nothing there
     * @throws IllegalArgumentException as {@link #loadStateDict}
     * @throws IOException if the file cannot be read
     */
    public static void load(Optimizer optimizer, Path path, String... keys) throws IOException {
        kind("TorchOptimizer.load", optimizer);
        try (var _ = Scope.open()) {
            load("TorchOptimizer.load", optimizer, TorchFile.loadPart(path, LoadOptions.defaults(), keys));
        }
    }

    /**
     * Has an optimizer go on from what {@code optimizer.state_dict()} gives in Python, as {@link TorchFile#load} has read it. The
     * tensors are copied, to where the parameters are.
     *
     * @param optimizer an SGD, Adam or AdamW, whose state is replaced
     * @param stateDict a map with {@code state} and {@code param_groups}
     * @throws IllegalArgumentException if that is no such state, or does not fit the optimizer, or has what Ondol's lacks; nothing
     *     was changed then
     */
    public static void loadStateDict(Optimizer optimizer, @Nullable Object stateDict) {
        load("TorchOptimizer.loadStateDict", optimizer, stateDict);
    }

    private static void load(String operation, Optimizer optimizer, @Nullable Object stateDict) {
        Kind kind = kind(operation, optimizer);
        if (!(stateDict instanceof Map<?, ?> map)
                || !(map.get("param_groups") instanceof List<?> groups)
                || !(map.get("state") instanceof Map<?, ?> state)) {
            throw new IllegalArgumentException(operation + ": " + TorchFile.contents(stateDict)
                    + " is no optimizer's state, which is a map with 'state' (a map) and 'param_groups' (a list); give what"
                    + " optimizer.state_dict() gives in Python");
        }
        try {
            optimizer.loadStateDict(new Reader(optimizer, kind).state(groups, state));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(operation + ": " + e.getMessage(), e);
        }
    }

    /** Makes Ondol's state of PyTorch's, and checks what Ondol's optimizer cannot check itself. */
    private record Reader(Optimizer optimizer, Kind kind) {
        Optimizer.State state(List<?> groups, Map<?, ?> state) {
            List<Object> ids = new ArrayList<>();
            List<Map<String, Double>> settings = new ArrayList<>();
            List<Integer> sizes = new ArrayList<>();
            for (int g = 0; g < groups.size(); g++) {
                if (!(groups.get(g) instanceof Map<?, ?> group) || !(group.get("params") instanceof List<?> params)) {
                    throw new IllegalArgumentException("group " + g + " of the state has no list 'params'");
                }
                ids.addAll(params);
                sizes.add(params.size());
                settings.add(settings(g, group));
            }
            if (groups.isEmpty()) {
                throw new IllegalArgumentException("the state has no groups");
            }
            Set<Object> known = new HashSet<>(ids);
            for (Object id : state.keySet()) {
                if (!known.contains(id)) {
                    throw new IllegalArgumentException(
                            "the state remembers something of a parameter " + id + ", which is in none of its groups");
                }
            }
            List<Optimizer.ParameterState> parameters = new ArrayList<>();
            for (int i = 0; i < ids.size(); i++) {
                parameters.add(parameter(i, state.get(ids.get(i))));
            }
            // PyTorch has groups' settings only, where Ondol has the optimizer's too: the first group's are taken for
            // the
            // optimizer's.
            Map<String, Double> common = new LinkedHashMap<>(settings.getFirst());
            common.remove("initialLr");
            List<Optimizer.GroupState> states = new ArrayList<>();
            for (int g = 0; g < sizes.size(); g++) {
                Map<String, Double> own = settings.get(g);
                own.entrySet()
                        .removeIf(e -> !e.getKey().equals("lr") && e.getValue().equals(common.get(e.getKey())));
                states.add(new Optimizer.GroupState(sizes.get(g), own));
            }
            return new Optimizer.State(name(), common, parameters, states);
        }

        private String name() {
            return optimizer.getClass().getSimpleName();
        }

        private Map<String, Double> settings(int g, Map<?, ?> group) {
            Map<String, Double> all = new LinkedHashMap<>();
            Set<Object> known = new HashSet<>(WITHOUT_INFLUENCE);
            for (String name : kind.numbers) {
                all.put(name, number(g, group, snakeCase(name)));
                known.add(snakeCase(name));
            }
            if (kind.betas) {
                if (!(group.get("betas") instanceof List<?> betas) || betas.size() != 2) {
                    throw lacks(g, group, "betas", "two numbers");
                }
                for (int i = 0; i < 2; i++) {
                    Double beta = number(betas.get(i));
                    if (beta == null) {
                        throw lacks(g, group, "betas", "two numbers");
                    }
                    all.put("beta" + (i + 1), beta);
                }
                known.add("betas");
            }
            for (String name : kind.switches) {
                if (!(group.get(name) instanceof Boolean on)) {
                    throw lacks(g, group, name, "True or False");
                }
                all.put(name, on ? 1.0 : 0.0);
                known.add(name);
            }
            all.put("lr", number(g, group, "lr"));
            known.add("lr");
            if (group.get("initial_lr") != null) {
                all.put("initialLr", number(g, group, "initial_lr"));
            }
            kind.fixed.forEach((name, must) -> {
                Object value = group.get(name);
                if (value != null && !value.equals(must)) {
                    throw new IllegalArgumentException(
                            "group " + g + " of the state has " + name + "=" + TorchFile.contents(value)
                                    + ", and " + name() + " computes with " + TorchFile.contents(must)
                                    + (name.equals("decoupled_weight_decay")
                                            ? "; make an " + (must ? "Adam" : "AdamW") + " instead"
                                            : " alone; train on in PyTorch, or begin anew with an optimizer's first state"));
                }
                known.add(name);
            });
            group.forEach((name, value) -> {
                boolean says = value != null && !value.equals(false) && !(value instanceof String);
                if (says && !known.contains(name)) {
                    throw new IllegalArgumentException("group " + g + " of the state has '" + name + "', "
                            + TorchFile.contents(value) + ", which is no setting of "
                            + name()
                            + "; if it is the program's own, take it out of the map");
                }
            });
            return all;
        }

        private double number(int g, Map<?, ?> group, String name) {
            Double number = number(group.get(name));
            if (number == null) {
                throw lacks(g, group, name, "a number");
            }
            return number;
        }

        /** A number, or a tensor of one, as PyTorch has for what a graph of the GPU's reads; null if it is none. */
        private static @Nullable Double number(@Nullable Object value) {
            return switch (value) {
                case Number n -> n.doubleValue();
                case Tensor t when t.numel() == 1 && t.dtype() == DType.INT64 -> (double) t.itemLong();
                case Tensor t when t.numel() == 1 && t.dtype() == DType.FLOAT32 -> t.item();
                case null, default -> null;
            };
        }

        private IllegalArgumentException lacks(int g, Map<?, ?> group, String name, String kindOfValue) {
            String what = group.containsKey(name) ? TorchFile.contents(group.get(name)) : "nothing";
            return new IllegalArgumentException("group " + g + " of the state has " + what + " as '" + name
                    + "', where " + name() + " has " + kindOfValue
                    + "; it has "
                    + new TreeSet<>(group.keySet().stream().map(String::valueOf).toList())
                    + ": give the state of the same optimizer");
        }

        private Optimizer.ParameterState parameter(int i, @Nullable Object remembered) {
            if (remembered == null) {
                return new Optimizer.ParameterState(0, Map.of());
            }
            if (!(remembered instanceof Map<?, ?> map)) {
                throw new IllegalArgumentException(
                        "the state of parameter " + i + " is " + TorchFile.contents(remembered) + ", not a map");
            }
            Map<String, Tensor> tensors = new TreeMap<>();
            map.forEach((name, value) -> {
                if (value == null || kind.unused.contains(name) || (kind.counts && name.equals(STEP))) {
                    return; // PyTorch's SGD has None where there is no momentum
                }
                if (!(value instanceof Tensor t) || !kind.tensors.contains(name)) {
                    throw new IllegalArgumentException("the state of parameter " + i + " has '" + name + "', "
                            + TorchFile.contents(value) + ", where "
                            + name() + " has "
                            + new TreeSet<>(kind.tensors));
                }
                tensors.put((String) name, t);
            });
            return new Optimizer.ParameterState(kind.counts ? steps(i, map) : tensors.isEmpty() ? 0 : 1, tensors);
        }

        private static long steps(int i, Map<?, ?> map) {
            Double steps = map.isEmpty() ? Double.valueOf(0) : number(map.get(STEP));
            if (steps == null || steps != Math.rint(steps)) {
                throw new IllegalArgumentException("the state of parameter " + i + " has "
                        + TorchFile.contents(map.get(STEP)) + " as 'step', not a number of steps");
            }
            return steps.longValue();
        }
    }

    // ---- to PyTorch

    /**
     * The state that {@code optimizer.load_state_dict} takes in Python: for {@link TorchFile#save}. The tensors are copies.
     *
     * <p>The steps are FLOAT32 tensors, as PyTorch has them since 1.12, and what Ondol lacks is off.
     *
     * @param optimizer an SGD, Adam or AdamW
     * @return a map with {@code state}, by parameter number, and {@code param_groups}
     * @throws IllegalArgumentException if the optimizer is none of those at {@link TorchOptimizer}
     */
    public static Map<String, Object> stateDict(Optimizer optimizer) {
        Kind kind = kind("TorchOptimizer.stateDict", optimizer);
        List<Optimizer.ParameterState> parameters = optimizer.stateDict().parameters();
        Map<Long, Object> state = new LinkedHashMap<>();
        for (int i = 0; i < parameters.size(); i++) {
            Map<String, Object> remembered = new TreeMap<>(parameters.get(i).tensors());
            if (!remembered.isEmpty()) {
                if (kind.counts) {
                    remembered.put(
                            STEP, Tensor.tensor((double) parameters.get(i).step()));
                }
                state.put((long) i, remembered);
            }
        }
        List<Object> groups = new ArrayList<>();
        long next = 0;
        for (ParameterGroup group : optimizer.paramGroups()) {
            List<Long> params = new ArrayList<>();
            for (int i = 0; i < group.parameters().size(); i++) {
                params.add(next++);
            }
            Map<String, Object> all = settings(kind, group);
            all.put("params", params);
            groups.add(all);
        }
        Map<String, Object> both = new LinkedHashMap<>();
        both.put("state", state);
        both.put("param_groups", groups);
        return both;
    }

    private static Map<String, Object> settings(Kind kind, ParameterGroup group) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("lr", group.lr());
        if (kind.betas) {
            all.put("betas", List.of(group.get("beta1"), group.get("beta2")));
        }
        kind.numbers.forEach(name -> all.put(snakeCase(name), group.get(name)));
        kind.switches.forEach(name -> all.put(name, group.get(name) != 0));
        all.putAll(kind.fixed);
        group.initialLr().ifPresent(lr -> all.put("initial_lr", lr));
        return all;
    }
}
