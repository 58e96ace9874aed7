package ondol.optim;

import java.util.Collection;
import ondol.Tensor;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019); PyTorch's
 * {@code torch.optim.AdamW}: each step starts with {@code p = p * (1 - lr * weightDecay)}, and the rest is {@link Adam}
 * without weight decay. The default weight decay is 0.01.
 */
public final class AdamW extends Adam {
    /**
     * An optimizer of one group with PyTorch's default learning rate, 0.001.
     *
     * @param parameters the leaves to train, each once; those without a gradient are skipped
     */
    public AdamW(Collection<Tensor> parameters) {
        this(parameters, 1e-3);
    }

    /**
     * An optimizer of one group with a learning rate.
     *
     * @param parameters the leaves to train, each once; those without a gradient are skipped
     * @param lr the learning rate, 0 or more
     * @throws IllegalArgumentException as {@link Optimizer}
     */
    public AdamW(Collection<Tensor> parameters, double lr) {
        super(parameters, lr, true, 1e-2);
    }

    /**
     * An optimizer of several groups, and a learning rate for those without one of their own.
     *
     * @param lr the learning rate, 0 or more
     * @param groups one or more, with different parameters
     * @throws IllegalArgumentException as {@link Optimizer}, or if a group has a setting that does not fit
     */
    public AdamW(double lr, ParameterGroup... groups) {
        super(lr, groups, true, 1e-2);
    }

    @Override
    public AdamW betas(double first, double second) {
        super.betas(first, second);
        return this;
    }

    @Override
    public AdamW eps(double value) {
        super.eps(value);
        return this;
    }

    /**
     * Sets the weight decay, 0.01 by default.
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    @Override
    public AdamW weightDecay(double value) {
        super.weightDecay(value);
        return this;
    }
}
