package ondol.optim.scheduler;

import java.util.Map;
import ondol.optim.Optimizer;

/**
 * Multiplies the learning rate by gamma in every epoch; PyTorch's {@code ExponentialLR}:
 *
 * <pre>{@code lr(t) = lr(t - 1) * gamma}</pre>
 */
public final class ExponentialLR extends RecursiveLR {
    private final double gamma;

    /**
     * Multiplies the learning rates by a factor in each epoch.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param gamma what the learning rates are multiplied by, 0 or more
     * @throws IllegalArgumentException if gamma is negative or not finite
     */
    public ExponentialLR(Optimizer optimizer, double gamma) {
        this.gamma = Check.atLeastZero("ExponentialLR", "gamma", gamma);
        super(optimizer);
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        return epoch == 0 ? lr : lr * gamma;
    }

    @Override
    protected double firstLr(int group, double lr, double baseLr) {
        return baseLr;
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        all.put("gamma", gamma);
        return all;
    }
}
