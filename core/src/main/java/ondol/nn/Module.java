package ondol.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import ondol.Device;
import ondol.Relocation;
import ondol.RemovableHandle;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A part of a network: the parameters that are trained, the other tensors of its state, and the modules it is made of;
 * PyTorch's {@code torch.nn.Module}.
 *
 * <p>What makes one tensor of another is a {@link Layer}. A module with other inputs or results extends this class and has a
 * {@code forward} of its own:
 *
 * <pre>{@code
 * class Gated extends Module {
 *     private final Linear gate = register("gate", new Linear(16, 16));
 *
 *     Gated() {
 *         registerBuffer("calls", Tensor.tensor(0L));
 *     }
 *
 *     public Tensor forward(Tensor x, Tensor context) {
 *         Autograd.noGrad(() -> buffer("calls").addInPlace(Tensor.tensor(1L)));
 *         return gate.forward(context).sigmoid().mul(x);
 *     }
 * }
 * }</pre>
 *
 * <p>A module starts in training mode. Any number of threads may call {@code forward} at once, and backward of what they
 * compute; the modules of this package keep nothing of a call, and gradients accumulate under a lock (see {@link Tensor}).
 * Everything that changes a module - modes, moves, hooks, loading, an optimizer's step - is for one thread, while no other
 * uses it.
 */
public abstract class Module {
    private final Members members = new Members(this);
    private @Nullable Hooks hooks;
    private boolean training = true;

