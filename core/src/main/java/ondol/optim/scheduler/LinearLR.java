package ondol.optim.scheduler;

import java.util.Map;
import ondol.optim.Optimizer;

/**
 * Changes a factor of the learning rate along a straight line during the first epochs; PyTorch's {@code LinearLR}:
 *
 * <pre>{@code
 * lr(0) = lr * startFactor
 * lr(t) = lr(t - 1) * (1 + (endFactor - startFactor)
 *             / (totalIters * startFactor + (t - 1) * (endFactor - startFactor)))    if t <= totalIters, else lr(t - 1)
 * }</pre>
 *
 * <p>With an end factor of 0 the last of these may be some 1e-17 below 0, where PyTorch leaves it; here it is 0.
 */
public final class LinearLR extends RecursiveLR {
    private final double startFactor;
    private final double endFactor;
    private final int totalIters;

    /**
     * A schedule from a third of the learning rates to all of them in five epochs.
     *
     * @param optimizer the optimizer whose learning rates are changed
     */
    public LinearLR(Optimizer optimizer) {
        this(optimizer, 1.0 / 3, 1, 5);
    }

    /**
     * A schedule from one factor to another in so many epochs.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param startFactor the first factor, above 0 and at most 1
     * @param endFactor the last factor, from 0 to 1
     * @param totalIters how many epochs it lasts, 1 or more
     * @throws IllegalArgumentException if the first factor is not above 0 and at most 1, the last not from 0 to 1, or there are
     *     less than one epoch
     */
    public LinearLR(Optimizer optimizer, double startFactor, double endFactor, int totalIters) {
        this.startFactor = Check.fraction("LinearLR", "startFactor", startFactor);
        this.endFactor = Check.between("LinearLR", "endFactor", 0, 1, endFactor);
        this.totalIters = (int) Check.atLeast("LinearLR", "totalIters", 1, totalIters);
        super(optimizer);
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        if (epoch == 0) {
            return lr * startFactor;
        }
        if (epoch > totalIters) {
            return lr;
        }
        double way = endFactor - startFactor;
        double next = lr * (1 + way / (totalIters * startFactor + (epoch - 1) * way));
        return endFactor == 0 && next < 0 ? 0 : next;
    }

    @Override
    protected double firstLr(int group, double lr, double baseLr) {
        return baseLr * startFactor;
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        all.put("startFactor", startFactor);
        all.put("endFactor", endFactor);
        all.put("totalIters", (double) totalIters);
        return all;
    }
}
