package ondol.optim.scheduler;

import java.util.Map;
import java.util.Objects;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;
import org.jspecify.annotations.Nullable;

/**
 * Lets the learning rate go up and down between two bounds; PyTorch's {@code CyclicLR} (Smith, "Cyclical learning rates for
 * training neural networks", 2017). With a height that goes from 0 up to 1 and back:
 *
 * <pre>{@code
 * lr = baseLr + (maxLr - baseLr) * height * scale
 * momentum = maxMomentum - (maxMomentum - baseMomentum) * height * scale
 * }</pre>
 *
 * <p>It is stepped after every batch. The momentum is SGD's, which must be above 0, or the first of Adam's betas.
 */
public final class CyclicLR extends RecursiveLR {
    private static final String NAME = "CyclicLR";

    private final double[] bases;
    private final double[] tops;
    private final CyclicOptions options;

    /**
     * A schedule with PyTorch's defaults.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param baseLr the learning rate at which cycles begin and end
     * @param maxLr the learning rate at the top of a cycle
     */
    public CyclicLR(Optimizer optimizer, double baseLr, double maxLr) {
        this(optimizer, baseLr, maxLr, new CyclicOptions());
    }

    /**
     * A schedule with options.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param baseLr the learning rate at which cycles begin and end
     * @param maxLr the learning rate at the top of a cycle
     * @param options all other settings
     * @throws IllegalArgumentException if a bound is negative or not finite, or a momentum cannot be cycled
     */
    public CyclicLR(Optimizer optimizer, double baseLr, double maxLr, CyclicOptions options) {
        this(optimizer, new double[] {baseLr}, new double[] {maxLr}, options);
    }

    /**
     * A schedule with bounds for each group.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param baseLr one for all groups, or one for each
     * @param maxLr one for all groups, or one for each
     * @param options all other settings
     * @throws IllegalArgumentException if there are neither one nor as many as groups, a bound is negative or not finite, or a
     *     momentum cannot be cycled
     */
    public CyclicLR(Optimizer optimizer, double[] baseLr, double[] maxLr, CyclicOptions options) {
        Objects.requireNonNull(options, "CyclicLR: the options are null; give new CyclicOptions()");
        double[] lowest = Check.perGroup(NAME, "baseLr", Check.given(NAME, optimizer), baseLr);
        this.bases = lowest;
        this.tops = Check.perGroup(NAME, "maxLr", optimizer, maxLr);
        this.options = options;
        CycledMomentum momentum = momentum(optimizer, options);
        begin(optimizer, lowest, options);
        super(optimizer, momentum);
    }

    private static @Nullable CycledMomentum momentum(Optimizer optimizer, CyclicOptions o) {
        if (!o.cycleMomentum()) {
            return null;
        }
        double base = o.baseMomentum();
        double max = o.maxMomentum();
        return CycledMomentum.of(
                NAME, optimizer, base, max, step -> max - (max - base) * o.height(step) * o.scale(step));
    }

    /** The learning rates are the lower bounds, which are the initial ones for schedulers that are made later. */
    private static void begin(Optimizer optimizer, double[] bases, CyclicOptions options) {
        Check.rate(NAME, 0, 0, 1 + options.height(0) * options.scale(0));
        for (int i = 0; i < bases.length; i++) {
            ParameterGroup group = optimizer.paramGroups().get(i);
            group.setLr(bases[i]);
        }
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        double height = (tops[group] - bases[group]) * options.height(epoch);
        return bases[group] + height * options.scale(epoch);
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        Check.put(all, "minLr", bases);
        Check.put(all, "maxLr", tops);
        all.put("stepSizeUp", (double) options.stepSizeUp());
        all.put("stepSizeDown", (double) options.stepSizeDown());
        all.put("mode", (double) options.mode().ordinal());
        all.put("gamma", options.gamma());
        all.put("cycleMomentum", options.cycleMomentum() ? 1.0 : 0.0);
        all.put("baseMomentum", options.baseMomentum());
        all.put("maxMomentum", options.maxMomentum());
        return all;
    }
}
