package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;
import ondol.op.Losses;

/**
 * Half the squared error near 0 and a multiple of the absolute error elsewhere, {@link Losses#huberLoss}; PyTorch's {@code
 * torch.nn.HuberLoss}.
 */
public final class HuberLoss extends Loss {
    private final double delta;

    /** The mean over all elements, with delta 1. */
    public HuberLoss() {
        this(Reduction.MEAN, 1);
    }

    /**
     * A loss with all settings.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param delta where the parabola ends, more than 0
     * @throws IllegalArgumentException if delta is not more than 0
     */
    public HuberLoss(Reduction reduction, double delta) {
        super(reduction);
        if (!(delta > 0)) {
            throw new IllegalArgumentException("HuberLoss: delta is " + delta + "; it must be more than 0");
        }
        this.delta = delta;
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
        return Losses.huberLoss(given(input), target, reduction(), delta);
    }
}
