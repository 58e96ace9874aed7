package ondol.optim;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import ondol.Fused;
import ondol.Tensor;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Stochastic gradient descent, with momentum if wanted; PyTorch's {@code torch.optim.SGD}, to the bit of its formula:
 *
 * <pre>{@code
 * g = g + weightDecay * p                           if weightDecay is not 0
 * b = g                                             in the first step, if momentum is not 0
 * b = momentum * b + (1 - dampening) * g            in later steps
 * g = g + momentum * b                              with nesterov, otherwise g = b
 * p = p + (-lr) * g
 * }</pre>
 *
 * <p>Settings are given one by one: {@code new SGD(net.parameters(), 0.1).momentum(0.9).nesterov(true)}.
 */
public final class SGD extends Optimizer {
    private static final String BUFFER = "momentum_buffer";
    private static final Set<String> BUFFERS = Set.of(BUFFER);

    /** The use of the momentum buffer in a step. */
    private enum Momentum {
        NONE,
        FIRST,
        LATER
    }

    /** One kernel for each way of computing, which the settings choose; their values are run-time scalars. */
    private record Variant(Momentum momentum, boolean nesterov, boolean decay) {
        Kernel.Map kernel() {
            Expr p = Expr.input(0, Type.F32);
            Expr g = Expr.input(1, Type.F32);
            Expr minusLr = Expr.scalar(0, Type.F32);
            Expr mu = Expr.scalar(1, Type.F32);
            Expr undamped = Expr.scalar(2, Type.F32);
            if (decay) {
                g = g.add(Expr.scalar(3, Type.F32).mul(p));
            }
            Expr b = switch (momentum) {
                case NONE, FIRST -> g;
                case LATER -> mu.mul(Expr.input(2, Type.F32)).add(undamped.mul(g));
            };
            Expr direction = nesterov ? g.add(mu.mul(b)) : b;
            Expr moved = p.add(minusLr.mul(direction));
            return momentum == Momentum.NONE ? new Kernel.Map(moved) : new Kernel.Map(moved, b);
        }
    }

    private static final Map<Variant, Kernel.Map> KERNELS = new ConcurrentHashMap<>();

    private record Settings(double momentum, double dampening, double weightDecay, boolean nesterov) {
        Settings {
            if (nesterov && (momentum == 0 || dampening != 0)) {
                throw new IllegalArgumentException(
                        "SGD: nesterov needs a momentum above 0 and no dampening, but momentum is " + momentum
                                + " and dampening is " + dampening + "; set them before nesterov(true)");
            }
        }
    }

    private Settings set = new Settings(0, 0, 0, false);

    /**
     * An optimizer of one group with PyTorch's default learning rate, 0.001.
     *
     * @param parameters the leaves to train, each once; those without a gradient are skipped
     */
    public SGD(Collection<Tensor> parameters) {
        this(parameters, 1e-3);
    }

    /**
     * An optimizer of one group with a learning rate.
     *
     * @param parameters the leaves to train, each once; those without a gradient are skipped
     * @param lr the learning rate, 0 or more
     * @throws IllegalArgumentException as {@link Optimizer}
     */
    public SGD(Collection<Tensor> parameters, double lr) {
        super(parameters, lr);
    }

    /**
     * An optimizer of several groups, and a learning rate for those without one of their own.
     *
     * @param lr the learning rate, 0 or more
     * @param groups one or more, with different parameters
     * @throws IllegalArgumentException as {@link Optimizer}, or if a group has a setting that does not fit
     */
    public SGD(double lr, ParameterGroup... groups) {
        super(lr, groups);
        checkGroups();
    }

    /**
     * Sets the momentum, 0 by default.
     *
     * @param value the factor
     * @return this optimizer
     * @throws IllegalArgumentException if it is negative or not finite, or 0 with nesterov
     */
    public SGD momentum(double value) {
        return with(new Settings(atLeastZero("momentum", value), set.dampening, set.weightDecay, set.nesterov));
    }

    /**
     * Sets the dampening, 0 by default.
     *
     * @param value the factor
     * @return this optimizer
     * @throws IllegalArgumentException if it is negative or not finite, or not 0 with nesterov
     */
    public SGD dampening(double value) {
        return with(new Settings(set.momentum, atLeastZero("dampening", value), set.weightDecay, set.nesterov));
    }

    /**
     * Sets the weight decay, 0 by default.
     *
     * @param value the part of a parameter that is added to its gradient or, in AdamW, taken off the parameter
     * @return this optimizer
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public SGD weightDecay(double value) {
        set = new Settings(set.momentum, set.dampening, atLeastZero("weightDecay", value), set.nesterov);
        return this;
    }

    /**
     * Switches Nesterov's momentum on or off (Sutskever et al., "On the importance of initialization and momentum in
     * deep learning", 2013).
     *
     * @param on whether it is wanted, false by default
     * @return this optimizer
     * @throws IllegalArgumentException without momentum, or with dampening: set those first
     */
    public SGD nesterov(boolean on) {
        return with(new Settings(set.momentum, set.dampening, set.weightDecay, on));
    }

    /** Takes settings with which those of the groups have to fit too: nesterov needs a momentum. */
    private SGD with(Settings next) {
        Settings before = set;
        set = next;
        boolean done = false;
        try {
            checkGroups();
            done = true;
        } finally {
            if (!done) {
                set = before;
            }
        }
        return this;
    }

    @Override
    protected void update(Slot slot, Tensor parameter, Tensor gradient) {
        Momentum kind = set.momentum == 0 ? Momentum.NONE : slot.has(BUFFER) ? Momentum.LATER : Momentum.FIRST;
        Kernel.Map kernel =
                KERNELS.computeIfAbsent(new Variant(kind, set.nesterov, set.weightDecay != 0), Variant::kernel);
        Number[] scalars = {(float) -lr(), (float) set.momentum, (float) (1 - set.dampening), (float) set.weightDecay};
        if (kind == Momentum.NONE) {
            Fused.update(kernel, List.of(parameter, gradient), List.of(parameter), scalars);
        } else {
            Tensor buffer = slot.get(BUFFER);
            Fused.update(kernel, List.of(parameter, gradient, buffer), List.of(parameter, buffer), scalars);
        }
    }

    @Override
    protected Set<String> stateNames() {
        return BUFFERS;
    }

    @Override
    protected Set<String> nextState() {
        return set.momentum == 0 ? Set.of() : BUFFERS;
    }

    @Override
    protected Map<String, Double> settings() {
        Map<String, Double> all = new LinkedHashMap<>();
        all.put("momentum", set.momentum);
        all.put("dampening", set.dampening);
        all.put("weightDecay", set.weightDecay);
        all.put("nesterov", set.nesterov ? 1.0 : 0.0);
        return all;
    }

    @Override
    protected void restore(Map<String, Double> saved) {
        double nesterov = saved.getOrDefault("nesterov", 0.0);
        if (nesterov != 0 && nesterov != 1) {
            throw new IllegalArgumentException("SGD: nesterov is " + nesterov + " in the state; it must be 0 or 1");
        }
        set = new Settings(
                atLeastZero("momentum", saved.getOrDefault("momentum", 0.0)),
                atLeastZero("dampening", saved.getOrDefault("dampening", 0.0)),
                atLeastZero("weightDecay", saved.getOrDefault("weightDecay", 0.0)),
                nesterov == 1);
    }
}
