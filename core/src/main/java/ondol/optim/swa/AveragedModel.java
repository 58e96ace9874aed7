package ondol.optim.swa;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import ondol.DType;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.Module;

/**
 * A network whose weights are averages of those of another one that is trained; PyTorch's {@code
 * torch.optim.swa_utils.AveragedModel}: stochastic weight averaging (Izmailov et al., "Averaging weights leads to wider optima and
 * better generalization", 2018), or an exponential moving average (Polyak and Juditsky, 1992).
 *
 * <p>PyTorch makes a deep copy of the network. Java has none, so a second network of the same structure is given; its first
 * weights do not matter. It is the {@link #module}, by which one computes. The state has PyTorch's names: {@code n_averaged}, and
 * the network's own with {@code module.} before them.
 *
 * <p>A second network draws first weights from {@link ondol.Ondol#generator}, unless its layers are given another one; so make it
 * where that does not matter, or before {@code Ondol.manualSeed}.
 *
 * @param <M> the network's class
 */
public final class AveragedModel<M extends Module> extends Module {
    private static final String COUNT = "n_averaged";

    private final M module;
    private final AvgFn avgFn;
    private final boolean useBuffers;

    /**
     * The mean of all weights, {@link SwaUtils#getSwaAvgFn}; buffers are those of the last.
     *
     * @param model the network that is trained
     * @param module another of the same structure, which is to have the averages
     * @throws IllegalArgumentException as the constructor with all settings
     */
    public AveragedModel(M model, M module) {
        this(model, module, SwaUtils.getSwaAvgFn(), false);
    }

    /**
     * Takes over the weights that the network has, as a deep copy would.
     *
     * @param model the network that is trained
     * @param module another of the same structure, which is to have the averages, on any device
     * @param avgFn how an average takes a value in, from {@link SwaUtils}
     * @param useBuffers whether buffers are averaged too; if not, they are those of the last weights
     * @throws IllegalArgumentException if the two have parameters or buffers in common, or of other names or shapes, or if a BOOL
     *     buffer were to be averaged; nothing has changed then
     */
    public AveragedModel(M model, M module, AvgFn avgFn, boolean useBuffers) {
        Objects.requireNonNull(model, "AveragedModel: the network is null; give the one that is trained");
        Objects.requireNonNull(module, "AveragedModel: the second network is null; give one of the same structure");
        this.avgFn = Objects.requireNonNull(
                avgFn, "AveragedModel: the function is null; give one, as SwaUtils.getEmaMultiAvgFn(0.999)");
        this.useBuffers = useBuffers;
        Set<Tensor> trained = new HashSet<>(model.parameters()); // tensors are equal only to themselves
        trained.addAll(model.buffers());
        if (module.parameters().stream().anyMatch(trained::contains)
                || module.buffers().stream().anyMatch(trained::contains)) {
            throw new IllegalArgumentException(
                    "AveragedModel: the second network has tensors of the first; give one with weights of its own");
        }
        checkNames(
                "parameters",
                model.namedParameters().keySet(),
                module.namedParameters().keySet());
        checkNames(
                "buffers", model.namedBuffers().keySet(), module.namedBuffers().keySet());
        if (useBuffers) {
            model.namedBuffers().forEach(AveragedModel::checkBuffer);
        }
        module.loadStateDict(model.stateDict());
        this.module = register("module", module);
        registerBuffer(COUNT, Tensor.tensor(0L));
    }

    private static void checkNames(String what, Set<String> model, Set<String> module) {
        if (!List.copyOf(model).equals(List.copyOf(module))) {
            throw new IllegalArgumentException("AveragedModel: the " + what + " are " + model
                    + ", and those of the second" + " network " + module + "; give one of the same structure");
        }
    }

    private static void checkBuffer(String name, Tensor buffer) {
        if (buffer.dtype() == DType.BOOL) {
            throw new IllegalArgumentException(
                    "AveragedModel: the buffer '" + name + "' is BOOL, which has no average; leave useBuffers out");
        }
    }

    /** {@return the network of the averages} */
    public M module() {
        return module;
    }

    /** {@return how often {@link #updateParameters} was called, an INT64 without axes} */
    public Tensor nAveraged() {
        return buffer(COUNT);
    }

    /**
     * Takes in the weights that a network has now: the first time they become the averages.
     *
     * @param model the network that is trained
     * @throws IllegalArgumentException if its tensors have other names or shapes than the averages
     */
    public void updateParameters(M model) {
        Objects.requireNonNull(
                model, "AveragedModel.updateParameters: the network is null; give the one that is trained");
        long n = buffer(COUNT).itemLong();
        boolean averagesBuffers = useBuffers && n > 0;
        try (var _ = Autograd.noGrad();
                var _ = Scope.open()) {
            List<Tensor> averaged = new ArrayList<>();
            List<Tensor> current = new ArrayList<>();
            List<Tensor> copied = new ArrayList<>();
            List<Tensor> sources = new ArrayList<>();
            pair(
                    module.namedParameters(),
                    model.namedParameters(),
                    n > 0 ? averaged : copied,
                    n > 0 ? current : sources);
            pair(
                    module.namedBuffers(),
                    model.namedBuffers(),
                    averagesBuffers ? averaged : copied,
                    averagesBuffers ? current : sources);
            if (!averaged.isEmpty()) {
                avgFn.update(averaged, current, n);
            }
            for (int i = 0; i < copied.size(); i++) {
                copied.get(i).copyFrom(sources.get(i));
            }
            buffer(COUNT).fill(n + 1);
        }
    }

    /** Each average and the value for it, on its device; what cannot be used fails here, before anything has changed. */
    private static void pair(
            Map<String, Tensor> averages, Map<String, Tensor> others, List<Tensor> averaged, List<Tensor> current) {
        averages.forEach((name, t) -> {
            Tensor other = others.get(name);
            if (other == null
                    || others.size() != averages.size()
                    || !other.shape().equals(t.shape())
                    || other.dtype() != t.dtype()) {
                throw new IllegalArgumentException("AveragedModel.updateParameters: '" + name + "' of shape "
                        + t.shape() + " has no counterpart in the network; give the one that the averages are of");
            }
            averaged.add(t.detach());
            current.add(other.detach().to(t.device()));
        });
    }
}