    /** A module without parameters and children, in training mode. */
    protected Module() {}

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
        return members.parameter(name, parameter);
    }

    /**
     * Adds a child, whose parameters become parameters of this module too.
     *
     * @param <M> the child's class
     * @param name unique in this module, without a dot
     * @param child the module; it may be in others too, but must not contain this one
     * @return the child: {@code private final Linear first = register("first", new Linear(1, 16));}
     * @throws IllegalArgumentException for a bad or taken name, or a child that contains this module
     */
    protected final <M extends Module> M register(String name, M child) {
        members.child(name, child);
        return child;
    }

    /**
     * Adds a buffer: a tensor of any type that belongs to the module's state but is not trained, such as a running mean. It
     * is part of {@link #stateDict} and moves with {@link #to}.
     *
     * @param name unique in this module, without a dot
     * @param buffer its first values; the memory is shared, not copied
     * @return the buffer; in {@code forward}, ask for it by {@link #buffer}, or keep this result in a field
     * @throws IllegalArgumentException for a bad or taken name
     * @throws IllegalStateException if the tensor is closed
     */
    protected final Tensor registerBuffer(String name, Tensor buffer) {
        return registerBuffer(name, buffer, true);
    }

    /**
     * As {@link #registerBuffer(String, Tensor)}.
     *
     * @param name the name in this module, without a dot
     * @param buffer the tensor
     * @param persistent whether the buffer is part of {@link #stateDict}; one that can be computed anew need not be
     * @return the buffer
     */
    protected final Tensor registerBuffer(String name, Tensor buffer, boolean persistent) {
        return members.buffer(name, buffer, persistent);
    }

    // ---- what it is made of

    /**
     * {@return one of this module's own parameters}
     *
     * @param name the name in this module, without a dot
     * @throws IllegalArgumentException if none was registered by that name
     */
    protected final Tensor parameter(String name) {
        return members.parameter(name);
    }

    /**
     * {@return one of this module's own buffers}
     *
     * @param name the name in this module, without a dot
     * @throws IllegalArgumentException if none was registered by that name
     */
    protected final Tensor buffer(String name) {
        return members.buffer(name);
    }

    /** {@return all parameters, of this module and the modules inside it, each once: what an optimizer takes} */
    public final List<Tensor> parameters() {
        return List.copyOf(namedParameters().values());
    }

    /** {@return the {@link #parameters} by names such as {@code 0.weight}} */
    public final Map<String, Tensor> namedParameters() {
        return members.namedParameters();
    }

    /** {@return all buffers, of this module and the modules inside it, each once} */
    public final List<Tensor> buffers() {
        return List.copyOf(namedBuffers().values());
    }

    /** {@return the {@link #buffers} by their names} */
    public final Map<String, Tensor> namedBuffers() {
        return members.namedBuffers();
    }

    /** {@return the modules directly inside this one, in the order they were registered} */
    public final List<Module> children() {
        return List.copyOf(members.children.values());
    }

    /** {@return the {@link #children} by the names they were registered by} */
    public final Map<String, Module> namedChildren() {
        return Collections.unmodifiableMap(members.children);
    }

    /** {@return this module and all inside it, each once, a module before those inside it} */
    public final List<Module> modules() {
        return List.copyOf(namedModules().values());
    }

    /** {@return the {@link #modules} by names such as {@code encoder.0}; this module's own is the empty string} */
    public final Map<String, Module> namedModules() {
        return members.namedModules();
    }

    /**
     * {@return the module of a name such as {@code encoder.0}; this module for the empty string}
     *
     * @param path names with dots between them
     * @throws IllegalArgumentException if there is none; the message says how far the name leads
     */
    public final Module getSubmodule(String path) {
        return members.submodule("getSubmodule", path);
    }

    /**
     * {@return the parameter of a name such as {@code encoder.0.weight}}
     *
     * @param path names with dots between them
     * @throws IllegalArgumentException if there is none; the message says how far the name leads
     */
    public final Tensor getParameter(String path) {
        return members.parameterAt(path);
    }

    /**
     * {@return the buffer of a name such as {@code encoder.1.running_mean}}
     *
     * @param path names with dots between them
     * @throws IllegalArgumentException if there is none; the message says how far the name leads
     */
    public final Tensor getBuffer(String path) {
        return members.bufferAt(path);
    }

    /**
     * Calls {@code function} with each module inside this one, and then with this one. If it throws, what it did to the
     * modules before stays.
     *
     * @param function what to do with each module
     * @return this module
     */
    public Module apply(Consumer<Module> function) {
        Objects.requireNonNull(function, () -> name() + ".apply: the function is null; give one that takes a module");
        children().forEach(child -> child.apply(function));
        function.accept(this);
        return this;
    }

    // ---- modes

    /** {@return whether the module is in training mode: then {@link Dropout} drops} */
    public final boolean training() {
        return training;
    }

    /**
     * Puts this module and all inside it in training mode.
     *
     * @return this module
     */
    public Module train() {
        return train(true);
    }

    /**
     * Puts this module and all inside it in training mode, or in evaluation mode.
     *
     * @param mode true for training mode, false for evaluation mode
     * @return this module
     */
    public Module train(boolean mode) {
        training = mode;
        for (Module child : members.children.values()) {
            child.train(mode);
        }
        return this;
    }

    /**
     * Puts this module and all inside it in evaluation mode.
     *
     * @return this module
     */
    public Module eval() {
        return train(false);
    }

    /**
     * Makes all parameters collect gradients, or freezes them.
     *
     * @param required whether the parameters collect gradients
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
     * <p>Tensors made of them before keep their memory, on the device where it is: views, the tensors of {@link #stateDict},
     * recorded operations. A backward through what was recorded before brings the gradients to where the parameters are now.
     *
     * @param device where they are to be
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
     * {@return all parameters and buffers by name, as {@code state_dict()}: what {@link #loadStateDict} takes} The tensors
     * share the module's memory: training goes on changing them. For a snapshot, {@code clone()} them.
     */
    public final Map<String, Tensor> stateDict() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        members.state().forEach((name, t) -> state.put(name, t.detach()));
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
        loadStateDict(state, true);
    }

    /**
     * As {@link #loadStateDict(Map)}.
     *
     * @param state tensors by name, of this module's shapes, on any device
     * @param strict whether all names must be the same; if not, names that are missing or unknown are passed over, and
     *     returned
     * @return the names that were missing and those that were unknown
     */
    public final IncompatibleKeys loadStateDict(Map<String, Tensor> state, boolean strict) {
        return StateDict.load(name(), members.state(), state, strict);
    }

    /**
     * As {@link #loadStateDict(Map, boolean)}, for a state of other names, such as one of a module that was wrapped:
     *
     * <pre>{@code
     * net.loadStateDict(state, true, name -> name.startsWith("module.") ? name.substring(7) : name);
     * }</pre>
     *
     * @param state tensors by name, of this module's shapes, on any device
     * @param strict whether all names must be the same
     * @param rename from a name in the state to the name here
     * @return the names that were missing and those that were unknown
     * @throws IllegalArgumentException also if two names become one; nothing was changed then
     */
    public final IncompatibleKeys loadStateDict(
            Map<String, Tensor> state, boolean strict, UnaryOperator<String> rename) {
        return StateDict.load(name(), members.state(), StateDict.renamed(name(), state, rename), strict);
    }

    // ---- hooks

    /**
     * Registers what is called before {@code forward}, in each {@link Layer#call call} of this module, and may replace the
     * inputs. {@code forward} itself calls no hooks, as in PyTorch.
     *
     * @param hook what is called
     * @return what takes the hook back
     */
    public final RemovableHandle registerForwardPreHook(Hooks.ForwardPre hook) {
        return hooks().add(hook);
    }

    /**
     * Registers what is called after {@code forward}, in each {@link Layer#call call} of this module, and may replace the
     * outputs. {@code forward} itself calls no hooks, as in PyTorch.
     *
     * @param hook what is called
     * @return what takes the hook back
     */
    public final RemovableHandle registerForwardHook(Hooks.Forward hook) {
        return hooks().add(hook);
    }

    /**
     * Registers what is called on the way back of each {@link Layer#call call} of this module, when the gradients by its inputs
     * are known, and may replace them. Where no input requires a gradient it is called when the gradients of the outputs are
     * known. Tensors that a hook computes join no scope.
     *
     * @param hook what is called
     * @return what takes the hook back; calls made before go on calling it
     */
    public final RemovableHandle registerFullBackwardHook(Hooks.FullBackward hook) {
        return hooks().add(hook);
    }

    private Hooks hooks() {
        Hooks known = hooks;
        if (known == null) {
            known = new Hooks();
            hooks = known;
        }
        return known;
    }

    final boolean hasHooks() {
        return hooks != null && !hooks.isEmpty();
    }

    /**
     * Whether a call leaves nobody a reference to its input or to the result, except that the result may be the input
     * itself. Only the modules of this package can say so: a program's own may store what they see. See {@link
     * Sequential#forward} for the use.
     */
    boolean isDiscreet() {
        return false;
    }

    /**
     * A call of {@code forward} with the hooks that are registered: for the {@code call} of a module with other inputs or
     * outputs than a {@link Layer}.
     *
     * <pre>{@code
     * public final Tensor call(Tensor x, Tensor context) {
     *     return callWithHooks(List.of(x, context), in -> List.of(forward(in.get(0), in.get(1)))).get(0);
     * }
     * }</pre>
     *
     * @param inputs the tensors among the inputs
     * @param forward from the inputs to all outputs
     * @return the outputs, or what hooks put in their place
     */
    protected final List<Tensor> callWithHooks(List<Tensor> inputs, UnaryOperator<List<Tensor>> forward) {
        Objects.requireNonNull(inputs, () -> name() + ".callWithHooks: the list of inputs is null; give tensors");
        Objects.requireNonNull(
                forward, () -> name() + ".callWithHooks: forward is null; give what computes the outputs");
        return hooks == null ? forward.apply(inputs) : hooks.call(this, inputs, forward);
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

    /** {@return the settings, which {@link #toString} writes between the parentheses, before the children} */
    protected String extraRepr() {
        return "";
    }

    /** As PyTorch prints a module: its settings, and the modules inside it, one a line. */
    @Override
    public String toString() {
        String settings = extraRepr();
        if (members.children.isEmpty() && settings.indexOf('\n') < 0) {
            return name() + "(" + settings + ")";
        }
        List<String> lines = new ArrayList<>(settings.isEmpty() ? List.of() : List.of(settings.split("\n")));
        members.children.forEach((name, child) -> lines.add("(" + name + "): " + indented(child)));
        return name() + "(\n  " + String.join("\n  ", lines) + "\n)";
    }

    /** A module's text as a line, or several, of the one around it. */
    static String indented(Module child) {
        return child.toString().replace("\n", "\n  ");
    }

    final Members members() {
        return members;
    }
}
