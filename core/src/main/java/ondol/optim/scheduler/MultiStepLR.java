package ondol.optim.scheduler;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import ondol.optim.Optimizer;

/**
 * Multiplies the learning rate by gamma at given epochs; PyTorch's {@code MultiStepLR}:
 *
 * <pre>{@code lr(t) = lr(t - 1) * gamma^n if t is n times among the milestones}</pre>
 */
public final class MultiStepLR extends RecursiveLR {
    private final int[] milestones;
    private final double gamma;

    /**
     * A schedule with gamma 0.1.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param milestones epochs, in any order; one that is there twice multiplies twice
     */
    public MultiStepLR(Optimizer optimizer, int... milestones) {
        this(optimizer, milestones, 0.1);
    }

    /**
     * A schedule with a factor.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param milestones epochs, in any order; one that is there twice multiplies twice
     * @param gamma what the learning rates are multiplied by, 0 or more
     * @throws IllegalArgumentException if a milestone is negative, or gamma is negative or not finite
     */
    public MultiStepLR(Optimizer optimizer, int[] milestones, double gamma) {
        Objects.requireNonNull(milestones, "MultiStepLR: the milestones are null; give an array of epochs");
        this.milestones = milestones.clone();
        for (int milestone : milestones) {
            Check.atLeast("MultiStepLR", "a milestone", 0, milestone);
        }
        this.gamma = Check.atLeastZero("MultiStepLR", "gamma", gamma);
        super(optimizer);
    }

    private double factor(long epoch) {
        return ExactMath.pow(
                gamma, Arrays.stream(milestones).filter(m -> m == epoch).count());
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        return lr * factor(epoch);
    }

    @Override
    protected double firstLr(int group, double lr, double baseLr) {
        return baseLr * factor(0);
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        Check.put(all, "milestone", Arrays.stream(milestones).asDoubleStream().toArray());
        all.put("gamma", gamma);
        return all;
    }
}
