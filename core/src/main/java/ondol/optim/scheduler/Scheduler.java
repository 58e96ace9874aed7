package ondol.optim.scheduler;

import java.util.List;
import ondol.optim.Optimizer;

/**
 * Changes the learning rates of an optimizer's groups as training goes on: by time alone, {@link LRScheduler}, or by how
 * well it goes, {@link ReduceLROnPlateau}. The two differ in what their steps are given.
 */
public sealed interface Scheduler permits LRScheduler, ReduceLROnPlateau {
    /** {@return the optimizer whose learning rates this changes} */
    Optimizer optimizer();

    /** {@return the learning rates of the groups after the last step; PyTorch's {@code get_last_lr}} */
    List<Double> getLastLr();

    /** {@return the settings and how far this is} The learning rates themselves are in the optimizer's state. */
    SchedulerState stateDict();

    /**
     * Goes on from a state, of this scheduler or of another with the same settings over as many groups. The groups' learning
     * rates stay: load the optimizer's state too.
     *
     * @param state what {@link #stateDict} gave
     * @throws IllegalArgumentException if the state is of another scheduler, or of one with other settings, or cannot be;
     *     nothing was changed then
     */
    void loadStateDict(SchedulerState state);
}
