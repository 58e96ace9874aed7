package ondol.optim.scheduler;

import java.util.Map;
import ondol.optim.Optimizer;

/**
 * Brings the learning rate down to etaMin along half a cosine in tMax epochs, up again in as many, and so on; PyTorch's
 * {@code CosineAnnealingLR} (Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without the
 * restarts):
 *
 * <pre>{@code
 * lr(t) = (1 + cos(pi * t / tMax)) / (1 + cos(pi * (t - 1) / tMax)) * (lr(t - 1) - etaMin) + etaMin
 * lr(t) = lr(t - 1) + (lr(0) - etaMin) * (1 - cos(pi / tMax)) / 2        one epoch after the lowest point
 * }</pre>
 */
public final class CosineAnnealingLR extends RecursiveLR {
    private final int tMax;
    private final double etaMin;

    /**
     * A schedule along half a cosine down to 0.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param tMax how many epochs the way down takes, 1 or more
     */
    public CosineAnnealingLR(Optimizer optimizer, int tMax) {
        this(optimizer, tMax, 0);
    }

    /**
     * A schedule along half a cosine down to a least learning rate.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param tMax how many epochs the way down takes, 1 or more
     * @param etaMin the least learning rate, 0 or more
     * @throws IllegalArgumentException if tMax is less than 1, or etaMin negative or not finite
     */
    public CosineAnnealingLR(Optimizer optimizer, int tMax, double etaMin) {
        this.tMax = (int) Check.atLeast("CosineAnnealingLR", "tMax", 1, tMax);
        this.etaMin = Check.atLeastZero("CosineAnnealingLR", "etaMin", etaMin);
        super(optimizer);
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        if (epoch == 0) {
            return lr;
        }
        if (Math.floorMod(epoch - 1 - tMax, 2L * tMax) == 0) {
            return lr + (baseLr - etaMin) * (1 - ExactMath.cos(Math.PI / tMax)) / 2;
        }
        return (1 + ExactMath.cos(Math.PI * epoch / tMax))
                        / (1 + ExactMath.cos(Math.PI * (epoch - 1) / tMax))
                        * (lr - etaMin)
                + etaMin;
    }

    @Override
    protected double firstLr(int group, double lr, double baseLr) {
        return etaMin + (baseLr - etaMin) * 2 / 2;
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        all.put("tMax", (double) tMax);
        all.put("etaMin", etaMin);
        return all;
    }
}
