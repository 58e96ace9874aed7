package ondol.autograd;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import ondol.Recording;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** PyTorch's {@code torch.autograd}: gradients of chosen tensors, and whether operations are recorded at all. */
public final class Autograd {
    private Autograd() {}

    /**
     * The gradients of {@code sum(output)} by each input. No leaf's {@code .grad()} changes; a computed tensor with
     * {@link Tensor#retainGrad} on the way keeps its gradient, as in PyTorch.
     *
     * <p>What is refused leaves everything as it was: nothing is accumulated or freed.
     *
     * @param output the tensor whose sum is differentiated
     * @param inputs the tensors by which it is differentiated
     * @return one gradient for each input, of its shape
     * @throws IllegalArgumentException if the output is not a single number, or an input requires no gradient
     * @throws IllegalStateException if an input was not used to compute the output, if what was recorded was freed, or
     *     if a tensor that it needs was changed in place
     * @throws NullPointerException if the output, the inputs or one of them is null
     */
    public static List<Tensor> grad(Tensor output, List<Tensor> inputs) {
        return grad(output, inputs, false);
    }

    /**
     * As {@link #grad(Tensor, List)}; with {@code createGraph} the gradients can be differentiated again.
     *
     * @param output the tensor whose sum is differentiated
     * @param inputs the tensors by which it is differentiated
     * @param createGraph whether the gradients can be differentiated again
     * @return one gradient for each input, of its shape
     */
    public static List<Tensor> grad(Tensor output, List<Tensor> inputs, boolean createGraph) {
        Objects.requireNonNull(output, "grad: output is null; pass a tensor");
        return grad(List.of(output), inputs, null, createGraph, createGraph);
    }

    /**
     * The sums, over all outputs, of their gradients by each input, as {@code torch.autograd.grad}.
     *
     * @param outputs the tensors whose sum is differentiated
     * @param inputs the tensors by which it is differentiated
     * @param gradients the outputs' own gradients, one of each output's shape; null if all outputs are single numbers
     * @param retainGraph whether what was recorded is kept for another backward
     * @param createGraph whether the gradients are recorded, so that they can be differentiated
     * @return one gradient for each input, of its shape
     * @throws NullPointerException if a list is null, except {@code gradients}, or has a null in it
     */
    @SuppressWarnings("NullAway") // without allowUnused no element is null
    public static List<Tensor> grad(
            List<Tensor> outputs,
            List<Tensor> inputs,
            @Nullable List<Tensor> gradients,
            boolean retainGraph,
            boolean createGraph) {
        return Recording.grad(outputs, inputs, gradients, retainGraph, createGraph, false);
    }

    /**
     * As {@link #grad(List, List, List, boolean, boolean)}, with null for inputs that were not used.
     *
     * @param outputs the tensors whose sum is differentiated
     * @param inputs the tensors by which it is differentiated
     * @param gradients the outputs' own gradients, one of each output's shape; null if all outputs are single numbers
     * @param retainGraph whether what was recorded stays, for another backward
     * @param createGraph whether the gradients can be differentiated again
     * @return one for each input, of its shape; null for one that was not used
     */
    public static List<@Nullable Tensor> gradAllowUnused(
            List<Tensor> outputs,
            List<Tensor> inputs,
            @Nullable List<Tensor> gradients,
            boolean retainGraph,
            boolean createGraph) {
        return Recording.grad(outputs, inputs, gradients, retainGraph, createGraph, true);
    }

    /**
     * Switches recording off for this thread until closed: {@code try (var off = Autograd.noGrad()) { ... }}.
     *
     * @return what closing puts recording back to what it was
     */
    public static Recording noGrad() {
        return Recording.set(false);
    }

    /**
     * Switches recording on for this thread until closed, inside a {@link #noGrad}.
     *
     * @return what closing puts recording back to what it was
     */
    public static Recording enableGrad() {
        return Recording.set(true);
    }

    /**
     * Runs something without recording.
     *
     * @param <T> the type of what the body gives
     * @param body what to run, at once and on this thread
     * @return what the body gives
     */
    public static <T> T noGrad(Supplier<T> body) {
        Objects.requireNonNull(body, "noGrad: body is null; pass what is to run");
        try (var _ = Recording.set(false)) {
            return body.get();
        }
    }

    /** {@return whether this thread records operations} */
    public static boolean isGradEnabled() {
        return Recording.isOn();
    }
}
