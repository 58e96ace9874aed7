package ondol.optim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import ondol.Device;
import ondol.Relocation;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.events.Events;
import org.jspecify.annotations.Nullable;

/**
 * Changes parameters by their gradients; PyTorch's {@code torch.optim.Optimizer}.
 *
 * <p>An optimizer is for one thread at a time, and while it steps, or forgets gradients, no other may use its parameters.
 * Threads may compute gradients for one step together: they accumulate under a lock (see {@link Tensor}).
 *
 * <p>It may be made before or after the module is moved to another device: the parameters stay the same tensors, and what
 * the optimizer remembers of them follows with its next step.
 *
 * <p>An optimizer of one's own extends this class and overrides {@link #update}, and {@link #stateNames} if it remembers
 * something; see {@link ondol.Fused#update} for how to do all its arithmetic in one launch.
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
     * @throws IllegalArgumentException if there is no parameter, one is null, occurs twice, was computed, needs no
     *     gradient without being a parameter, or is a view in which elements share memory; or for a bad learning rate
     */
    protected Optimizer(Collection<Tensor> parameters, double lr) {
        Objects.requireNonNull(parameters, () -> name() + ": the parameters are null; pass net.parameters()");
        int at = 0;
        for (Tensor p : parameters) {
            if (p == null) {
                throw new IllegalArgumentException(
                        name() + ": parameter " + at + " is null; pass tensors only, such as net.parameters()");
            }
            at++;
        }
        this.parameters = List.copyOf(parameters);
        setLr(lr);
        if (this.parameters.isEmpty()) {
            throw new IllegalArgumentException(
                    name() + ": there are no parameters to optimize; pass net.parameters() of a net that has some");
        }
        Set<Tensor> seen = new HashSet<>(); // tensors are equal only to themselves
        for (int i = 0; i < this.parameters.size(); i++) {
            Tensor p = this.parameters.get(i);
            String fault = seen.add(p) ? Faults.of(p) : "occurs twice; pass it once";
            if (fault != null) {
                throw new IllegalArgumentException(
                        name() + ": parameter " + i + " of shape " + p.shape() + " " + fault);
            }
            slots.add(new Slot(p));
        }
    }

    // ---- use

    /**
     * Changes every parameter that has a gradient; the others are skipped. Everything is checked, and the memory for new
     * state taken, before the first parameter is changed. If {@link #update} itself throws, the parameters before that
     * one have been changed and stay so, and so does what it did to its own; but that step of it is not counted, and no
     * state is left that began with it.
     *
     * @throws IllegalStateException if a parameter, its gradient or its state cannot be used any more: it is closed, or
     *     was computed since, or the two are on different devices; nothing was changed then
     * @throws ondol.backend.OutOfDeviceMemoryException if there is no memory for new state; nothing was changed then
     */
    public void step() {
        if (Events.recordsSteps()) {
            Events.step(this::stepNow, name(), slots.size());
        } else {
            stepNow();
        }
    }

    private void stepNow() {
        for (int i = 0; i < slots.size(); i++) {
            Slot slot = slots.get(i);
            Tensor gradient = slot.parameter.peekGrad();
            String fault = gradient == null ? null : Faults.of(slot.parameter, gradient, slot.tensors);
            if (fault != null) {
                throw new IllegalStateException(name() + ".step: parameter " + i + " of shape " + slot.parameter.shape()
                        + " " + fault + "; no parameter was changed");
            }
        }
        follow();
        try {
            Set<String> names = nextState();
            for (Slot slot : slots) {
                if (slot.parameter.peekGrad() != null) {
                    slot.reserve(names);
                }
            }
            for (Slot slot : slots) {
                Tensor gradient = slot.parameter.peekGrad();
                if (gradient != null) {
                    update(slot, gradient);
                }
            }
        } finally {
            for (Slot slot : slots) {
                slot.release();
            }
        }
    }

    /** Brings the state to where the parameters are now. */
    private void follow() {
        Map<Device, List<Tensor>> elsewhere = new LinkedHashMap<>();
        for (Slot slot : slots) {
            Device home = slot.parameter.device();
            for (Tensor t : slot.tensors.values()) {
                if (t.device() != home) {
                    elsewhere.computeIfAbsent(home, d -> new ArrayList<>()).add(t);
                }
            }
        }
        for (Map.Entry<Device, List<Tensor>> group : elsewhere.entrySet()) {
            Relocation.move(group.getValue(), group.getKey());
        }
    }

    private void update(Slot slot, Tensor gradient) {
        slot.step++;
        boolean done = false;
        try {
            update(slot, slot.parameter, gradient);
            done = true;
        } finally {
            if (!done) {
                slot.undo();
            }
        }
    }

    /** Forgets the gradients of all parameters. */
    public void zeroGrad() {
        for (Tensor parameter : parameters) {
            parameter.zeroGrad();
        }
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

        /** Memory for what may be asked for in this step. */
        private final Map<String, Tensor> reserved = new LinkedHashMap<>();

        /** What this step has asked for first. */
        private final List<String> fresh = new ArrayList<>();

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

        /**
         * The tensor of that name, made of zeros when first asked for: of the parameter's shape, on its device. It is the
         * slot's: not to be closed, and to be asked for in each step.
         */
        public Tensor get(String name) {
            Objects.requireNonNull(name, "Optimizer.Slot.get: the name is null; give the state tensor's name");
            Tensor known = tensors.get(name);
            return known == null ? first(name) : known;
        }

        private Tensor first(String name) {
            Tensor ready = reserved.remove(name);
            Tensor made = ready == null ? zeros() : ready;
            tensors.put(name, made);
            fresh.add(name);
            return made;
        }

        /** As if the step had not begun: neither is it counted, nor is there state that it began with. */
        private void undo() {
            step--;
            for (String name : fresh) {
                Tensor t = tensors.remove(name);
                if (t != null) {
                    t.close();
                }
            }
        }

        private void reserve(Set<String> names) {
            for (String name : names) {
                if (!tensors.containsKey(name)) {
                    reserved.put(name, zeros());
                }
            }
        }

        /** Gives back what was not asked for. */
        private void release() {
            fresh.clear();
            if (!reserved.isEmpty()) {
                reserved.values().forEach(Tensor::close);
                reserved.clear();
            }
        }

        private Tensor zeros() {
            return Scope.escape(Tensor.zerosLike(parameter)); // state outlives the scope that a step is made in
        }

        private void replace(long newStep, Map<String, Tensor> by) {
            step = newStep;
            tensors.values().forEach(Tensor::close);
            tensors.clear();
            tensors.putAll(by);
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

    /**
     * The names of all tensors that {@link #update} may ever ask a slot for; a state with others is not loaded. Null,
     * as by default, if they are not known beforehand: then a state may have any.
     */
    protected @Nullable Set<String> stateNames() {
        return null;
    }

    /**
     * The names of the tensors that every parameter has as soon as it has been changed once; a state with steps but
     * without these is not loaded. By default none.
     */
    protected Set<String> requiredState() {
        return Set.of();
    }

    /**
     * The names of the tensors that {@link #update} will ask for with the settings as they are: their memory is taken
     * before a step changes anything. By default all of {@link #stateNames}.
     */
    protected Set<String> nextState() {
        Set<String> all = stateNames();
        return all == null ? Set.of() : all;
    }

    /** The settings by name, without the learning rate. */
    protected abstract Map<String, Double> settings();

    /**
     * Takes settings of the names that {@link #settings} has; throws, and changes nothing, if a value is out of range.
     */
    protected abstract void restore(Map<String, Double> settings);

    /** Checks a setting: a finite number of 0 or more. */
    protected final double atLeastZero(String setting, double value) {
        Objects.requireNonNull(setting, "atLeastZero: the setting's name is null; give it, for the message");
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    name() + ": " + setting + " is " + value + "; it must be a finite number of 0 or more");
        }
        return value;
    }

    /** Checks a setting: a number from 0 up to but without 1. */
    protected final double belowOne(String setting, double value) {
        Objects.requireNonNull(setting, "belowOne: the setting's name is null; give it, for the message");
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(
                    name() + ": " + setting + " is " + value + "; it must be 0 or more and less than 1");
        }
        return value;
    }

    /** The class's name; for an anonymous class, that of the class it extends. */
    private String name() {
        Class<?> c = getClass();
        while (c.getSimpleName().isEmpty()) {
            c = c.getSuperclass();
        }
        return c.getSimpleName();
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
            Objects.requireNonNull(optimizer, "Optimizer.State: the optimizer's name is null; give its class's name");
            settings = Faults.copy("Optimizer.State: the settings", settings);
            Objects.requireNonNull(
                    parameters, "Optimizer.State: the parameters' states are null; give one for each parameter");
            for (int i = 0; i < parameters.size(); i++) {
                int at = i;
                Objects.requireNonNull(
                        parameters.get(i),
                        () -> "Optimizer.State: the state of parameter " + at
                                + " is null; give one for each parameter");
            }
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
            tensors = Faults.copy("Optimizer.ParameterState: the tensors", tensors);
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
     *     shape, or has impossible settings, steps or names of tensors; nothing was changed then
     * @throws ondol.backend.OutOfDeviceMemoryException if there is no memory for it; nothing was changed then
     */
    public final void loadStateDict(State state) {
        Objects.requireNonNull(
                state, () -> name() + ".loadStateDict: the state is null; give what stateDict() returned");
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
            String fault = Faults.of(
                    "parameter " + i, slots.get(i).parameter, state.parameters.get(i), stateNames(), requiredState());
            if (fault != null) {
                throw notFitting(fault);
            }
        }
        List<Map<String, Tensor>> copies = new ArrayList<>();
        double before = lr;
        boolean done = false;
        try {
            for (int i = 0; i < slots.size(); i++) {
                Map<String, Tensor> ofOne = new LinkedHashMap<>();
                copies.add(ofOne);
                Device home = slots.get(i).parameter.device();
                state.parameters.get(i).tensors.forEach((name, t) -> ofOne.put(name, copy(t, home)));
            }
            setLr(savedLr);
            restore(others);
            done = true;
        } finally {
            if (!done) {
                lr = before;
                copies.forEach(ofOne -> ofOne.values().forEach(Tensor::close));
            }
        }
        for (int i = 0; i < slots.size(); i++) {
            slots.get(i).replace(state.parameters.get(i).step, copies.get(i));
        }
    }

    private static Tensor copy(Tensor t, Device device) {
        try (var _ = Autograd.noGrad()) {
            return Scope.escape(t.device() == device ? t.clone() : t.to(device));
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
