package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;
import ondol.op.Losses;
import org.jspecify.annotations.Nullable;

/**
 * {@code -w[t] x[t]} of log-probabilities x and a class t, {@link Losses#nllLoss}; PyTorch's {@code torch.nn.NLLLoss}. After a
 * {@link LogSoftmax}; {@link CrossEntropyLoss} does both.
 */
public final class NLLLoss extends Loss {
    private final @Nullable Tensor weight;
    private final long ignoreIndex;

    /** The mean over all elements that count. */
    public NLLLoss() {
        this(Reduction.MEAN, -100, null);
    }

    /**
     * A loss with all settings.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param ignoreIndex the class number that does not count
     * @param weight [C], or null for 1; a buffer, which moves with the module, and shares memory with the tensor given
     * @throws IllegalStateException if the weight is closed
     */
    public NLLLoss(Reduction reduction, long ignoreIndex, @Nullable Tensor weight) {
        super(reduction);
        this.ignoreIndex = ignoreIndex;
        this.weight = weight == null ? null : registerBuffer("weight", weight);
    }

    /**
     * The loss.
     *
     * @param input log-probabilities, [C], [N, C] or [N, C, ...]
     * @param target class numbers (INT64), [], [N] or [N, ...]
     * @return a single number, or the losses in the target's shape for {@link Reduction#NONE}
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     * @throws IndexOutOfBoundsException if a class number is out of range
     */
    @Override
    public Tensor forward(Tensor input, Tensor target) {
        return Losses.nllLoss(given(input), target, weight, ignoreIndex, reduction());
    }
}
