package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;

/**
 * The absolute error {@code |x - t|}; PyTorch's {@code torch.nn.L1Loss}.
 */
public final class L1Loss extends Loss {
    /** The mean over all elements. */
    public L1Loss() {
        this(Reduction.MEAN);
    }

    /**
     * A loss with a reduction.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     */
    public L1Loss(Reduction reduction) {
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
        return given(input).l1Loss(target, reduction());
    }
}
