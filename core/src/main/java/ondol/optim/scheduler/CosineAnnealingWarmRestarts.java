package ondol.optim.scheduler;

import java.util.Map;
import ondol.optim.Optimizer;

/**
 * Brings the learning rate down to etaMin along half a cosine, and then starts again at the top, each time with a period that is
 * tMult times as long; PyTorch's {@code CosineAnnealingWarmRestarts} (Loshchilov and Hutter, "SGDR: stochastic gradient descent
 * with warm restarts", 2017). With c epochs since the last start and the period p:
 *
 * <pre>{@code lr = etaMin + (baseLr - etaMin) * (1 + cos(pi * c / p)) / 2}</pre>
 */
public final class CosineAnnealingWarmRestarts extends RecursiveLR {
    private final int t0;
    private final int tMult;
    private final double etaMin;

    /**
     * A schedule with periods of the same length, down to 0.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param t0 how many epochs the first period has, 1 or more
     */
    public CosineAnnealingWarmRestarts(Optimizer optimizer, int t0) {
        this(optimizer, t0, 1, 0);
    }

    /**
     * A schedule with periods of t0, t0 * tMult, t0 * tMult^2, ... epochs.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param t0 how many epochs the first period has, 1 or more
     * @param tMult how many times as long each period is as the one before, 1 or more
     * @param etaMin the least learning rate, 0 or more
     * @throws IllegalArgumentException if t0 or tMult is less than 1, or etaMin negative or not finite
     */
    public CosineAnnealingWarmRestarts(Optimizer optimizer, int t0, int tMult, double etaMin) {
        this.t0 = (int) Check.atLeast("CosineAnnealingWarmRestarts", "t0", 1, t0);
        this.tMult = (int) Check.atLeast("CosineAnnealingWarmRestarts", "tMult", 1, tMult);
        this.etaMin = Check.atLeastZero("CosineAnnealingWarmRestarts", "etaMin", etaMin);
        super(optimizer);
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        long since = tMult == 1 ? epoch % t0 : epoch;
        long period = t0;
        while (since >= period) {
            since -= period;
            period *= tMult;
        }
        return etaMin + (baseLr - etaMin) * (1 + ExactMath.cos(Math.PI * since / period)) / 2;
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        all.put("t0", (double) t0);
        all.put("tMult", (double) tMult);
        all.put("etaMin", etaMin);
        return all;
    }
}
