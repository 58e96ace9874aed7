package ondol.optim.scheduler;

import java.util.LinkedHashMap;
import java.util.Map;
import ondol.optim.Optimizer;

/**
 * Changes the learning rates of an optimizer's groups as training goes on; PyTorch's {@code LRScheduler}.
 *
 * <pre>{@code
 * LRScheduler scheduler = new StepLR(optimizer, 30, 0.1);
 * for (int epoch = 0; epoch < 90; epoch++) {
 *     trainOneEpoch();
 *     scheduler.step();                  // after the optimizer's steps
 * }
 * }</pre>
 *
 * <p>Making a scheduler sets the learning rates of epoch 0. An epoch is whatever lies between two calls of {@link #step}: one
 * batch for those that are meant to change often. Groups that are added to the optimizer later are left alone.
 *
 * <p>A training goes on with the same bits if the states of optimizer and scheduler are saved and loaded together. A scheduler
 * is for the thread that its optimizer is for. {@link RecursiveLR} is for formulas of one's own; {@link ReduceLROnPlateau} is
 * none of these, because its step needs a number: what both have in common is {@link Scheduler}.
 */
public abstract non-sealed class LRScheduler implements Scheduler {
    private final Optimizer optimizer;

    LRScheduler(Optimizer optimizer) {
        this.optimizer = Check.given(name(getClass()), optimizer);
    }

    @Override
    public final Optimizer optimizer() {
        return optimizer;
    }

    /**
     * Goes on to the next epoch: sets each group's learning rate.
     *
     * @throws IllegalArgumentException if a learning rate would be negative or not finite; nothing was changed then
     * @throws IllegalStateException if the schedule is over; nothing was changed then
     */
    public abstract void step();

    /** {@return the settings by name; PyTorch's state of the same scheduler has them too} */
    protected Map<String, Double> settings() {
        return new LinkedHashMap<>();
    }

    /** The action that brings this, and its optimizer's groups, back to where they are now. */
    abstract Runnable undo();

    /** The class's name, for messages; of an anonymous class that of the class it extends. */
    final String name() {
        return name(getClass());
    }

    private static String name(Class<?> of) {
        Class<?> c = of;
        while (c.getSimpleName().isEmpty()) {
            c = c.getSuperclass();
        }
        return c.getSimpleName();
    }
}
