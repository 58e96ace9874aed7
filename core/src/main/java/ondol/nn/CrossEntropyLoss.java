package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;

/**
 * The cross-entropy {@code -log(softmax(x)[t])} of logits x and a class t, computed without overflow; PyTorch's {@code
 * torch.nn.CrossEntropyLoss}. The classes are along axis 1 of the input (axis 0 of a vector).
 */
public final class CrossEntropyLoss extends Loss {
    private final long ignoreIndex;

    /** The mean over all elements that count. */
    public CrossEntropyLoss() {
        this(Reduction.MEAN);
    }

    /** With what is done with the losses of the single elements. Targets of -100 do not count. */
    public CrossEntropyLoss(Reduction reduction) {
        this(reduction, -100);
    }

    /** With the class number that does not count. */
    public CrossEntropyLoss(Reduction reduction, long ignoreIndex) {
        super(reduction);
        this.ignoreIndex = ignoreIndex;
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
        return given(input).crossEntropy(target, reduction(), ignoreIndex);
    }
}
