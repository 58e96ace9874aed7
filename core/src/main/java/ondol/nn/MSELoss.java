package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;

/**
 * The squared error {@code (x - t)^2}; PyTorch's {@code torch.nn.MSELoss}.
 */
public final class MSELoss extends Loss {
    /** The mean over all elements. */
    public MSELoss() {
        this(Reduction.MEAN);
    }

    /**
     * A loss with a reduction.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     */
    public MSELoss(Reduction reduction) {
        super(reduction);
    }

    /**
     * The loss.
     *
     * @param input any shape
     * @param target the same shape
     * @return a single number, or the losses in the same shape for {@link Reduction#NONE}
     * @throws IllegalArgumentException if shapes, types or devices differ
     */
    @Override
    public Tensor forward(Tensor input, Tensor target) {
        return given(input).mseLoss(target, reduction());
    }
}
