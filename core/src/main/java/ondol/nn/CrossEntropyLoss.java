package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;
import ondol.op.Losses;
import org.jspecify.annotations.Nullable;

/**
 * The cross-entropy {@code -log(softmax(x)[t])} of logits x and a class t, computed without overflow; PyTorch's {@code
 * torch.nn.CrossEntropyLoss}. The classes are along axis 1 of the input (axis 0 of a vector).
 */
public final class CrossEntropyLoss extends Loss {
    private final long ignoreIndex;
    private final @Nullable Tensor weight;
    private final double labelSmoothing;

    /** The mean over all elements that count. */
    public CrossEntropyLoss() {
        this(Reduction.MEAN);
    }

    /**
     * A loss with a reduction. Targets of -100 do not count.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     */
    public CrossEntropyLoss(Reduction reduction) {
        this(reduction, -100);
    }

    /**
     * A loss with a reduction and the class number that does not count.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param ignoreIndex the class number that does not count
     */
    public CrossEntropyLoss(Reduction reduction, long ignoreIndex) {
        this(reduction, ignoreIndex, null, 0);
    }

    /**
     * A loss with weights of the classes and smoothed labels, as {@link Losses#crossEntropy} says.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param ignoreIndex the class number that does not count; for targets of probabilities it must be negative
     * @param weight [classes], or null for 1; a buffer, which moves with the module, and shares memory with the tensor given
     * @param labelSmoothing from 0 to 1: the part of each target that is shared by all classes
     * @throws IllegalArgumentException if the label smoothing is not from 0 to 1
     * @throws IllegalStateException if the weight is closed
     */
    public CrossEntropyLoss(Reduction reduction, long ignoreIndex, @Nullable Tensor weight, double labelSmoothing) {
        super(reduction);
        if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
            throw new IllegalArgumentException(
                    "CrossEntropyLoss: the label smoothing is " + labelSmoothing + "; it must be from 0 to 1");
        }
        this.ignoreIndex = ignoreIndex;
        this.weight = weight == null ? null : registerBuffer("weight", weight);
        this.labelSmoothing = labelSmoothing;
    }

    /**
     * The loss.
     *
     * @param input logits, [classes], [n, classes] or [n, classes, ...]
     * @param target class numbers (INT64), [], [n] or [n, ...]; or probabilities of the input's shape
     * @return a single number, or the losses in the shape of the class numbers for {@link Reduction#NONE}
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     * @throws IndexOutOfBoundsException if a class number is out of range
     */
    @Override
    public Tensor forward(Tensor input, Tensor target) {
        return Losses.crossEntropy(given(input), target, weight, reduction(), ignoreIndex, labelSmoothing);
    }
}
