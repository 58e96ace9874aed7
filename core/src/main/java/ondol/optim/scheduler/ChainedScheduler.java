package ondol.optim.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import ondol.optim.ParameterGroup;

/**
 * Schedulers that are stepped together, each from what the one before made of the learning rate; PyTorch's {@code
 * ChainedScheduler}.
 */
public final class ChainedScheduler extends LRScheduler {
    private static final String NAME = "ChainedScheduler";

    private final List<LRScheduler> schedulers;
    private List<Double> lastLrs;

    /**
     * A chain of schedulers of one optimizer. They are stepped by this one from now on.
     *
     * @param schedulers the schedulers, in order
     * @throws IllegalArgumentException if there is none, or they are of different optimizers
     */
    public ChainedScheduler(List<? extends LRScheduler> schedulers) {
        Objects.requireNonNull(schedulers, "ChainedScheduler: the schedulers are null; give a list of them");
        if (schedulers.isEmpty() || schedulers.getFirst() == null) {
            throw new IllegalArgumentException("ChainedScheduler: there is no first scheduler; give at least one");
        }
        super(schedulers.getFirst().optimizer());
        this.schedulers = SequentialLR.checked(NAME, schedulers, optimizer());
        lastLrs = lrs();
    }

    private List<Double> lrs() {
        return optimizer().paramGroups().stream().map(ParameterGroup::lr).toList();
    }

    @Override
    public void step() {
        Runnable undo = undo();
        boolean done = false;
        try {
            schedulers.forEach(LRScheduler::step);
            done = true;
        } finally {
            if (!done) {
                undo.run();
            }
        }
        lastLrs = lrs();
    }

    @Override
    public List<Double> getLastLr() {
        return lastLrs;
    }

    @Override
    public SchedulerState stateDict() {
        Map<String, Double> all = settings();
        Check.put(all, "lastLr", lastLrs.stream().mapToDouble(lr -> lr).toArray());
        return new SchedulerState(
                name(), all, schedulers.stream().map(LRScheduler::stateDict).toList());
    }

    @Override
    public void loadStateDict(SchedulerState state) {
        Check.fits(name(), state, settings(), stateDict().values());
        double[] last = Check.rates(name(), state, "lastLr", lastLrs.size());
        load(name(), schedulers, state);
        lastLrs = Check.list(last);
    }

    /** Loads the states of all, or of none. */
    static void load(String name, List<? extends LRScheduler> schedulers, SchedulerState state) {
        if (state.schedulers().size() != schedulers.size()) {
            throw Check.notFitting(
                    name, "it has " + state.schedulers().size() + " schedulers, not " + schedulers.size());
        }
        List<SchedulerState> before =
                schedulers.stream().map(LRScheduler::stateDict).toList();
        int loaded = 0;
        try {
            for (; loaded < before.size(); loaded++) {
                schedulers.get(loaded).loadStateDict(state.schedulers().get(loaded));
            }
        } finally {
            for (int i = 0; loaded < before.size() && i < loaded; i++) {
                schedulers.get(i).loadStateDict(before.get(i));
            }
        }
    }

    @Override
    Runnable undo() {
        List<Double> last = lastLrs;
        List<Runnable> all = new ArrayList<>();
        schedulers.forEach(s -> all.addFirst(s.undo()));
        return () -> {
            all.forEach(Runnable::run);
            lastLrs = last;
        };
    }

    /** The schedulers. */
    @Override
    public String toString() {
        return NAME + schedulers;
    }
}
