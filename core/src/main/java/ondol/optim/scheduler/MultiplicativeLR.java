package ondol.optim.scheduler;

import java.util.function.LongToDoubleFunction;
import ondol.optim.Optimizer;

/**
 * Multiplies the learning rate by a function of the epoch; PyTorch's {@code MultiplicativeLR}:
 *
 * <pre>{@code lr(t) = lr(t - 1) * f(t)}</pre>
 *
 * <p>The function is no part of the state.
 */
public final class MultiplicativeLR extends RecursiveLR {
    private final LongToDoubleFunction[] functions;

    /**
     * A schedule with a function for all groups, or one for each.
     *
     * @param optimizer the optimizer whose learning rates are changed
     * @param functions from the epoch, 0 first, to the factor: one for all groups, or one for each
     * @throws IllegalArgumentException if there are neither one nor as many as groups, or if a learning rate would be negative
     *     or not finite
     */
    public MultiplicativeLR(Optimizer optimizer, LongToDoubleFunction... functions) {
        this.functions = Functions.perGroup("MultiplicativeLR", optimizer, functions);
        super(optimizer);
    }

    @Override
    protected double lr(long epoch, int group, double lr, double baseLr) {
        return epoch == 0 ? lr : lr * functions[group].applyAsDouble(epoch);
    }
}
