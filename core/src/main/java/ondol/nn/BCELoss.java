package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;

/**
 * The binary cross-entropy {@code -(t log(x) + (1 - t) log(1 - x))} of probabilities x, each logarithm cut at -100;
 * PyTorch's {@code torch.nn.BCELoss}. Where x comes from a sigmoid, {@link BCEWithLogitsLoss} is more exact.
 */
public final class BCELoss extends Loss {
    /** The mean over all elements. */
    public BCELoss() {
        this(Reduction.MEAN);
    }

    /**
     * A loss with a reduction.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     */
    public BCELoss(Reduction reduction) {
        super(reduction);
    }

    /**
     * The loss.
     *
     * @param input any shape
     * @param target the same shape
     * @return a single number, or the losses in the same shape for {@link Reduction#NONE}
     * @throws IllegalArgumentException if shapes, types or devices differ,
     *     or an input is not from 0 to 1
     */
    @Override
    public Tensor forward(Tensor input, Tensor target) {
        return given(input).binaryCrossEntropy(target, reduction());
    }
}
