package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;
import ondol.op.Losses;

/**
 * The squared error near 0 and the absolute error elsewhere, {@link Losses#smoothL1Loss}; PyTorch's {@code
 * torch.nn.SmoothL1Loss}.
 */
public final class SmoothL1Loss extends Loss {
    private final double beta;

    /** The mean over all elements, with beta 1. */
    public SmoothL1Loss() {
        this(Reduction.MEAN, 1);
    }

    /**
     * A loss with all settings.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param beta where the parabola ends, 0 or more
     * @throws IllegalArgumentException if beta is negative
     */
    public SmoothL1Loss(Reduction reduction, double beta) {
        super(reduction);
        if (!(beta >= 0)) {
            throw new IllegalArgumentException("SmoothL1Loss: beta is " + beta + "; it must be 0 or more");
        }
        this.beta = beta;
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
        return Losses.smoothL1Loss(given(input), target, reduction(), beta);
    }
}
