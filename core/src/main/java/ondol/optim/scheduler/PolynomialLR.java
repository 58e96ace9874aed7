package ondol.optim.scheduler;

import java.util.Map;
import ondol.optim.Optimizer;

/**
 * Brings the learning rate down to 0 along a power in so many epochs; PyTorch's {@code PolynomialLR}:
 *
 * <pre>{@code
 * lr(t) = lr(t - 1) * ((1 - t / totalIters) / (1 - (t - 1) / totalIters))^power    if t <= totalIters, else lr(t - 1)
 * }</pre>
 */
public final class PolynomialLR extends RecursiveLR {
    private final int totalIters;
    private final double power;

    /**
     * A schedule down to 0 in five epochs along a straight line.
     *
     * @param optimizer the optimizer whose learning rates are changed
     */
    public PolynomialLR(Optimizer optimizer) {
        this(optimizer, 5, 1);
    }

    /**
     * A schedule down to 0 in so many epochs along a power.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param totalIters how many epochs it lasts, 1 or more
     * @param power the power, 0 or more; 1 for a straight line
     * @throws IllegalArgumentException if there are less than one epoch, or the power is negative or not finite
     */
    public PolynomialLR(Optimizer optimizer, int totalIters, double power) {
        this.totalIters = (int) Check.atLeast("PolynomialLR", "totalIters", 1, totalIters);
        this.power = Check.atLeastZero("PolynomialLR", "power", power);
        super(optimizer);
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        if (epoch == 0 || epoch > totalIters) {
            return lr;
        }
        double part = (1.0 - (double) epoch / totalIters) / (1.0 - (double) (epoch - 1) / totalIters);
        return lr * ExactMath.pow(part, power);
    }

    @Override
    protected double firstLr(int group, double lr, double baseLr) {
        return baseLr;
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        all.put("totalIters", (double) totalIters);
        all.put("power", power);
        return all;
    }
}
