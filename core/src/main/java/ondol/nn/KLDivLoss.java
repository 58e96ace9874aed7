package ondol.nn;

import ondol.Reduction;
import ondol.Tensor;
import ondol.op.Losses;

/**
 * The Kullback-Leibler divergence of log-probabilities from a target's probabilities, {@link Losses#klDiv}; PyTorch's {@code
 * torch.nn.KLDivLoss}.
 */
public final class KLDivLoss extends Loss {
    private final boolean logTarget;
    private final boolean batchMean;

    /** The mean over all elements. For the divergence itself see {@link #batchMean}. */
    public KLDivLoss() {
        this(Reduction.MEAN, false);
    }

    /**
     * A loss with all settings.
     *
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param logTarget whether targets are logarithms of probabilities
     */
    public KLDivLoss(Reduction reduction, boolean logTarget) {
        this(reduction, logTarget, false);
    }

    private KLDivLoss(Reduction reduction, boolean logTarget, boolean batchMean) {
        super(reduction);
        this.logTarget = logTarget;
        this.batchMean = batchMean;
    }

    /**
     * {@return a loss that is the divergence's mean over the examples, {@link Losses#klDivBatchMean}; PyTorch's {@code
     * reduction="batchmean"}}
     *
     * @param logTarget whether targets are logarithms of probabilities
     */
    public static KLDivLoss batchMean(boolean logTarget) {
        return new KLDivLoss(Reduction.SUM, logTarget, true);
    }

    /**
     * The loss.
     *
     * @param input log-probabilities, any shape
     * @param target probabilities, or their logarithms, of the same shape
     * @return a single number, or the losses in the same shape for {@link Reduction#NONE}
     * @throws IllegalArgumentException if shapes, types or devices differ
     */
    @Override
    public Tensor forward(Tensor input, Tensor target) {
        return batchMean
                ? Losses.klDivBatchMean(given(input), target, logTarget)
                : Losses.klDiv(given(input), target, reduction(), logTarget);
    }
}
