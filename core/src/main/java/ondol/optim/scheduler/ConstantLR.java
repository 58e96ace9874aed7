package ondol.optim.scheduler;

import java.util.Map;
import ondol.optim.Optimizer;

/**
 * Multiplies the learning rate by a factor for the first epochs; PyTorch's {@code ConstantLR}:
 *
 * <pre>{@code
 * lr(0) = lr * factor
 * lr(t) = lr(t - 1) * (1 / factor)      if t = totalIters, else lr(t - 1)
 * }</pre>
 */
public final class ConstantLR extends RecursiveLR {
    private final double factor;
    private final int totalIters;

    /**
     * A third of the learning rates for five epochs.
     *
     * @param optimizer the optimizer whose learning rates are changed
     */
    public ConstantLR(Optimizer optimizer) {
        this(optimizer, 1.0 / 3, 5);
    }

    /**
     * A part of the learning rates for some epochs.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param factor what the learning rates are multiplied by, above 0 and at most 1
     * @param totalIters how many epochs it lasts, 1 or more
     * @throws IllegalArgumentException if the factor is not above 0 and at most 1, or there are less than one epoch
     */
    public ConstantLR(Optimizer optimizer, double factor, int totalIters) {
        this.factor = Check.fraction("ConstantLR", "factor", factor);
        this.totalIters = (int) Check.atLeast("ConstantLR", "totalIters", 1, totalIters);
        super(optimizer);
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        if (epoch == 0) {
            return lr * factor;
        }
        return epoch == totalIters ? lr * (1.0 / factor) : lr;
    }

    @Override
    protected double firstLr(int group, double lr, double baseLr) {
        return baseLr * factor;
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        all.put("factor", factor);
        all.put("totalIters", (double) totalIters);
        return all;
    }
}
