package ondol.optim.scheduler;

import java.util.Map;
import ondol.optim.Optimizer;

/**
 * Multiplies the learning rate by gamma every so many epochs; PyTorch's {@code StepLR}:
 *
 * <pre>{@code lr(t) = lr(t - 1) * gamma if t is a multiple of stepSize, else lr(t - 1)}</pre>
 */
public final class StepLR extends RecursiveLR {
    private final int stepSize;
    private final double gamma;

    /**
     * A schedule with gamma 0.1.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param stepSize how many epochs lie between two multiplications, 1 or more
     */
    public StepLR(Optimizer optimizer, int stepSize) {
        this(optimizer, stepSize, 0.1);
    }

    /**
     * A schedule with a factor.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param stepSize how many epochs lie between two multiplications
     * @param gamma what the learning rates are multiplied by, 0 or more
     * @throws IllegalArgumentException if the step size is less than 1, or gamma negative or not finite
     */
    public StepLR(Optimizer optimizer, int stepSize, double gamma) {
        this.stepSize = (int) Check.atLeast("StepLR", "stepSize", 1, stepSize);
        this.gamma = Check.atLeastZero("StepLR", "gamma", gamma);
        super(optimizer);
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        return epoch == 0 || epoch % stepSize != 0 ? lr : lr * gamma;
    }

    @Override
    protected double firstLr(int group, double lr, double baseLr) {
        return baseLr;
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        all.put("stepSize", (double) stepSize);
        all.put("gamma", gamma);
        return all;
    }
}
