package ondol.optim.scheduler;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler with a formula that makes each group's next learning rate, mostly of the one that it has: so a learning rate that
 * the program set in between is where the formula goes on, as in PyTorch.
 *
 * <p>A class of one's own sets what its formula reads before it calls the constructor of this class, which asks for epoch 0:
 *
 * <pre>{@code
 * final class InverseRootLR extends RecursiveLR {
 *     private final int warmup;
 *
 *     InverseRootLR(Optimizer optimizer, int warmup) {
 *         this.warmup = warmup;
 *         super(optimizer);
 *     }
 *
 *     protected double lr(long epoch, int group, double lr, double baseLr) {
 *         return baseLr * Math.sqrt((double) warmup / Math.max(warmup, epoch));
 *     }
 * }
 * }</pre>
 */
public abstract class RecursiveLR extends LRScheduler {
    private final List<ParameterGroup> groups;
    private double[] baseLrs;
    private double[] lastLrs;
    private long lastEpoch;

    /** The momentum that is cycled besides the learning rate; null if it is not. */
    final @Nullable CycledMomentum momentum;

    /**
     * Sets the learning rates of epoch 0, and each group's initial learning rate where there is none yet.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @throws IllegalArgumentException if a learning rate would be negative or not finite; nothing was changed then
     */
    protected RecursiveLR(Optimizer optimizer) {
        this(optimizer, null);
    }

    RecursiveLR(Optimizer optimizer, @Nullable CycledMomentum momentum) {
        super(optimizer);
        this.momentum = momentum;
        groups = optimizer.paramGroups();
        baseLrs =
                groups.stream().mapToDouble(g -> g.initialLr().orElseGet(g::lr)).toArray();
        lastLrs = new double[0];
        advance(0, false);
        for (int i = 0; i < groups.size(); i++) {
            if (groups.get(i).initialLr().isEmpty()) {
                groups.get(i).setInitialLr(baseLrs[i]);
            }
        }
    }

    /**
     * The learning rate of a group in an epoch.
     *
     * @param epoch 0 when the scheduler is made, and 1 more with each step
     * @param group the group's number
     * @param lr the learning rate that it has
     * @param baseLr the one that it started with: its {@link ParameterGroup#initialLr} when the scheduler was made
     * @return the learning rate for that epoch
     */
    protected abstract double lr(long epoch, int group, double lr, double baseLr);

    /**
     * {@return the learning rate of epoch 0 where another scheduler came before this one in a {@link SequentialLR}, and the
     * learning rate is that one's} By default the formula's for epoch 0.
     *
     * @param group the group's number
     * @param lr the learning rate that it has
     * @param baseLr the one that it started with: its {@link ParameterGroup#initialLr}
     */
    protected double firstLr(int group, double lr, double baseLr) {
        return lr(0, group, lr, baseLr);
    }

    @Override
    public final void step() {
        advance(lastEpoch + 1, false);
    }

    /** Begins in the middle of a sequence. */
    final void begin() {
        advance(0, true);
    }

    /** Makes this as if it had not begun, for a sequence in which its turn has not come. */
    final void unbegin() {
        lastEpoch = -1;
    }

    private void advance(long epoch, boolean inTheMiddle) {
        double[] next = new double[groups.size()];
        for (int i = 0; i < next.length; i++) {
            double now = groups.get(i).lr();
            double lr = inTheMiddle ? firstLr(i, now, baseLrs[i]) : lr(epoch, i, now, baseLrs[i]);
            next[i] = Check.rate(name(), i, epoch, lr);
        }
        if (momentum != null) {
            momentum.set(name(), groups, epoch);
        }
        for (int i = 0; i < next.length; i++) {
            groups.get(i).setLr(next[i]);
        }
        lastEpoch = epoch;
        lastLrs = next;
    }

    /** {@return the epoch that the learning rates are of: how many steps have been made} */
    public final long lastEpoch() {
        return lastEpoch;
    }

    @Override
    public final List<Double> getLastLr() {
        return Check.list(lastLrs);
    }

    // ---- state

    private Map<String, Double> changing() {
        Map<String, Double> all = new LinkedHashMap<>();
        all.put("lastEpoch", (double) lastEpoch);
        Check.put(all, "baseLr", baseLrs);
        Check.put(all, "lastLr", lastLrs);
        return all;
    }

    @Override
    public final SchedulerState stateDict() {
        Map<String, Double> all = settings();
        all.putAll(changing());
        return new SchedulerState(name(), all, List.of());
    }

    @Override
    public final void loadStateDict(SchedulerState state) {
        Check.fits(name(), state, settings(), changing());
        long epoch = Check.count(name(), state, "lastEpoch", -1);
        double[] base = Check.rates(name(), state, "baseLr", groups.size());
        lastLrs = Check.rates(name(), state, "lastLr", groups.size());
        baseLrs = base;
        lastEpoch = epoch;
    }

    @Override
    final Runnable undo() {
        long epoch = lastEpoch;
        double[] last = lastLrs;
        double[] lrs = Check.rates(groups);
        Runnable momenta = momentum == null ? () -> {} : momentum.undo(groups);
        return () -> {
            lastEpoch = epoch;
            lastLrs = last;
            for (int i = 0; i < lrs.length; i++) {
                groups.get(i).setLr(lrs[i]);
            }
            momenta.run();
        };
    }

    /** The settings and the epoch. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name()).append('(');
        settings()
                .forEach((name, value) ->
                        text.append(name).append('=').append(value).append(", "));
        return text.append("lastEpoch=").append(lastEpoch).append(')').toString();
    }
}
