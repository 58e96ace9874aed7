package ondol.optim.scheduler;

import java.util.Map;
import java.util.Objects;
import ondol.optim.Optimizer;
import org.jspecify.annotations.Nullable;

/**
 * Lets the learning rate rise once to its largest and then fall to almost nothing, and the momentum the other way; PyTorch's
 * {@code OneCycleLR} (Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates",
 * 2018). The first learning rate is {@code maxLr / divFactor}, the last {@code maxLr / divFactor / finalDivFactor}; on the way
 * from a to b, with a part p of it behind:
 *
 * <pre>{@code
 * lr = b + (a - b) / 2 * (cos(pi * p) + 1)        or (b - a) * p + a
 * }</pre>
 *
 * <p>It is stepped after every batch: the number of steps is that of the epochs times that of the batches in one. The step after
 * the last batch leads to a learning rate that no batch uses, which is up again as in PyTorch; one more is refused. The momentum
 * is SGD's, which must be above 0, or the first of Adam's betas.
 */
public final class OneCycleLR extends RecursiveLR {
    private static final String NAME = "OneCycleLR";

    private final double[] maxLrs;
    private final int totalSteps;
    private final OneCycleOptions options;

    /**
     * A schedule with PyTorch's defaults.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param maxLr the largest learning rate
     * @param totalSteps how many batches there are, each with a learning rate of its own
     */
    public OneCycleLR(Optimizer optimizer, double maxLr, int totalSteps) {
        this(optimizer, maxLr, totalSteps, new OneCycleOptions());
    }

    /**
     * A schedule with options.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param maxLr the largest learning rate
     * @param totalSteps how many batches there are, each with a learning rate of its own
     * @param options all other settings
     * @throws IllegalArgumentException if the largest learning rate is negative or not finite, there are too few steps, or the
     *     momentum cannot be cycled
     */
    public OneCycleLR(Optimizer optimizer, double maxLr, int totalSteps, OneCycleOptions options) {
        this(optimizer, new double[] {maxLr}, totalSteps, options);
    }

    /**
     * A schedule with a largest learning rate for each group.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param maxLr one for all groups, or one for each
     * @param totalSteps how many batches there are, each with a learning rate of its own
     * @param options all other settings
     * @throws IllegalArgumentException as with one for all
     */
    public OneCycleLR(Optimizer optimizer, double[] maxLr, int totalSteps, OneCycleOptions options) {
        Objects.requireNonNull(options, "OneCycleLR: the options are null; give new OneCycleOptions()");
        double[] tops = Check.perGroup(NAME, "maxLr", Check.given(NAME, optimizer), maxLr);
        this.maxLrs = tops;
        this.totalSteps = (int) Check.atLeast(NAME, "totalSteps", 1, totalSteps);
        this.options = options;
        if (Double.isNaN(options.place(0, totalSteps).part())) {
            throw new IllegalArgumentException("OneCycleLR: pctStart " + options.pctStart() + " of " + totalSteps
                    + " steps is a single one, so that the way up has no length; give more steps, or another pctStart");
        }
        CycledMomentum momentum = momentum(optimizer, totalSteps, options);
        for (int i = 0; i < tops.length; i++) {
            Check.rate(NAME, i, 0, tops[i] / options.divFactor());
        }
        for (int i = 0; i < tops.length; i++) {
            optimizer.paramGroups().get(i).setInitialLr(tops[i] / options.divFactor());
        }
        super(optimizer, momentum);
    }

    private static @Nullable CycledMomentum momentum(Optimizer optimizer, int totalSteps, OneCycleOptions o) {
        if (!o.cycleMomentum()) {
            return null;
        }
        double base = o.baseMomentum();
        double max = o.maxMomentum();
        return CycledMomentum.of(NAME, optimizer, base, max, step -> {
            OneCycleOptions.Place at = o.place(step, totalSteps);
            return switch (at.way()) {
                case 0 -> o.between(max, base, at.part());
                case 1 -> o.between(base, max, at.part());
                default -> o.between(max, max, at.part());
            };
        });
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        if (epoch > totalSteps) {
            throw new IllegalStateException("OneCycleLR.step: all " + totalSteps
                    + " learning rates of the schedule have been used; make one of more steps");
        }
        double least = baseLr / options.finalDivFactor();
        OneCycleOptions.Place at = options.place(epoch, totalSteps);
        double top = maxLrs[group];
        return switch (at.way()) {
            case 0 -> options.between(baseLr, top, at.part());
            case 1 -> options.between(top, options.threePhase() ? baseLr : least, at.part());
            default -> options.between(baseLr, least, at.part());
        };
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        Check.put(all, "maxLr", maxLrs);
        all.put("totalSteps", (double) totalSteps);
        all.put("pctStart", options.pctStart());
        all.put("annealStrategy", (double) options.annealStrategy().ordinal());
        all.put("cycleMomentum", options.cycleMomentum() ? 1.0 : 0.0);
        all.put("baseMomentum", options.baseMomentum());
        all.put("maxMomentum", options.maxMomentum());
        all.put("divFactor", options.divFactor());
        all.put("finalDivFactor", options.finalDivFactor());
        all.put("threePhase", options.threePhase() ? 1.0 : 0.0);
        return all;
    }
}
