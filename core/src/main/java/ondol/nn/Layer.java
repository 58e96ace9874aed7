package ondol.nn;

import java.util.List;
import java.util.function.Consumer;
import ondol.Device;
import ondol.Tensor;

/**
 * A module that makes one tensor of another: what {@link Sequential} puts one after the other, and what most networks are. A
 * program's own extends this class, and gives {@link #forward}.
 *
 * <pre>{@code
 * class Residual extends Layer {
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
 * <p>Where PyTorch writes {@code net(x)}, it is {@code net.forward(x)} here, or {@code net.call(x)} if there are hooks.
 */
public abstract class Layer extends Module {
    /** A layer without parameters and children, in training mode. */
    protected Layer() {}

    /**
     * Computes the layer's output.
     *
     * @param x the input; each layer says of which shape
     * @return a new tensor, or {@code x} itself where there is nothing to do
     */
    public abstract Tensor forward(Tensor x);

    /**
     * {@link #forward}, with the hooks that are registered at this layer: PyTorch's {@code net(x)}.
     *
     * @param x the input
     * @return the output, or what a hook put in its place
     */
    public final Tensor call(Tensor x) {
        if (!hasHooks()) {
            return forward(x);
        }
        return callWithHooks(List.of(checked("call", x)), in -> List.of(forward(in.getFirst())))
                .getFirst();
    }

    private Tensor checked(String operation, Tensor x) {
        if (x == null) {
            throw new NullPointerException(name() + "." + operation + ": the input is null; give a tensor");
        }
        return x;
    }

    // ---- the same methods, known to return a layer

    @Override
    public Layer apply(Consumer<Module> function) {
        super.apply(function);
        return this;
    }

    @Override
    public Layer train() {
        super.train();
        return this;
    }

    @Override
    public Layer train(boolean mode) {
        super.train(mode);
        return this;
    }

    @Override
    public Layer eval() {
        super.eval();
        return this;
    }

    @Override
    public Layer requiresGrad(boolean required) {
        super.requiresGrad(required);
        return this;
    }

    @Override
    public Layer to(Device device) {
        super.to(device);
        return this;
    }
}
