package ondol.optim;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Parameters of an optimizer that share a learning rate and settings of their own; an element of PyTorch's
 * {@code param_groups}.
 *
 * <pre>{@code
 * SGD optimizer = new SGD(0.01,
 *         new ParameterGroup(base.parameters()),
 *         new ParameterGroup(head.parameters()).setLr(0.1).set("weightDecay", 0)).momentum(0.9);
 * }</pre>
 *
 * <p>What a group does not set for itself is the optimizer's: the learning rate that it was made with, and its settings at the
 * time of each step. A setting has the name that {@link Optimizer#toString} prints; a switch such as {@code nesterov} is 0 or
 * 1, and what are PyTorch's {@code betas} are {@code beta1} and {@code beta2}.
 *
 * <p>A group belongs to one optimizer, from the moment it is given to one, and may be changed between its steps.
 */
public final class ParameterGroup {
    private final List<Tensor> parameters;
    private Map<String, Double> own = Map.of();
    private @Nullable Double lr;
    private @Nullable Double initialLr;
    private @Nullable Optimizer owner;

    /** Whether the learning rate was the optimizer's when the group joined it. */
    private boolean lrIsGiven;

    /**
     * A group without settings of its own.
     *
     * @param parameters leaves, each once in all groups of an optimizer; there may be none
     * @throws IllegalArgumentException if one is null
     */
    public ParameterGroup(Collection<Tensor> parameters) {
        this.parameters = Faults.tensors("ParameterGroup", parameters);
    }

    /** {@return the parameters, in the order they were given} */
    public List<Tensor> parameters() {
        return parameters;
    }

    // ---- learning rate

    /**
     * {@return the learning rate}
     *
     * @throws IllegalStateException if the group has none of its own and belongs to no optimizer yet
     */
    public double lr() {
        if (lr == null) {
            throw new IllegalStateException(
                    "ParameterGroup.lr: the group has no learning rate yet; it gets the optimizer's,"
                            + " or call setLr");
        }
        return lr;
    }

    /**
     * Changes the learning rate, from the next step on.
     *
     * @param lr the learning rate, 0 or more
     * @return this group
     * @throws IllegalArgumentException if it is negative, NaN or infinite
     */
    public ParameterGroup setLr(double lr) {
        this.lr = Faults.atLeastZero(who(), "lr", lr);
        return this;
    }

    /**
     * {@return the learning rate that schedulers start from, PyTorch's {@code initial_lr}: the first scheduler of an optimizer
     * sets it to the learning rate that the group had then} Empty if there was none.
     */
    public OptionalDouble initialLr() {
        return initialLr == null ? OptionalDouble.empty() : OptionalDouble.of(initialLr);
    }

    /**
     * Changes the learning rate that schedulers start from which are made from now on. Those that exist keep theirs.
     *
     * @param lr the learning rate, 0 or more
     * @return this group
     * @throws IllegalArgumentException if it is negative, NaN or infinite
     */
    public ParameterGroup setInitialLr(double lr) {
        initialLr = Faults.atLeastZero(who(), "initialLr", lr);
        return this;
    }

    // ---- settings

    /**
     * {@return the setting of a name: the group's own, or else its optimizer's}
     *
     * @param name the setting's name, such as {@code weight_decay}
     * @throws IllegalArgumentException if there is none of that name
     */
    public double get(String name) {
        Objects.requireNonNull(name, "ParameterGroup.get: the name is null; give a setting's name");
        Double value = settings().get(name);
        if (value == null) {
            throw new IllegalArgumentException("ParameterGroup.get: there is no setting '" + name + "', only "
                    + settings().keySet()
                    + (owner == null ? "; the optimizer's are there once the group belongs to one" : ""));
        }
        return value;
    }

    /**
     * Gives the group a setting of its own, from the next step on.
     *
     * @param name the setting's name, such as {@code weight_decay}
     * @param value the value
     * @return this group
     * @throws IllegalArgumentException if the optimizer has no setting of that name, or the value does not fit. A group that
     *     belongs to no optimizer yet takes everything, and is refused when it is given to one
     */
    public ParameterGroup set(String name, double value) {
        Objects.requireNonNull(name, "ParameterGroup.set: the name is null; give a setting's name");
        if (name.equals("lr")) {
            return setLr(value);
        }
        Map<String, Double> next = new LinkedHashMap<>(own);
        next.put(name, value);
        if (owner != null) {
            owner.check(this, next);
        }
        own = next;
        return this;
    }

    /** {@return all settings by name, the group's own and for the rest its optimizer's, without the learning rate} */
    public Map<String, Double> settings() {
        return owner == null ? new LinkedHashMap<>(own) : owner.settingsOf(this, own);
    }

    /** The settings that the group has for itself. */
    Map<String, Double> own() {
        return own;
    }

    // ---- its optimizer

    @Nullable
    Optimizer owner() {
        return owner;
    }

    /** Belongs to an optimizer from now on, and has its learning rate unless there is one. */
    void joins(Optimizer optimizer, double defaultLr) {
        owner = optimizer;
        lrIsGiven = lr == null;
        lr = lr == null ? Double.valueOf(defaultLr) : lr;
    }

    /** Makes the group what it was before {@link #joins}. */
    void leaves() {
        owner = null;
        lr = lrIsGiven ? null : lr;
    }

    /** The part of an optimizer's state that belongs to the group. */
    Optimizer.GroupState state() {
        Map<String, Double> all = new LinkedHashMap<>(own);
        all.put("lr", lr());
        if (initialLr != null) {
            all.put("initialLr", initialLr);
        }
        return new Optimizer.GroupState(parameters.size(), all);
    }

    /** Goes on from a state that has been looked at. */
    void restore(Optimizer.GroupState state) {
        Map<String, Double> all = new LinkedHashMap<>(state.settings());
        lr = all.remove("lr");
        initialLr = all.remove("initialLr");
        own = all;
    }

    private String who() {
        return owner == null ? "ParameterGroup" : owner.name();
    }

    /** The number of parameters, the learning rate and the settings. */
    @Override
    public String toString() {
        return parameters.size() + (parameters.size() == 1 ? " parameter(" : " parameters(") + text() + ")";
    }

    /** The learning rate and the settings. */
    String text() {
        StringBuilder text = new StringBuilder("lr=").append(lr == null ? "the optimizer's" : lr.toString());
        settings()
                .forEach((name, value) ->
                        text.append(", ").append(name).append('=').append(value));
        return text.toString();
    }
}
