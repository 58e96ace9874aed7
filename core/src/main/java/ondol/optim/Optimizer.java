package ondol.optim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.jspecify.annotations.Nullable;

/**
 * Changes parameters by their gradients; PyTorch's {@code torch.optim.Optimizer}.
 *
 * <p>An optimizer is for one thread at a time, and while it steps, or forgets gradients, no other may use its parameters.
 * Threads may compute gradients for one step together: they accumulate under a lock (see {@link Tensor}).
 *
 * <p>An optimizer of one's own extends this class and overrides {@link #update}; see {@link ondol.Fused#update} for how
 * to do all its arithmetic in one launch.
 */
public abstract class Optimizer {
    private final List<Tensor> parameters;
    private final List<Slot> slots = new ArrayList<>();
    private double lr;

    /**
     * An optimizer of the given parameters, usually {@code net.parameters()}.
     *
     * @param parameters leaves, each once. Frozen parameters are welcome: what has no gradient is skipped
     * @param lr the learning rate, 0 or more
     * @throws IllegalArgumentException if there is no parameter, one occurs twice, was computed, needs no gradient
     *     without being a parameter, or is an expanded view; or for a bad learning rate
     */
    protected Optimizer(Collection<Tensor> parameters, double lr) {
        this.parameters = List.copyOf(parameters);
        setLr(lr);
        if (this.parameters.isEmpty()) {
            throw new IllegalArgumentException(
                    name() + ": there are no parameters to optimize; pass net.parameters() of a net that has some");
        }
        Set<Tensor> seen = new HashSet<>(); // tensors are equal only to themselves
        for (int i = 0; i < this.parameters.size(); i++) {
            Tensor p = this.parameters.get(i);
            String fault = seen.add(p) ? fault(p) : "occurs twice; pass it once";
            if (fault != null) {
                throw new IllegalArgumentException(
                        name() + ": parameter " + i + " of shape " + p.shape() + " " + fault);
            }
            slots.add(new Slot(p));
        }
    }

    private static @Nullable String fault(Tensor p) {
        if (p.isClosed()) {
            return "is closed";
        }
        if (!p.isLeaf()) {
            return "was computed by " + p.gradFn() + "; only leaves can be optimized: pass what it was computed from";
        }
        if (!p.requiresGrad() && !p.isParameter()) {
            return "requires no gradient; call requiresGrad(true) before it is used";
        }
        long[] strides = p.strides();
        for (int i = 0; i < strides.length; i++) {
            if (strides[i] == 0 && p.size(i) > 1) {
                return "is an expanded view in which elements share memory; pass a clone() of it";
            }
        }
        return null;
    }

    // ---- use

    /** Changes every parameter that has a gradient; the others are skipped. */
    public void step() {
        for (Slot slot : slots) {
            Tensor gradient = slot.parameter.peekGrad();
            if (gradient != null) {
                slot.step++;
                update(slot, slot.parameter, gradient);
            }
        }
    }

    /** Forgets the gradients of all parameters. */
    public void zeroGrad() {
        parameters.forEach(Tensor::zeroGrad);
    }

    /** The parameters, in the order they were given. */
    public final List<Tensor> parameters() {
        return parameters;
    }

    /** The learning rate. */
    public final double lr() {
        return lr;
    }

    /**
     * Changes the learning rate, from the next step on.
     *
     * @throws IllegalArgumentException if it is negative, NaN or infinite
     */
    public final void setLr(double lr) {
        this.lr = atLeastZero("lr", lr);
    }

    // ---- what an optimizer is made of

    /** What an optimizer remembers of one parameter: the number of steps, and tensors such as moments. */
    protected static final class Slot {
        private final Tensor parameter;
        private final Map<String, Tensor> tensors = new LinkedHashMap<>();
        private long step;

        private Slot(Tensor parameter) {
            this.parameter = parameter;
        }

        /** How many steps the parameter has been changed in, this one included. */
        public long step() {
            return step;
        }

        /** Whether there is a tensor of that name yet. */
        public boolean has(String name) {
            return tensors.containsKey(name);
        }

        /** The tensor of that name, made of zeros when first asked for: of the parameter's shape, on its device. */
        public Tensor get(String name) {
            // State outlives the scope that a step is made in.
            return tensors.computeIfAbsent(name, n -> Scope.escape(Tensor.zerosLike(parameter)));
        }
    }

    /**
     * Changes one parameter in place.
     *
     * @param slot what is remembered of it
     * @param parameter the parameter
     * @param gradient its gradient, of the same shape, perhaps not contiguous; not to be kept, its memory is reused
     */
    protected abstract void update(Slot slot, Tensor parameter, Tensor gradient);

