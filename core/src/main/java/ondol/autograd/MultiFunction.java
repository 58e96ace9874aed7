package ondol.autograd;

import java.util.List;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An operation that gives several tensors, with a gradient of its own: {@code torch.autograd.Function} with a tuple. All else
 * is as for a {@link Function}.
 *
 * <pre>{@code
 * class Polar extends MultiFunction {
 *     protected Tensor[] forward(Function.Context context, Tensor... inputs) {
 *         context.save(inputs);
 *         return new Tensor[] {inputs[0].mul(inputs[1].cos()), inputs[0].mul(inputs[1].sin())};
 *     }
 *
 *     protected Tensor[] backward(Function.Context context, Tensor... grads) {
 *         Tensor r = context.saved(0);
 *         Tensor cos = context.saved(1).cos();
 *         Tensor sin = context.saved(1).sin();
 *         return new Tensor[] {
 *             grads[0].mul(cos).add(grads[1].mul(sin)), grads[1].mul(cos).sub(grads[0].mul(sin)).mul(r)
 *         };
 *     }
 * }
 * List<Tensor> xy = new Polar().apply(radius, angle);
 * }</pre>
 */
public abstract class MultiFunction {
    /** A function that keeps nothing between calls. */
    protected MultiFunction() {}

    /**
     * Computes the results; nothing in here is recorded.
     *
     * @param context what the two directions share: tensors and settings
     * @param inputs the inputs, on any device
     * @return the results
     */
    protected abstract Tensor[] forward(Function.Context context, Tensor... inputs);

    /**
     * Computes the gradients of the inputs.
     *
     * @param context what the two directions share: tensors and settings
     * @param grads the gradient of each result, of its shape. For results at which none arrived it is zeros (or null, after
     *     {@link Function.Context#materializeGrads materializeGrads(false)}); for those without a gradient, such as indices,
     *     null
     * @return one gradient for each input, of the input's shape; null for none
     */
    protected abstract @Nullable Tensor[] backward(Function.Context context, @Nullable Tensor... grads);

    /**
     * {@return the name that {@link Tensor#gradFn} gives for the results, by default the class's name and {@code Backward}}
     */
    protected String gradName() {
        return getClass().getSimpleName() + "Backward";
    }

    /**
     * Calls {@link #forward} and records it. Backward is called once, when the gradients of all results have arrived. Several
     * threads may go back through one call at once: then {@link #backward} runs in each.
     *
     * @param inputs the inputs, on any device
     * @return forward's results, recorded
     * @throws NullPointerException if an input is null, or forward returns null or one that is
     */
    public final List<Tensor> apply(Tensor... inputs) {
        Calls.Body body = new Calls.Body() {
            @Override
            public Tensor[] forward(Function.Context context, Tensor[] given) {
                String function = MultiFunction.this.getClass().getSimpleName();
                return Calls.checked(
                        function + ".forward", "the array of results", MultiFunction.this.forward(context, given));
            }

            @Override
            public @Nullable Tensor[] backward(Function.Context context, @Nullable Tensor[] grads) {
                return MultiFunction.this.backward(context, grads);
            }
        };
        return Calls.call(getClass().getSimpleName(), gradName(), body, inputs);
    }
}
