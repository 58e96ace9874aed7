package ondol.optim;

import java.util.ArrayList;
import java.util.Collection;
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
 * <p>Parameters may be in groups that have settings of their own: see {@link ParameterGroup}.
 *
 * <p>An optimizer of one's own extends this class and overrides {@link #update}, and {@link #stateNames} if it remembers
 * something; see {@link ondol.Fused#update} for how to do all its arithmetic in one launch.
 */
public abstract class Optimizer {
    private final List<ParameterGroup> groups = new ArrayList<>();
    private final List<Slot> slots = new ArrayList<>();
    private List<Tensor> parameters = List.of();

    /** The learning rate of groups that are added without one. */
    private double lr;

    /** Whether the groups' own settings have been looked at, which they are once the settings exist. */
    private boolean checked;

    /** Whose parameters are changed right now. */
    private @Nullable ParameterGroup current;

    /** The settings of groups without any of their own, while another group's are in force. */
    private @Nullable Map<String, Double> common;

    /**
     * An optimizer of the given parameters, usually {@code net.parameters()}.
     *
     * @param parameters leaves, each once. Frozen parameters are welcome: what has no gradient is skipped
     * @param lr the learning rate, 0 or more
     * @throws IllegalArgumentException if there is no parameter, one is null, occurs twice, was computed, needs no
     *     gradient without being a parameter, or is a view in which elements share memory; or for a bad learning rate
     */
    protected Optimizer(Collection<Tensor> parameters, double lr) {
        List<Tensor> given = Faults.tensors(name(), parameters);
        this.lr = atLeastZero("lr", lr);
        join(new ParameterGroup(given));
        checked = true;
    }

    /**
     * An optimizer of parameters in groups. The constructor of a class calls {@link #checkGroups} when its settings are
     * there; if it does not, the first step does.
     *
     * @param lr the learning rate of groups without one of their own, 0 or more
     * @param groups at least one; they belong to this optimizer from now on
     * @throws IllegalArgumentException as with parameters alone, or if a parameter is in two groups, or a group in another
     *     optimizer; then nothing was changed
     */
    protected Optimizer(double lr, ParameterGroup... groups) {
        Objects.requireNonNull(groups, () -> name() + ": the groups are null; give at least one");
        for (int i = 0; i < groups.length; i++) {
            int at = i;
            Objects.requireNonNull(groups[i], () -> name() + ": group " + at + " is null; leave it out");
        }
        this.lr = atLeastZero("lr", lr);
        join(groups);
    }

    // ---- groups

    /** Takes all the groups, or none. */
    private void join(ParameterGroup... added) {
        Groups.check(this, groups, added);
        List<Tensor> all = new ArrayList<>(parameters);
        for (ParameterGroup group : added) {
            group.joins(this, lr);
            groups.add(group);
            for (Tensor p : group.parameters()) {
                all.add(p);
                slots.add(new Slot(p, group));
            }
        }
        parameters = List.copyOf(all);
    }

    /**
     * Adds a group, which belongs to this optimizer from now on; PyTorch's {@code add_param_group}.
     *
     * @param group a group that belongs to no optimizer yet
     * @throws IllegalArgumentException if a parameter is bad, as for the constructor, or is in another group, or if a setting
     *     of the group's own does not fit; then nothing was changed
     */
    public final void addParamGroup(ParameterGroup group) {
        Objects.requireNonNull(group, () -> name() + ".addParamGroup: the group is null; give one");
        checkSettings();
        List<Tensor> before = parameters;
        join(group);
        boolean done = false;
        try {
            check(group, group.own());
            done = true;
        } finally {
            if (!done) {
                group.leaves();
                groups.removeLast();
                slots.subList(before.size(), slots.size()).clear();
                parameters = before;
            }
        }
    }

    /** {@return the groups, in the order they were given: one, unless there were several} */
    public final List<ParameterGroup> paramGroups() {
        return List.copyOf(groups);
    }

    /**
     * Checks the groups' own settings. A constructor calls this last, and so does what changes a setting on which the range of
     * another depends.
     *
     * @throws IllegalArgumentException if a name is unknown or a value does not fit. In a constructor, the groups belong to no
     *     optimizer then
     */
    protected final void checkGroups() {
        boolean made = checked;
        boolean done = false;
        try {
            checked = false;
            checkSettings();
            done = true;
        } finally {
            if (!done && !made) {
                groups.forEach(ParameterGroup::leaves);
            }
            checked |= made;
        }
    }

    /** Checks the groups' own settings, if that has not been done. */
    private void checkSettings() {
        if (!checked) {
            for (ParameterGroup group : groups) {
                check(group, group.own());
            }
            checked = true;
        }
    }

    /** Checks settings that a group has for itself, or shall have. */
    final void check(ParameterGroup group, Map<String, Double> own) {
        if (own.isEmpty()) {
            return;
        }
        Map<String, Double> now = settings();
        for (String setting : own.keySet()) {
            if (!now.containsKey(setting)) {
                throw new IllegalArgumentException(name() + ": group " + groups.indexOf(group) + " has a setting '"
                        + setting + "', which is neither lr nor one of " + now.keySet());
            }
        }
        try {
            restore(settingsOf(group, own));
        } finally {
            restore(now);
        }
    }

    /** The settings of a group that has these for itself. */
    final Map<String, Double> settingsOf(ParameterGroup group, Map<String, Double> own) {
        Map<String, Double> all = new LinkedHashMap<>(common == null ? settings() : common);
        all.putAll(own);
        return all;
    }

    /** Puts a group's settings in force, for its parameters' updates. */
    private void turnTo(ParameterGroup group) {
        current = group;
        if (!group.own().isEmpty()) {
            if (common == null) {
                common = settings();
            }
            restore(settingsOf(group, group.own()));
        } else if (common != null) {
            restore(common);
            common = null;
        }
    }

    private void turnBack() {
        current = null;
        if (common != null) {
            restore(common);
            common = null;
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
        checkSettings();
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
            Set<String> names = Set.of();
            for (Slot slot : slots) {
                if (slot.parameter.peekGrad() != null) {
                    if (slot.group != current) {
                        turnTo(slot.group);
                        names = nextState();
                    }
                    slot.reserve(names);
                }
            }
            for (Slot slot : slots) {
                Tensor gradient = slot.parameter.peekGrad();
                if (gradient != null) {
                    if (slot.group != current) {
                        turnTo(slot.group);
                    }
                    update(slot, gradient);
                }
            }
        } finally {
            turnBack();
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

    /** {@return the parameters of all groups, in the order they were given} */
    public final List<Tensor> parameters() {
        return parameters;
    }

    /**
     * {@return the learning rate; in {@link #update} that of the parameter's group}
     *
     * @throws IllegalStateException if there are groups of different learning rates, which {@link #paramGroups} have
     */
    public final double lr() {
        return current == null ? Groups.lr(name(), groups) : current.lr();
    }

    /**
     * Changes the learning rate of all groups, from the next step on, and of those that are added later without one.
     *
     * @param lr the learning rate, 0 or more
     * @throws IllegalArgumentException if it is negative, NaN or infinite
     */
    public final void setLr(double lr) {
        this.lr = atLeastZero("lr", lr);
        groups.forEach(group -> group.setLr(lr));
    }

    // ---- what an optimizer is made of

    /** An optimizer's memory of one parameter: the number of steps, and tensors such as moments. */
    protected static final class Slot {
        private final Tensor parameter;
        private final ParameterGroup group;
        private final Map<String, Tensor> tensors = new LinkedHashMap<>();

        /** Memory for what may be asked for in this step. */
        private final Map<String, Tensor> reserved = new LinkedHashMap<>();

        /** The names of the tensors that were first asked for in this step. */
        private final List<String> fresh = new ArrayList<>();

        private long step;

        private Slot(Tensor parameter, ParameterGroup group) {
            this.parameter = parameter;
            this.group = group;
        }

        /** {@return how many steps the parameter has been changed in, this one included} */
        public long step() {
            return step;
        }

        /**
         * {@return whether there is a tensor of that name yet}
         *
         * @param name the tensor's name in a state, such as {@code exp_avg}
         */
        public boolean has(String name) {
            return tensors.containsKey(name);
        }

        /**
         * {@return the tensor of that name, made of zeros when first asked for: of the parameter's shape, on its device} It is
         * the slot's: not to be closed, and to be asked for in each step.
         *
         * @param name the tensor's name in a state, such as {@code exp_avg}
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

        /** Undoes a step that failed: it is not counted, and the tensors that it asked for first are gone. */
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
     * Changes one parameter in place. The settings, as {@link #restore} has taken them, and {@link #lr} are those of the
     * parameter's group.
     *
     * @param slot what is remembered of it
     * @param parameter the parameter
     * @param gradient its gradient, of the same shape, perhaps not contiguous; not to be kept, its memory is reused
     */
    protected abstract void update(Slot slot, Tensor parameter, Tensor gradient);

    /**
     * {@return the names of all tensors that {@link #update} may ever ask a slot for; a state with others is not loaded} Null,
     * as by default, if they are not known beforehand: then a state may have any.
     */
    protected @Nullable Set<String> stateNames() {
        return null;
    }

    /**
     * {@return the names of the tensors that every parameter has as soon as it has been changed once; a state with steps but
     * without these is not loaded} By default none.
     */
    protected Set<String> requiredState() {
        return Set.of();
    }

    /**
     * {@return the names of the tensors that {@link #update} will ask for with the settings as they are: their memory is taken
     * before a step changes anything} By default all of {@link #stateNames}.
     */
    protected Set<String> nextState() {
        Set<String> all = stateNames();
        return all == null ? Set.of() : all;
    }

    /** {@return the settings by name, without the learning rate; always the same names} */
    protected abstract Map<String, Double> settings();

    /**
     * Takes settings of the names that {@link #settings} has; throws, and changes nothing, if a value is out of range.
     *
     * <p>It is called when a state is loaded, and in each step before the parameters of a group that has settings of its own
     * are changed, and once more with the settings of the others: so an optimizer's class knows nothing of groups.
     *
     * @param settings a value for each of the names
     */
    protected abstract void restore(Map<String, Double> settings);

    /**
     * Checks a setting: a finite number of 0 or more.
     *
     * @param setting the setting's name, for the message
     * @param value the number to check
     * @return the number
     */
    protected final double atLeastZero(String setting, double value) {
        Objects.requireNonNull(setting, "atLeastZero: the setting's name is null; give it, for the message");
        return Faults.atLeastZero(name(), setting, value);
    }

    /**
     * Checks a setting: a number from 0 up to but without 1.
     *
     * @param setting the setting's name, for the message
     * @param value the number to check
     * @return the number
     */
    protected final double belowOne(String setting, double value) {
        Objects.requireNonNull(setting, "belowOne: the setting's name is null; give it, for the message");
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(
                    name() + ": " + setting + " is " + value + "; it must be 0 or more and less than 1");
        }
        return value;
    }

    /** The class's name; for an anonymous class, that of the class it extends. */
    final String name() {
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
     * @param settings the settings by name, with {@code lr}: those of groups without their own
     * @param parameters one for each parameter, in their order
     * @param groups one for each group, in their order; none for one group without settings of its own
     */
    public record State(
            String optimizer, Map<String, Double> settings, List<ParameterState> parameters, List<GroupState> groups) {
        /** Keeps immutable copies. */
        public State {
            Objects.requireNonNull(optimizer, "Optimizer.State: the optimizer's name is null; give its class's name");
            settings = Faults.copy("Optimizer.State: the settings", settings);
            parameters = Faults.copy("parameter", parameters);
            groups = Faults.copy("group", groups);
        }

        /**
         * The state of an optimizer of one group.
         *
         * @param optimizer the optimizer's name, such as {@code Adam}
         * @param settings the settings by name, with {@code lr}
         * @param parameters one for each parameter, in order
         */
        public State(String optimizer, Map<String, Double> settings, List<ParameterState> parameters) {
            this(optimizer, settings, parameters, List.of());
        }
    }

    /**
     * The settings of one group.
     *
     * @param parameters how many parameters there are in it
     * @param settings its own settings by name, with {@code lr}, and {@code initialLr} if there is one
     */
    public record GroupState(int parameters, Map<String, Double> settings) {
        /** Keeps an immutable copy. */
        public GroupState {
            settings = Faults.copy("Optimizer.GroupState: the settings", settings);
        }
    }

    /**
     * The state of one parameter.
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
     *
     * @return the state, which later steps leave alone
     */
    public final State stateDict() {
        Map<String, Double> all = new LinkedHashMap<>(settings());
        all.put("lr", groups.size() == 1 ? groups.getFirst().lr() : lr);
        List<ParameterState> saved = new ArrayList<>();
        for (Slot slot : slots) {
            Map<String, Tensor> copies = new LinkedHashMap<>();
            slot.tensors.forEach((name, t) -> copies.put(name, t.clone()));
            saved.add(new ParameterState(slot.step, copies));
        }
        return new State(
                name(), all, saved, groups.stream().map(ParameterGroup::state).toList());
    }

    /**
     * Goes on from a state, of this optimizer or of another of the same class over parameters of the same shapes in the same
     * groups, on any device. The tensors are copied.
     *
     * @param state what {@link #stateDict} gave
     * @throws IllegalArgumentException if the state is of another optimizer, or of parameters of another number or
     *     shape, or of other groups, or has impossible settings, steps or names of tensors; nothing was changed then
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
        atLeastZero("lr", savedLr);
        List<GroupState> savedGroups =
                state.groups.isEmpty() ? List.of(new GroupState(slots.size(), Map.of("lr", savedLr))) : state.groups;
        String unlike = Groups.fault(groups, savedGroups);
        if (unlike != null) {
            throw notFitting(unlike);
        }
        for (int i = 0; i < slots.size(); i++) {
            String fault = Faults.of(
                    "parameter " + i, slots.get(i).parameter, state.parameters.get(i), stateNames(), requiredState());
            if (fault != null) {
                throw notFitting(fault);
            }
        }
        List<Map<String, Tensor>> copies = new ArrayList<>();
        Map<String, Double> before = settings();
        boolean done = false;
        try {
            for (int i = 0; i < slots.size(); i++) {
                Map<String, Tensor> ofOne = new LinkedHashMap<>();
                copies.add(ofOne);
                Device home = slots.get(i).parameter.device();
                state.parameters.get(i).tensors.forEach((name, t) -> ofOne.put(name, copy(t, home)));
            }
            restore(others);
            for (int i = 0; i < groups.size(); i++) {
                check(groups.get(i), Faults.own(savedGroups.get(i)));
            }
            done = true;
        } finally {
            if (!done) {
                restore(before);
                copies.forEach(ofOne -> ofOne.values().forEach(Tensor::close));
            }
        }
        lr = savedLr;
        for (int i = 0; i < groups.size(); i++) {
            groups.get(i).restore(savedGroups.get(i));
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

    /** The name and the settings; those of each group, if there are several. */
    @Override
    public String toString() {
        if (groups.size() == 1) {
            return name() + "(" + groups.getFirst().text() + ")";
        }
        return name() + groups;
    }
}