    /** The settings by name, without the learning rate. */
    protected abstract Map<String, Double> settings();

    /**
     * Takes settings of the names that {@link #settings} has; throws, and changes nothing, if a value is out of range.
     */
    protected abstract void restore(Map<String, Double> settings);

    /** Checks a setting: a finite number of 0 or more. */
    protected final double atLeastZero(String setting, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    name() + ": " + setting + " is " + value + "; it must be a finite number of 0 or more");
        }
        return value;
    }

    /** Checks a setting: a number from 0 up to but without 1. */
    protected final double belowOne(String setting, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(
                    name() + ": " + setting + " is " + value + "; it must be 0 or more and less than 1");
        }
        return value;
    }

    private String name() {
        return getClass().getSimpleName();
    }

    // ---- saving

    /**
     * All that an optimizer knows besides the parameters themselves.
     *
     * @param optimizer the class's name
     * @param settings the settings by name, with {@code lr}
     * @param parameters one for each parameter, in their order
     */
    public record State(String optimizer, Map<String, Double> settings, List<ParameterState> parameters) {
        /** Keeps immutable copies. */
        public State {
            settings = Map.copyOf(settings);
            parameters = List.copyOf(parameters);
        }
    }

    /**
     * What is remembered of one parameter.
     *
     * @param step how many steps it has been changed in
     * @param tensors moments and the like, by name; of the parameter's shape
     */
    public record ParameterState(long step, Map<String, Tensor> tensors) {
        /** Keeps an immutable copy. */
        public ParameterState {
            tensors = Map.copyOf(tensors);
        }
    }

    /**
     * A snapshot: training on, from parameters and state saved together, gives the same bits as if it had never
     * stopped. The tensors are copies, which later steps leave alone (PyTorch's {@code state_dict} shares them).
     */
    public final State stateDict() {
        Map<String, Double> all = new LinkedHashMap<>(settings());
        all.put("lr", lr);
        List<ParameterState> saved = new ArrayList<>();
        for (Slot slot : slots) {
            Map<String, Tensor> copies = new LinkedHashMap<>();
            slot.tensors.forEach((name, t) -> copies.put(name, t.clone()));
            saved.add(new ParameterState(slot.step, copies));
        }
        return new State(name(), all, saved);
    }

    /**
     * Goes on from a state, of this optimizer or of another of the same class over parameters of the same shapes, on
     * any device. The tensors are copied.
     *
     * @throws IllegalArgumentException if the state is of another optimizer, or of parameters of another number or
     *     shape; nothing was changed then
     */
    public final void loadStateDict(State state) {
        if (!state.optimizer.equals(name())) {
            throw notFitting("it is the state of " + state.optimizer);
        }
        Map<String, Double> others = new LinkedHashMap<>(state.settings);
        Double savedLr = others.remove("lr");
        if (savedLr == null || !others.keySet().equals(settings().keySet())) {
            throw notFitting("its settings are " + state.settings.keySet() + ", not lr and "
                    + settings().keySet());
        }
        if (state.parameters.size() != slots.size()) {
            throw notFitting("it has " + state.parameters.size() + " parameters, not " + slots.size());
        }
        for (int i = 0; i < slots.size(); i++) {
            for (var entry : state.parameters.get(i).tensors.entrySet()) {
                Tensor t = entry.getValue();
                Tensor p = slots.get(i).parameter;
                if (t.isClosed() || !t.shape().equals(p.shape()) || t.dtype() != p.dtype()) {
                    throw notFitting(entry.getKey() + " of parameter " + i + " is "
                            + (t.isClosed() ? "closed" : t.dtype() + " of shape " + t.shape()) + ", not " + p.dtype()
                            + " of shape " + p.shape());
                }
            }
        }
        double before = lr;
        setLr(savedLr);
        try {
            restore(others);
        } catch (IllegalArgumentException e) {
            lr = before;
            throw e;
        }
        for (int i = 0; i < slots.size(); i++) {
            restore(slots.get(i), state.parameters.get(i));
        }
    }

    private static void restore(Slot slot, ParameterState saved) {
        slot.step = saved.step;
        slot.tensors.keySet().retainAll(saved.tensors.keySet());
        try (var _ = Autograd.noGrad()) {
            saved.tensors.forEach((name, t) -> slot.get(name).copyFrom(t));
        }
    }

    private IllegalArgumentException notFitting(String fault) {
        return new IllegalArgumentException(name() + ".loadStateDict: the state does not fit: " + fault
                + "; load the state of an optimizer that was made the same way");
    }

    /** The name and the settings. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name()).append("(lr=").append(lr);
        settings()
                .forEach((name, value) ->
                        text.append(", ").append(name).append('=').append(value));
        return text.append(')').toString();
    }
}
