package ondol.autograd;

import java.util.ArrayList;
import java.util.List;
import ondol.Recording;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An operation with a gradient of its own, as {@code torch.autograd.Function}.
 *
 * <pre>{@code
 * class Cube extends Function {
 *     protected Tensor forward(Context context, Tensor... inputs) {
 *         context.save(inputs[0]);
 *         return inputs[0].mul(inputs[0]).mul(inputs[0]);
 *     }
 *
 *     protected Tensor[] backward(Context context, Tensor grad) {
 *         Tensor x = context.saved(0);
 *         return new Tensor[] {grad.mul(x).mul(x).mul(3.0)};
 *     }
 * }
 * Tensor y = new Cube().apply(x);
 * }</pre>
 *
 * <p>Gradients of gradients work if {@code backward} is written in tensor operations.
 */
public abstract class Function {
    /** A function that keeps nothing between calls. */
    protected Function() {}

    /** What one call keeps for its backward. */
    public static final class Context {
        private final List<Tensor> saved = new ArrayList<>();
        private Recording.@Nullable SavedTensors handles;

        private Context() {}

        /** Keeps tensors, inputs or others computed in forward, for backward. */
        public void save(Tensor... tensors) {
            saved.addAll(List.of(tensors));
        }

        /** The i-th tensor kept. */
        public Tensor saved(int i) {
            return handles == null ? saved.get(i) : handles.get(i);
        }
    }

    /** The result; nothing in here is recorded. */
    protected abstract Tensor forward(Context context, Tensor... inputs);

    /**
     * The gradient for each input, of the input's shape; null for none.
     *
     * @param grad the gradient of the result, of its shape
     */
    protected abstract @Nullable Tensor[] backward(Context context, Tensor grad);

    /** Calls {@link #forward} and records it. */
    public final Tensor apply(Tensor... inputs) {
        Context context = new Context();
        Tensor out;
        try (var _ = Recording.set(false)) {
            out = forward(context, inputs);
        }
        for (Tensor input : inputs) {
            if (input == out) {
                out = out.detach();
            }
        }
        String name = getClass().getSimpleName() + "Backward";
        Tensor result = Recording.record(
                name,
                out,
                inputs,
                (grad, saved) -> {
                    context.handles = saved;
                    @Nullable Tensor[] gradients = backward(context, grad);
                    if (gradients.length != inputs.length) {
                        throw new IllegalStateException(getClass().getSimpleName() + ".backward: " + gradients.length
                                + " gradients for " + inputs.length + " inputs; return one for each, null for none");
                    }
                    return gradients;
                },
                context.saved);
        context.saved.clear();
        return result;
    }
}
