package ondol.optim.scheduler;

import java.util.Map;
import java.util.Objects;
import ondol.optim.Optimizer;
import ondol.optim.scheduler.OneCycleOptions.AnnealStrategy;

/**
 * Brings each group's learning rate to one at which it stays, for stochastic weight averaging ({@link ondol.optim.swa}); PyTorch's
 * {@code torch.optim.swa_utils.SWALR}:
 *
 * <pre>{@code
 * a(t)  = (1 - cos(pi * t / annealEpochs)) / 2, or t / annealEpochs; 1 from t = annealEpochs on
 * lr(t) = swaLr * a(t) + (lr(t - 1) - a(t - 1) * swaLr) / (1 - a(t - 1)) * (1 - a(t))
 * lr(t) = swaLr                                                            if a(t - 1) is 1
 * }</pre>
 *
 * <p>With 0 epochs it is swaLr from the beginning. PyTorch counts one epoch more in a {@link SequentialLR}; here the first
 * epoch is 0 there too.
 */
public final class SWALR extends RecursiveLR {
    private final double[] swaLrs;
    private final int annealEpochs;
    private final AnnealStrategy annealStrategy;

    /**
     * In 10 epochs along half a cosine.
     *
     * @param optimizer the optimizer whose learning rates it sets
     * @param swaLr the learning rate it leads to, of all groups, 0 or more
     */
    public SWALR(Optimizer optimizer, double swaLr) {
        this(optimizer, swaLr, 10, AnnealStrategy.COS);
    }

    /**
     * The same learning rate for all groups.
     *
     * @param optimizer the optimizer whose learning rates it sets
     * @param swaLr the learning rate it leads to, 0 or more
     * @param annealEpochs the epochs that the way takes, 0 or more
     * @param annealStrategy along half a cosine or a line
     * @throws IllegalArgumentException if a number is out of its range
     */
    public SWALR(Optimizer optimizer, double swaLr, int annealEpochs, AnnealStrategy annealStrategy) {
        this(optimizer, new double[] {swaLr}, annealEpochs, annealStrategy);
    }

    /**
     * With all settings.
     *
     * @param optimizer the optimizer whose learning rates it sets
     * @param swaLrs where it leads: one for all groups, or one for each, 0 or more
     * @param annealEpochs how many epochs the way takes, 0 or more
     * @param annealStrategy along half a cosine or a line
     * @throws IllegalArgumentException if a number is out of its range, or there are not as many as groups
     */
    public SWALR(Optimizer optimizer, double[] swaLrs, int annealEpochs, AnnealStrategy annealStrategy) {
        this.swaLrs = Check.perGroup("SWALR", "swaLr", Check.given("SWALR", optimizer), swaLrs);
        this.annealEpochs = (int) Check.atLeast("SWALR", "annealEpochs", 0, annealEpochs);
        this.annealStrategy = Objects.requireNonNull(annealStrategy, "SWALR: the strategy is null; give COS or LINEAR");
        super(optimizer);
    }

    private double alpha(long step) {
        double t = Math.clamp((double) step / Math.max(1, annealEpochs), 0, 1);
        return annealStrategy == AnnealStrategy.LINEAR ? t : (1 - ExactMath.cos(Math.PI * t)) / 2;
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        long step = annealEpochs == 0 ? Math.max(1, epoch) : epoch;
        double swaLr = swaLrs[group];
        double before = alpha(step - 1);
        double initial = before == 1 ? swaLr : (lr - before * swaLr) / (1 - before);
        double now = alpha(step);
        return swaLr * now + initial * (1 - now);
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        Check.put(all, "swaLr", swaLrs);
        all.put("annealEpochs", (double) annealEpochs);
        all.put("annealStrategy", (double) annealStrategy.ordinal());
        return all;
    }
}
