package ondol.nn;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import ondol.Device;
import ondol.Tensor;

/**
 * Modules one after the other: each gets what the one before returned; PyTorch's {@code torch.nn.Sequential}.
 *
 * <pre>{@code
 * Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));
 * Tensor features = net.slice(0, -1).forward(x);
 * Tensor weight = net.get(-1, Linear.class).weight();
 * }</pre>
 */
public class Sequential extends Module implements Iterable<Module> {
    /**
     * The modules in order, named {@code 0}, {@code 1}, ...
     *
     * @throws NullPointerException if one is null; the message says which
     */
    public Sequential(Module... modules) {
        Objects.requireNonNull(modules, "Sequential: the array of modules is null; give modules, or nothing for none");
        for (Module m : modules) {
            append(m);
        }
    }

    /**
     * The modules in the map's order, by their names in it.
     *
     * @throws NullPointerException if one is null; the message says which
     */
    public Sequential(Map<String, ? extends Module> modules) {
        Objects.requireNonNull(modules, "Sequential: the map of modules is null; give modules by name");
        modules.forEach(this::register);
    }

    /**
     * The modules applied one after the other; {@code x} itself if there are none.
     *
     * <p>What one built-in module hands to the next is closed as soon as the next has consumed it: nobody else has a
     * reference to it, and what backward needs is kept by the recorded operations. So its memory is free for reuse as
     * early as can be, without waiting for the garbage collector. Never closed are {@code x}, the result, and whatever
     * a program's own module returned or received.
     */
    @Override
    @SuppressWarnings("ReferenceEquality") // whether it is the same handle is the question
    public Tensor forward(Tensor x) {
        Tensor h = Objects.requireNonNull(x, "Sequential.forward: the input is null; give a tensor");
        boolean ours = false; // whether h was made in here by modules that gave it to nobody else
        for (Module m : namedChildren().values()) {
            Tensor next = m.forward(h);
            if (next == h) {
                ours &= m.isDiscreet();
                continue;
            }
            if (ours && m.isDiscreet()) {
                h.close();
            }
            ours = m.isDiscreet();
            h = next;
        }
        return h;
    }

    @Override
    final boolean isDiscreet() {
        if (getClass() != Sequential.class) {
            return false;
        }
        for (Module m : namedChildren().values()) {
            if (!m.isDiscreet()) {
                return false;
            }
        }
        return true;
    }

    /** Adds a module at the end, named by its position. Returns this module. */
    public final Sequential append(Module module) {
        int name = size();
        while (namedChildren().containsKey(Integer.toString(name))) {
            name++; // a part of another Sequential has kept that one's names
        }
        register(Integer.toString(name), module);
        return this;
    }

    /** How many modules there are. */
    public final int size() {
        return namedChildren().size();
    }

    /**
     * The module at a position.
     *
     * @param index negative ones count from the end
     * @throws IndexOutOfBoundsException if there is no such position
     */
    public final Module get(int index) {
        int n = size();
        if (index < -n || index >= n) {
            throw new IndexOutOfBoundsException("Sequential.get: index " + index + " is out of range for " + n
                    + " modules" + (n == 0 ? "; there is none to get" : "; use " + -n + " to " + (n - 1)));
        }
        return children().get(index < 0 ? index + n : index);
    }

    /**
     * The module at a position, of a known class: {@code net.get(0, Linear.class).weight()}.
     *
     * @param index negative ones count from the end
     * @throws IndexOutOfBoundsException if there is no such position
     * @throws IllegalArgumentException if the module is of another class
     */
    public final <M extends Module> M get(int index, Class<M> type) {
        Objects.requireNonNull(type, "Sequential.get: the class is null; name one, such as Linear.class");
        Module m = get(index);
        if (!type.isInstance(m)) {
            throw new IllegalArgumentException("Sequential.get: module " + index + " is a " + m.name() + ", no "
                    + type.getSimpleName() + "; there are "
                    + children().stream().map(Module::name).toList());
        }
        return type.cast(m);
    }

    /** As {@link #slice(int, int)}, up to the last module: Python's {@code net[start:]}. */
    public final Sequential slice(int start) {
        return slice(start, size());
    }

    /**
     * The modules from {@code start} to {@code end - 1}, as Python's {@code net[start:end]}: negative positions count
     * from the end, and what lies outside is cut off. The modules are shared, not copied, and keep their names and
     * modes.
     */
    public final Sequential slice(int start, int end) {
        int from = position(start);
        int to = Math.max(from, position(end));
        Map<String, Module> part = new LinkedHashMap<>();
        List.copyOf(namedChildren().entrySet()).subList(from, to).forEach(e -> part.put(e.getKey(), e.getValue()));
        return new Sequential(part);
    }

    private int position(int index) {
        return Math.clamp(index < 0 ? (long) index + size() : index, 0, size());
    }

    @Override
    public final Iterator<Module> iterator() {
        return namedChildren().values().iterator();
    }

    // ---- the same methods, known to return a Sequential

    @Override
    public Sequential apply(Consumer<Module> function) {
        super.apply(function);
        return this;
    }

    @Override
    public Sequential train() {
        return train(true);
    }

    @Override
    public Sequential train(boolean mode) {
        super.train(mode);
        return this;
    }

    @Override
    public Sequential eval() {
        return train(false);
    }

    @Override
    public Sequential requiresGrad(boolean required) {
        super.requiresGrad(required);
        return this;
    }

    @Override
    public Sequential to(Device device) {
        super.to(device);
        return this;
    }
}
