package ondol.optim.scheduler;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;

/**
 * Multiplies the learning rate by a factor when a number, such as the loss on data that is not trained on, has become no better
 * for some epochs; PyTorch's {@code ReduceLROnPlateau}.
 *
 * <pre>{@code
 * var scheduler = new ReduceLROnPlateau(optimizer, new PlateauOptions().factor(0.5).patience(3));
 * scheduler.step(validationLoss);
 * }</pre>
 *
 * <p>A NaN is no better than anything. Because its step needs a number, this is no {@link LRScheduler}, and cannot be one of a
 * sequence or a chain.
 */
public final class ReduceLROnPlateau implements Scheduler {
    private static final String NAME = "ReduceLROnPlateau";

    private final Optimizer optimizer;
    private final List<ParameterGroup> groups;
    private final PlateauOptions options;
    private final double[] minLrs;
    private double best;
    private long numBadEpochs;
    private long cooldownCounter;
    private long lastEpoch;
    private double[] lastLrs;

    /**
     * A schedule with PyTorch's defaults.
     *
     * @param optimizer the optimizer whose learning rates are changed
     */
    public ReduceLROnPlateau(Optimizer optimizer) {
        this(optimizer, new PlateauOptions());
    }

    /**
     * A schedule with options.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param options all other settings
     * @throws IllegalArgumentException if there are neither one least learning rate nor as many as groups
     */
    public ReduceLROnPlateau(Optimizer optimizer, PlateauOptions options) {
        this.optimizer = Check.given(NAME, optimizer);
        this.options =
                Objects.requireNonNull(options, "ReduceLROnPlateau: the options are null; give new PlateauOptions()");
        groups = optimizer.paramGroups();
        minLrs = Check.perGroup(NAME, "minLr", optimizer, options.minLr());
        best = options.worst();
        lastLrs = Check.rates(groups);
    }

    @Override
    public Optimizer optimizer() {
        return optimizer;
    }

    /**
     * Says how good an epoch was, and reduces the learning rates if it was one bad epoch too many: {@code lr = max(lr * factor,
     * minLr)}, for groups of which that is a change by more than eps.
     *
     * @param metric the number that is watched, such as the validation's loss
     */
    public void step(double metric) {
        lastEpoch++;
        if (options.isBetter(metric, best)) {
            best = metric;
            numBadEpochs = 0;
        } else {
            numBadEpochs++;
        }
        if (cooldownCounter > 0) {
            cooldownCounter--;
            numBadEpochs = 0;
        }
        if (numBadEpochs > options.patience()) {
            reduce();
            cooldownCounter = options.cooldown();
            numBadEpochs = 0;
        }
        lastLrs = Check.rates(groups);
    }

    private void reduce() {
        for (int i = 0; i < minLrs.length; i++) {
            double before = groups.get(i).lr();
            double reduced = before * options.factor();
            double next = minLrs[i] > reduced ? minLrs[i] : reduced;
            if (before - next > options.eps()) {
                groups.get(i).setLr(next);
            }
        }
    }

    @Override
    public List<Double> getLastLr() {
        return Check.list(lastLrs);
    }

    private Map<String, Double> settings() {
        Map<String, Double> all = new LinkedHashMap<>();
        all.put("mode", (double) options.mode().ordinal());
        all.put("factor", options.factor());
        all.put("patience", (double) options.patience());
        all.put("threshold", options.threshold());
        all.put("thresholdMode", (double) options.thresholdMode().ordinal());
        all.put("cooldown", (double) options.cooldown());
        Check.put(all, "minLr", minLrs);
        all.put("eps", options.eps());
        return all;
    }

    private Map<String, Double> changing() {
        Map<String, Double> all = new LinkedHashMap<>();
        all.put("best", best);
        all.put("numBadEpochs", (double) numBadEpochs);
        all.put("cooldownCounter", (double) cooldownCounter);
        all.put("lastEpoch", (double) lastEpoch);
        Check.put(all, "lastLr", lastLrs);
        return all;
    }

    @Override
    public SchedulerState stateDict() {
        Map<String, Double> all = settings();
        all.putAll(changing());
        return new SchedulerState(NAME, all, List.of());
    }

    @Override
    public void loadStateDict(SchedulerState state) {
        Check.fits(NAME, state, settings(), changing());
        double savedBest = Check.value(state, "best");
        if (Double.isNaN(savedBest)) {
            throw Check.notFitting(NAME, "best is NaN");
        }
        long bad = Check.count(NAME, state, "numBadEpochs", 0);
        long cooling = Check.count(NAME, state, "cooldownCounter", 0);
        long epoch = Check.count(NAME, state, "lastEpoch", 0);
        lastLrs = Check.rates(NAME, state, "lastLr", minLrs.length);
        best = savedBest;
        numBadEpochs = bad;
        cooldownCounter = cooling;
        lastEpoch = epoch;
    }

    /** The settings, the best number and the epochs. */
    @Override
    public String toString() {
        Map<String, Double> all = settings();
        all.putAll(changing());
        return NAME + all;
    }
}
