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

        /**
         * Keeps tensors, inputs or others computed in forward, for backward. If one is changed in place before, backward
         * is refused.
         *
         * @throws NullPointerException if one is null
         */
        public void save(Tensor... tensors) {
            saved.addAll(List.of(checked("save", "tensors", tensors)));
        }

        /**
         * The i-th tensor kept.
         *
         * @throws IndexOutOfBoundsException if there is none
         */
        public Tensor saved(int i) {
            if (handles != null) {
                return handles.get(i);
            }
            if (i < 0 || i >= saved.size()) {
                throw new IndexOutOfBoundsException(
                        "saved: tensor " + i + " was asked for, but " + saved.size() + " were saved; the first is 0");
            }
            return saved.get(i);
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

    private static Tensor[] checked(String operation, String argument, Tensor[] tensors) {
        if (tensors == null) {
            throw new NullPointerException(operation + ": " + argument + " is null; pass tensors");
        }
        Tensor[] copy = tensors.clone();
        for (int i = 0; i < copy.length; i++) {
            if (copy[i] == null) {
                throw new NullPointerException(
                        operation + ": " + argument + " has null at position " + i + "; pass tensors");
            }
        }
        return copy;
    }

    /**
     * Calls {@link #forward} and records it. Several threads may go back through one call at once: then {@link
     * #backward} runs in each.
     *
     * @throws NullPointerException if an input is null, or forward returns null
     */
    public final Tensor apply(Tensor... inputs) {
        String function = getClass().getSimpleName();
        Tensor[] given = checked(function + ".apply", "inputs", inputs);
        Context context = new Context();
        Tensor out;
        try (var _ = Recording.set(false)) {
            out = forward(context, given.clone());
        }
        if (out == null) {
            throw new NullPointerException(function + ".forward: the result is null; return a tensor");
        }
        for (Tensor input : given) {
            if (input == out) {
                out = out.detach();
            }
        }
        String name = function + "Backward";
        Tensor result = Recording.record(
                name,
                out,
                given,
                (grad, saved) -> {
                    context.handles = saved;
                    @Nullable Tensor[] gradients = backward(context, grad);
                    if (gradients == null || gradients.length != given.length) {
                        throw new IllegalStateException(function + ".backward: "
                                + (gradients == null ? "null" : gradients.length + " gradients") + " for "
                                + given.length + " inputs; return one for each, null for none");
                    }
                    return gradients;
                },
                context.saved);
        context.saved.clear();
        return result;
    }
}
