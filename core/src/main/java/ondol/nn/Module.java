package ondol.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import ondol.Device;
import ondol.Relocation;
import ondol.Scope;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A part of a network: what it computes, the parameters that are trained, and the modules it is made of; PyTorch's
 * {@code torch.nn.Module}. Where PyTorch writes {@code net(x)}, it is {@code net.forward(x)} here.
 *
 * <pre>{@code
 * class Residual extends Module {
 *     private final Linear inner = register("inner", new Linear(16, 16));
 *
 *     Residual() {
 *         register("scale", Tensor.ones(16));
 *     }
 *
 *     public Tensor forward(Tensor x) {
 *         return inner.forward(x).relu().mul(parameter("scale")).add(x);
 *     }
 * }
 * }</pre>
 *
 * <p>A module starts in training mode. Any number of threads may call {@link #forward} at once, and backward of what they
 * compute; the modules of this package keep nothing of a call, and gradients accumulate under a lock (see {@link Tensor}).
 * Everything that changes a module - modes, moves, loading, an optimizer's step - is for one thread, while no other uses
 * it.
 */
public abstract class Module {
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final Map<String, Tensor> buffers = new LinkedHashMap<>();
    private final Map<String, Module> children = new LinkedHashMap<>();
    private boolean training = true;

    /** A module without parameters and children, in training mode. */
    protected Module() {}

    /**
     * What the module computes.
     *
     * @param x the input; each module says of which shape
     * @return a new tensor, or {@code x} itself where there is nothing to do
     */
    public abstract Tensor forward(Tensor x);

    /**
     * Whether a call of {@link #forward} leaves nobody a reference to its input or to the result, except that the
     * result may be the input itself. Only the modules of this package can say so: a program's own may store what they
     * see. See {@link Sequential#forward} for the use.
     */
    boolean isDiscreet() {
        return false;
    }

    // ---- building

    /**
     * Adds a parameter: a tensor that {@link #parameters} lists and optimizers train.
     *
     * <p>In {@code forward}, ask for it by {@link #parameter}, or keep the result of this method in a field: it stays
     * the module's parameter, wherever {@link #to} moves it and whatever {@link #loadStateDict} writes into it.
     *
     * @param name unique in this module, without a dot
     * @param parameter its first values (FLOAT32); the memory is shared, not copied. A tensor that already is a
     *     parameter, of another module perhaps, is taken as it is: then both train the same weights
     * @return the parameter
     * @throws IllegalArgumentException for a bad or taken name, or a tensor that is not FLOAT32
     * @throws IllegalStateException if the tensor is closed
     */
    protected final Tensor register(String name, Tensor parameter) {
        checkName(name);
        Objects.requireNonNull(parameter, () -> nothing(name, "parameter", "tensor"));
        if (parameter.isClosed()) {
            throw new IllegalStateException(
                    name() + ".register: the tensor for '" + name + "', of shape " + parameter.shape()
                            + ", is closed; register it before close(), or take it out of its scope with keep()");
        }
        Tensor p = parameter.isParameter() ? parameter : Tensor.parameter(parameter);
        parameters.put(name, p);
        return p;
    }

    /**
     * Adds a child, whose parameters become parameters of this module too.
     *
     * @param name unique in this module, without a dot
     * @return the child: {@code private final Linear first = register("first", new Linear(1, 16));}
     * @throws IllegalArgumentException for a bad or taken name, or a child that contains this module
     */
    protected final <M extends Module> M register(String name, M child) {
        checkName(name);
        Objects.requireNonNull(child, () -> nothing(name, "child", "module"));
        if (child.modules().contains(this)) {
            throw new IllegalArgumentException(name() + ".register: '" + name
                    + "' is or contains the module it is registered in; a module cannot be inside itself");
        }
        children.put(name, child);
        return child;
    }

    /**
     * Adds a buffer: a tensor that belongs to the module's state but is not trained, such as a running mean. It is part
     * of {@link #stateDict} and moves with {@link #to}.
     *
     * @param name unique in this module, without a dot
     * @param buffer its first values; the memory is shared, not copied
     * @return the buffer; in {@code forward}, ask for it by {@link #buffer}, or keep this result in a field
     * @throws IllegalArgumentException for a bad or taken name
     * @throws IllegalStateException if the tensor is closed
     */
    protected final Tensor registerBuffer(String name, Tensor buffer) {
        checkName(name);
        Objects.requireNonNull(buffer, () -> nothing(name, "buffer", "tensor"));
        Tensor b = asBuffer(buffer);
        buffers.put(name, b);
        return b;
    }

    private String nothing(String name, String what, String give) {
        return name() + ".register: the " + what + " '" + name + "' is null; give a " + give;
    }

    private void checkName(String name) {
        Objects.requireNonNull(name, () -> name() + ".register: the name is null; give one, unique in the module");
        if (name.isEmpty() || name.indexOf('.') >= 0) {
            throw new IllegalArgumentException(name() + ".register: '" + name
                    + "' is no name; it must not be empty, and dots separate the names of modules inside modules");
        }
        if (parameters.containsKey(name) || buffers.containsKey(name) || children.containsKey(name)) {
            throw new IllegalArgumentException(
                    name() + ".register: '" + name + "' is registered already; choose another name");
        }
    }

    /** The same memory, without gradient and outside all scopes. */
    private static Tensor asBuffer(Tensor t) {
        return Scope.escape(t.detach());
    }

    // ---- what it is made of

    /**
     * One of this module's own parameters.
     *
     * @throws IllegalArgumentException if none was registered by that name
     */
    protected final Tensor parameter(String name) {
        return known("parameter", name, parameters);
    }

    /**
     * One of this module's own buffers.
     *
     * @throws IllegalArgumentException if none was registered by that name
     */
    protected final Tensor buffer(String name) {
        return known("buffer", name, buffers);
    }

    private Tensor known(String what, String name, Map<String, Tensor> of) {
        Tensor t = of.get(name);
        if (t == null) {
            throw new IllegalArgumentException(
                    name() + "." + what + ": there is no " + what + " '" + name + "'; there are " + of.keySet());
        }
        return t;
    }

    /** All parameters, of this module and the modules inside it, each once: what an optimizer takes. */
    public final List<Tensor> parameters() {
        return List.copyOf(namedParameters().values());
    }

    /** As {@link #parameters}, by names such as {@code 0.weight}. */
    public final Map<String, Tensor> namedParameters() {
        return named(m -> m.parameters);
    }

    /** All buffers, of this module and the modules inside it, each once. */
    public final List<Tensor> buffers() {
        return List.copyOf(namedBuffers().values());
    }

    /** As {@link #buffers}, by their names. */
    public final Map<String, Tensor> namedBuffers() {
        return named(m -> m.buffers);
    }

    private Map<String, Tensor> named(Function<Module, Map<String, Tensor>> of) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        Set<Tensor> seen = new HashSet<>(); // tensors are equal only to themselves
        for (Map.Entry<String, Module> module : namedModules().entrySet()) {
            for (Map.Entry<String, Tensor> own : of.apply(module.getValue()).entrySet()) {
                if (seen.add(own.getValue())) {
                    all.put(join(module.getKey(), own.getKey()), own.getValue());
                }
            }
        }
        return Collections.unmodifiableMap(all);
    }

    /** The modules directly inside this one, in the order they were registered. */
    public final List<Module> children() {
        return List.copyOf(children.values());
    }

    /** As {@link #children}, by the names they were registered by. */
    public final Map<String, Module> namedChildren() {
        return Collections.unmodifiableMap(children);
    }

    /** This module and all inside it, each once, a module before those inside it. */
    public final List<Module> modules() {
        return List.copyOf(namedModules().values());
    }

    /** As {@link #modules}, by names such as {@code encoder.0}; this module's own is the empty string. */
    public final Map<String, Module> namedModules() {
        Map<String, Module> all = new LinkedHashMap<>();
        walk("", Collections.newSetFromMap(new IdentityHashMap<>()), all::put);
        return Collections.unmodifiableMap(all);
    }

    /** Visits this module and all inside it; with {@code seen}, each once. */
    private void walk(String path, @Nullable Set<Module> seen, BiConsumer<String, Module> visit) {
        if (seen == null || seen.add(this)) {
            visit.accept(path, this);
            for (Map.Entry<String, Module> child : children.entrySet()) {
                child.getValue().walk(join(path, child.getKey()), seen, visit);
            }
        }
    }

    private static String join(String prefix, String name) {
        return prefix.isEmpty() ? name : prefix + "." + name;
    }

    /**
     * Calls {@code function} with each module inside this one, and then with this one. If it throws, what it did to the
     * modules before stays.
     *
     * @return this module
     */
    public Module apply(Consumer<Module> function) {
        Objects.requireNonNull(function, () -> name() + ".apply: the function is null; give one that takes a module");
        children.values().forEach(child -> child.apply(function));
        function.accept(this);
        return this;
    }

    // ---- modes

    /** Whether the module is in training mode: then {@link Dropout} drops. */
    public final boolean training() {
        return training;
    }

    /** Puts this module and all inside it in training mode. Returns this module. */
    public Module train() {
        return train(true);
    }

    /** Puts this module and all inside it in training mode, or in evaluation mode. Returns this module. */
    public Module train(boolean mode) {
        training = mode;
        for (Module child : children.values()) {
            child.train(mode);
        }
        return this;
    }

    /** Puts this module and all inside it in evaluation mode. Returns this module. */
    public Module eval() {
        return train(false);
    }

    /**
     * Makes all parameters collect gradients, or freezes them.
     *
     * @return this module
     * @throws IllegalStateException if a parameter is closed, or was changed in place by something recorded; nothing was
     *     changed then
     */
    public Module requiresGrad(boolean required) {
        checkOpen("requiresGrad", namedParameters());
        namedParameters().forEach((name, p) -> {
            if (!required && !p.isLeaf()) {
                throw new IllegalStateException(name() + ".requiresGrad(false): the parameter '" + name
                        + "' was computed by " + p.gradFn() + "; change parameters under Autograd.noGrad()");
            }
        });
        parameters().forEach(p -> p.requiresGrad(required));
        return this;
    }

    /** Forgets the gradients of all parameters. */
    public void zeroGrad() {
        parameters().forEach(Tensor::zeroGrad);
    }

    /**
     * Moves all parameters and buffers to a device, with the parameters' gradients; what is there already stays as it
     * is. They remain the same tensors, so an optimizer made before still trains them, and its state follows with its
     * next step. Modules that share a parameter with this one see it move.
     *
     * <p>What was made of them before keeps the memory that it has, on the device where it is: views, the tensors of
     * {@link #stateDict}, recorded operations. A backward through what was recorded before brings the gradients to where
     * the parameters are now.
     *
     * @return this module
     * @throws IllegalStateException if a parameter or buffer is closed; nothing has moved then
     * @throws ondol.backend.OutOfDeviceMemoryException if they do not all fit on the device; nothing has moved then
     */
    public Module to(Device device) {
        Objects.requireNonNull(device, () -> name() + ".to: the device is null; use Device.of or Device.CPU");
        Map<String, Tensor> all = new LinkedHashMap<>(namedParameters());
        all.putAll(namedBuffers());
        Map<String, Tensor> leaving = new LinkedHashMap<>(all);
        leaving.values().removeIf(t -> t.device() == device);
        checkOpen("to", leaving);
        Relocation.move(all.values(), device);
        return this;
    }

    private void checkOpen(String operation, Map<String, Tensor> tensors) {
        tensors.forEach((name, t) -> {
            if (t.isClosed()) {
                throw new IllegalStateException(name() + "." + operation + ": '" + name + "' of shape " + t.shape()
                        + " is closed; a module's tensors must stay open as long as it is used");
            }
        });
    }

    // ---- state

    /**
     * All parameters and buffers by name, as {@code state_dict()}: what {@link #loadStateDict} takes. The tensors share
     * the module's memory: training goes on changing them. For a snapshot, {@code clone()} them.
     */
    public final Map<String, Tensor> stateDict() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        members().forEach((name, t) -> state.put(name, t.detach()));
        return state;
    }

    /**
     * Overwrites all parameters and buffers with the values of a state, from any device. The tensors themselves stay,
     * so an optimizer made before still holds them. Everything is brought to the module's device before the first is
     * overwritten; so nothing is changed if that fails, and the state may be made of this module's own tensors.
     *
     * @param state one tensor for each name of {@link #stateDict}, of the same shape
     * @throws IllegalArgumentException if names are missing or unknown, shapes differ, or a tensor cannot be read or
     *     overwritten: all of them are listed, and nothing was changed
     * @throws ondol.backend.OutOfDeviceMemoryException if the state does not fit on the device; nothing was changed then
     */
    public final void loadStateDict(Map<String, Tensor> state) {
        StateDict.load(name(), members(), state);
    }

    /**
     * Parameters and buffers by name; those of a module that occurs twice under both its names, as PyTorch lists them.
     */
    private Map<String, Tensor> members() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        walk("", null, (path, m) -> {
            m.parameters.forEach((name, t) -> all.put(join(path, name), t));
            m.buffers.forEach((name, t) -> all.put(join(path, name), t));
        });
        return all;
    }

    // ---- text

    /** The class's name; for an anonymous class, that of the class it extends. */
    final String name() {
        Class<?> c = getClass();
        while (c.getSimpleName().isEmpty()) {
            c = c.getSuperclass();
        }
        return c.getSimpleName();
    }

    /** What {@link #toString} writes between the parentheses, before the children: the settings. */
    protected String extraRepr() {
        return "";
    }

    /** As PyTorch prints a module: its settings, and the modules inside it, one a line. */
    @Override
    public String toString() {
        String settings = extraRepr();
        if (children.isEmpty() && settings.indexOf('\n') < 0) {
            return name() + "(" + settings + ")";
        }
        List<String> lines = new ArrayList<>(settings.isEmpty() ? List.of() : List.of(settings.split("\n")));
        children.forEach(
                (name, child) -> lines.add("(" + name + "): " + child.toString().replace("\n", "\n  ")));
        return name() + "(\n  " + String.join("\n  ", lines) + "\n)";
    }
}
