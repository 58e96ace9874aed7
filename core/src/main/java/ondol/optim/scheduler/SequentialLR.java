package ondol.optim.scheduler;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;

/**
 * Schedulers one after another; PyTorch's {@code SequentialLR}. The first begins at once; at each milestone the next one begins
 * with the learning rate that it would have begun with alone.
 *
 * <pre>{@code
 * new SequentialLR(optimizer, List.of(new LinearLR(optimizer), new CosineAnnealingLR(optimizer, 95)), 5);
 * }</pre>
 */
public final class SequentialLR extends LRScheduler {
    private static final String NAME = "SequentialLR";

    private final List<RecursiveLR> schedulers;
    private final int[] milestones;
    private long lastEpoch;
    private List<Double> lastLrs;

    /**
     * A sequence of schedulers of the same optimizer that have not been stepped. They are stepped by this one from now on.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param schedulers the schedulers, in order
     * @param milestones the epochs at which the second scheduler begins, the third, and so on: ascending, from 1
     * @throws IllegalArgumentException if there is not one scheduler more than milestones, one is of another optimizer, has been
     *     stepped, or is there twice, or if the milestones do not ascend; nothing was changed then
     */
    public SequentialLR(Optimizer optimizer, List<? extends RecursiveLR> schedulers, int... milestones) {
        Objects.requireNonNull(milestones, "SequentialLR: the milestones are null; give one less than schedulers");
        super(optimizer);
        this.schedulers = checked(NAME, schedulers, optimizer);
        this.milestones = milestones.clone();
        if (milestones.length != schedulers.size() - 1) {
            throw new IllegalArgumentException("SequentialLR: there are " + schedulers.size() + " schedulers and "
                    + milestones.length + " milestones; give one milestone less than schedulers");
        }
        for (int i = 0; i < milestones.length; i++) {
            Check.atLeast(NAME, "milestone " + i, i == 0 ? 1 : milestones[i - 1] + 1L, milestones[i]);
        }
        for (RecursiveLR scheduler : this.schedulers) {
            if (scheduler.lastEpoch() != 0) {
                throw new IllegalArgumentException("SequentialLR: " + scheduler
                        + " has been stepped, or is in another sequence; give new schedulers");
            }
        }
        for (ParameterGroup group : optimizer.paramGroups()) {
            group.initialLr().ifPresent(group::setLr);
        }
        this.schedulers.forEach(RecursiveLR::unbegin);
        this.schedulers.getFirst().step();
        lastLrs = this.schedulers.getFirst().getLastLr();
    }

    static <S extends LRScheduler> List<S> checked(String name, List<? extends S> schedulers, Optimizer optimizer) {
        Objects.requireNonNull(schedulers, () -> name + ": the schedulers are null; give a list of them");
        for (int i = 0; i < schedulers.size(); i++) {
            S s = schedulers.get(i);
            if (s == null || s.optimizer() != optimizer || schedulers.indexOf(s) < i) {
                String fault = s == null
                        ? "is null"
                        : s.optimizer() != optimizer ? "is of another optimizer" : "is there twice";
                throw new IllegalArgumentException(
                        name + ": scheduler " + i + " " + fault + "; give different schedulers of one optimizer");
            }
        }
        if (schedulers.isEmpty()) {
            throw new IllegalArgumentException(name + ": there are no schedulers; give at least one");
        }
        return List.copyOf(schedulers);
    }

    /** Which scheduler an epoch is one of. */
    private int turn(long epoch) {
        int turn = 0;
        while (turn < milestones.length && milestones[turn] <= epoch) {
            turn++;
        }
        return turn;
    }

    @Override
    public void step() {
        long epoch = lastEpoch + 1;
        int turn = turn(epoch);
        RecursiveLR scheduler = schedulers.get(turn);
        if (turn > 0 && milestones[turn - 1] == epoch) {
            scheduler.begin();
        } else {
            scheduler.step();
        }
        lastEpoch = epoch;
        lastLrs = scheduler.getLastLr();
    }

    @Override
    public List<Double> getLastLr() {
        return lastLrs;
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = super.settings();
        Check.put(all, "milestone", Arrays.stream(milestones).asDoubleStream().toArray());
        return all;
    }

    @Override
    public SchedulerState stateDict() {
        Map<String, Double> all = settings();
        all.put("lastEpoch", (double) lastEpoch);
        return new SchedulerState(
                name(), all, schedulers.stream().map(RecursiveLR::stateDict).toList());
    }

    @Override
    public void loadStateDict(SchedulerState state) {
        Map<String, Double> changing = new LinkedHashMap<>();
        changing.put("lastEpoch", 0.0);
        Check.fits(name(), state, settings(), changing);
        long epoch = Check.count(name(), state, "lastEpoch", 0);
        ChainedScheduler.load(name(), schedulers, state);
        lastEpoch = epoch;
        lastLrs = schedulers.get(turn(epoch)).getLastLr();
    }

    @Override
    Runnable undo() {
        long epoch = lastEpoch;
        List<Double> last = lastLrs;
        Runnable current = schedulers.get(turn(epoch + 1)).undo();
        return () -> {
            current.run();
            lastEpoch = epoch;
            lastLrs = last;
        };
    }

    /** The schedulers, the milestones and the epoch. */
    @Override
    public String toString() {
        return NAME + "(" + schedulers + ", milestones=" + Arrays.toString(milestones) + ", lastEpoch=" + lastEpoch
                + ")";
    }
}
