package ondol.nn;

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
public abstract class Loss {
    private final Reduction reduction;

    /** With what is done with the losses of the single elements. */
    protected Loss(Reduction reduction) {
        this.reduction = Objects.requireNonNull(
                reduction, () -> getClass().getSimpleName() + ": the reduction is null; give MEAN, SUM or NONE");
    }

    /** The input, which must be there. */
    final Tensor given(Tensor input) {
        if (input == null) {
            throw new NullPointerException(
                    getClass().getSimpleName() + ".forward: the input is null; give the network's output");
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

    /** What is done with the losses of the single elements. */
    public final Reduction reduction() {
        return reduction;
    }

    /** As PyTorch prints it: {@code MSELoss()}. */
    @Override
    public String toString() {
        return getClass().getSimpleName() + "()";
    }
}
