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

    /** With what is done with the losses of the single elements. */
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
