package ondol.nn;

import java.util.List;
import java.util.Objects;
import ondol.Reduction;
import ondol.Tensor;

/**
 * How far an output is from what it should be: a differentiable number to minimise.
 *
 * <pre>{@code
 * Tensor loss = new MSELoss().forward(net.forward(x), y);
 * loss.backward();
 * }</pre>
 */
public abstract class Loss extends Module {
    private final Reduction reduction;

    /**
     * A loss with a reduction.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     */
    protected Loss(Reduction reduction) {
        this.reduction = Objects.requireNonNull(
                reduction, () -> getClass().getSimpleName() + ": the reduction is null; give MEAN, SUM or NONE");
    }

    /** The input, which must be there. */
    final Tensor given(Tensor input) {
        if (input == null) {
            throw new NullPointerException(name() + ".forward: the input is null; give the network's output");
        }
        return input;
    }

    /**
     * The loss.
     *
     * @param input the network's output
     * @param target what it should be
     * @return a single number, unless the reduction is {@link Reduction#NONE}
     */
    public abstract Tensor forward(Tensor input, Tensor target);

    /**
     * {@link #forward}, with the hooks that are registered at this module.
     *
     * @param input what the network gave
     * @param target what it should have given
     * @return the loss: a single number, or for {@link Reduction#NONE} the losses
     */
    public final Tensor call(Tensor input, Tensor target) {
        if (!hasHooks()) {
            return forward(input, target);
        }
        given(input);
        Objects.requireNonNull(target, () -> name() + ".call: the target is null; give a tensor");
        return callWithHooks(List.of(input, target), in -> List.of(forward(in.get(0), in.get(1))))
                .getFirst();
    }

    /** {@return the reduction of the single elements' losses} */
    public final Reduction reduction() {
        return reduction;
    }
}
