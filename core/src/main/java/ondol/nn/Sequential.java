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
 * Layers one after the other: each gets what the one before returned; PyTorch's {@code torch.nn.Sequential}.
 *
 * <pre>{@code
 * Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));
 * Tensor features = net.slice(0, -1).forward(x);
 * Tensor weight = net.get(-1, Linear.class).weight();
 * }</pre>
 */
public class Sequential extends Layer implements Iterable<Layer> {
    /**
     * Layers in order, named {@code 0}, {@code 1}, ...
     *
     * @param layers the layers
     * @throws NullPointerException if one is null; the message says which
     */
    public Sequential(Layer... layers) {
        Objects.requireNonNull(layers, "Sequential: the array of layers is null; give layers, or nothing for none");
        for (Layer layer : layers) {
            append(layer);
        }
    }

    /**
     * Layers in a map's order, by their names in it.
     *
     * @param layers the layers
     * @throws NullPointerException if one is null; the message says which
     */
    public Sequential(Map<String, ? extends Layer> layers) {
        Objects.requireNonNull(layers, "Sequential: the map of layers is null; give layers by name");
        layers.forEach(this::register);
    }

    /**
     * The layers called one after the other; {@code x} itself if there are none.
     *
     * <p>What one built-in layer hands to the next is closed as soon as the next has consumed it: nobody else has a
     * reference to it, and what backward needs is kept by the recorded operations. So its memory is free for reuse as
     * early as can be, without waiting for the garbage collector. Never closed are {@code x}, the result, and whatever
     * a program's own layer or hook returned or received.
     */
    @Override
    @SuppressWarnings("ReferenceEquality") // whether it is the same handle is the question
    public Tensor forward(Tensor x) {
        Tensor h = Objects.requireNonNull(x, "Sequential.forward: the input is null; give a tensor");
        boolean ours = false; // whether h was made in here by layers that gave it to nobody else
        for (Map.Entry<String, Module> child : members().children.entrySet()) {
            Layer layer = layer(child);
            Tensor next = layer.call(h);
            if (next == h) {
                ours &= layer.isDiscreet();
                continue;
            }
            if (ours && layer.isDiscreet()) {
                h.close();
            }
            ours = layer.isDiscreet();
            h = next;
        }
        return h;
    }

    @Override
    final boolean isDiscreet() {
        if (getClass() != Sequential.class || hasHooks()) {
            return false;
        }
        for (Map.Entry<String, Module> child : members().children.entrySet()) {
            if (!layer(child).isDiscreet()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Adds a layer at the end, named by its position.
     *
     * @param layer the layer
     * @return this module
     */
    public final Sequential append(Layer layer) {
        int name = size();
        while (namedChildren().containsKey(Integer.toString(name))) {
            name++; // a part of another Sequential has kept that one's names
        }
        register(Integer.toString(name), layer);
        return this;
    }

    /** {@return how many layers there are} */
    public final int size() {
        return namedChildren().size();
    }

    /**
     * {@return the layer at a position}
     *
     * @param index negative ones count from the end
     * @throws IndexOutOfBoundsException if there is no such position
     */
    public final Layer get(int index) {
        int n = size();
        if (index < -n || index >= n) {
            throw new IndexOutOfBoundsException("Sequential.get: index " + index + " is out of range for " + n
                    + " modules" + (n == 0 ? "; there is none to get" : "; use " + -n + " to " + (n - 1)));
        }
        return layers().get(index < 0 ? index + n : index);
    }

    /**
     * {@return the layer at a position, of a known class: {@code net.get(0, Linear.class).weight()}}
     *
     * @param <M> the layer's class
     * @param index negative ones count from the end
     * @param type the layer's class
     * @throws IndexOutOfBoundsException if there is no such position
     * @throws IllegalArgumentException if the module is of another class
     */
    public final <M extends Layer> M get(int index, Class<M> type) {
        Objects.requireNonNull(type, "Sequential.get: the class is null; name one, such as Linear.class");
        Layer m = get(index);
        if (!type.isInstance(m)) {
            throw new IllegalArgumentException("Sequential.get: module " + index + " is a " + m.name() + ", no "
                    + type.getSimpleName() + "; there are "
                    + children().stream().map(Module::name).toList());
        }
        return type.cast(m);
    }

    /**
     * The modules from {@code start} on, as {@link #slice(int, int)}: Python's {@code net[start:]}.
     *
     * @param start the first position; negative counts from the end
     * @return a network of the same modules
     */
    public final Sequential slice(int start) {
        return slice(start, size());
    }

    /**
     * The modules from {@code start} to {@code end - 1}, as Python's {@code net[start:end]}: negative positions count
     * from the end, and what lies outside is cut off. The modules are shared, not copied, and keep their names and
     * modes.
     *
     * @param start the first position; negative counts from the end
     * @param end the first position that is left out; negative counts from the end
     * @return a network of the same modules
     */
    public final Sequential slice(int start, int end) {
        int from = position(start);
        int to = Math.max(from, position(end));
        Map<String, Layer> part = new LinkedHashMap<>();
        List.copyOf(namedChildren().entrySet()).subList(from, to).forEach(e -> part.put(e.getKey(), layer(e)));
        return new Sequential(part);
    }

    private int position(int index) {
        return Math.clamp(index < 0 ? (long) index + size() : index, 0, size());
    }

    @Override
    public final Iterator<Layer> iterator() {
        return layers().iterator();
    }

    private List<Layer> layers() {
        return members().children.entrySet().stream().map(this::layer).toList();
    }

    private Layer layer(Map.Entry<String, Module> child) {
        if (child.getValue() instanceof Layer layer) {
            return layer;
        }
        throw new IllegalStateException(name() + ": '" + child.getKey() + "' is a "
                + child.getValue().name() + ", no Layer, and cannot take part; use a Module of your own around both");
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
