package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;

/**
 * The binary cross-entropy {@code -(t log(s) + (1 - t) log(1 - s))} with {@code s = sigmoid(x)}, computed without
 * overflow; PyTorch's {@code torch.nn.BCEWithLogitsLoss}.
 */
public final class BCEWithLogitsLoss extends Loss {
    /** The mean over all elements. */
    public BCEWithLogitsLoss() {
        this(Reduction.MEAN);
    }

    /**
     * A loss with a reduction.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     */
    public BCEWithLogitsLoss(Reduction reduction) {
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
        return given(input).binaryCrossEntropyWithLogits(target, reduction());
    }
}
