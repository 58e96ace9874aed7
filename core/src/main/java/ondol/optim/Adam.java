package ondol.optim;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import ondol.Fused;
import ondol.Tensor;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015); PyTorch's {@code torch.optim.Adam}, in the
 * order in which it computes one tensor on a CPU. In step t:
 *
 * <pre>{@code
 * g = g + weightDecay * p                           if weightDecay is not 0
 * m = m + (1 - beta1) * (g - m)                     g - beta1 * (g - m) if beta1 is 0.5 or less
 * v = v * beta2 + (1 - beta2) * g * g
 * p = p + (-lr / (1 - beta1^t)) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 * }</pre>
 *
 * <p>Factors without an element in them are computed in double precision and rounded once. Settings are given one by
 * one: {@code new Adam(net.parameters(), 0.1).betas(0.9, 0.99)}.
 */
public sealed class Adam extends Optimizer permits AdamW {
    private static final String M = "exp_avg";
    private static final String V = "exp_avg_sq";
    private static final Set<String> MOMENTS = Set.of(M, V);

    /** The place where the weight decay acts. */
    private enum Decay {
        NOTHING,
        GRADIENT,
        PARAMETER
    }

    /** A kernel for each way of computing, which the settings choose; their values are run-time scalars. */
    private static final AtomicReferenceArray<Kernel.Map> KERNELS =
            new AtomicReferenceArray<>(2 * Decay.values().length);

    private static Kernel.Map kernel(Decay decay, boolean fromGradient) {
        int at = 2 * decay.ordinal() + (fromGradient ? 1 : 0);
        Kernel.Map kernel = KERNELS.get(at);
        if (kernel == null) {
            kernel = makeKernel(decay, fromGradient);
            KERNELS.set(at, kernel);
        }
        return kernel;
    }

    private static Kernel.Map makeKernel(Decay decay, boolean fromGradient) {
        Expr p = Expr.input(0, Type.F32);
        Expr g = Expr.input(1, Type.F32);
        Expr m = Expr.input(2, Type.F32);
        Expr v = Expr.input(3, Type.F32);
        Expr mShare = Expr.scalar(0, Type.F32); // 1 - beta1, or beta1
        Expr beta2 = Expr.scalar(1, Type.F32);
        Expr oneMinusBeta2 = Expr.scalar(2, Type.F32);
        Expr root = Expr.scalar(3, Type.F32); // sqrt(1 - beta2^t)
        Expr eps = Expr.scalar(4, Type.F32);
        Expr minusStep = Expr.scalar(5, Type.F32); // -lr / (1 - beta1^t)
        Expr decayed = Expr.scalar(6, Type.F32); // weightDecay, or 1 - lr * weightDecay
        switch (decay) {
            case NOTHING -> {}
            case GRADIENT -> g = g.add(decayed.mul(p));
            case PARAMETER -> p = p.mul(decayed);
        }
        Expr apart = mShare.mul(g.sub(m));
        m = fromGradient ? g.sub(apart) : m.add(apart);
        v = v.mul(beta2).add(oneMinusBeta2.mul(g).mul(g));
        p = p.add(minusStep.mul(m).div(v.sqrt().div(root).add(eps)));
        return new Kernel.Map(p, m, v);
    }

    private final boolean decoupled;
    private double beta1 = 0.9;
    private double beta2 = 0.999;
    private double eps = 1e-8;
    private double weightDecay;

    /** The factors of one step, which most parameters share: the powers take longer than a small parameter's kernel. */
    private record Corrections(long step, double beta1, double beta2, double first, double secondRoot) {
        static Corrections of(long step, double beta1, double beta2) {
            double first = 1 - StrictMath.pow(beta1, step);
            double second = 1 - StrictMath.pow(beta2, step);
            return new Corrections(step, beta1, beta2, first, Math.sqrt(second));
        }
    }

    private Corrections corrections = new Corrections(0, 0, 0, 0, 0);

    /**
     * An optimizer of one group with PyTorch's default learning rate, 0.001.
     *
     * @param parameters the leaves to train, each once; those without a gradient are skipped
     */
    public Adam(Collection<Tensor> parameters) {
        this(parameters, 1e-3);
    }

    /**
     * An optimizer of one group with a learning rate.
     *
     * @param parameters the leaves to train, each once; those without a gradient are skipped
     * @param lr the learning rate, 0 or more
     * @throws IllegalArgumentException as {@link Optimizer}
     */
    public Adam(Collection<Tensor> parameters, double lr) {
        this(parameters, lr, false, 0);
    }

    /**
     * An optimizer of several groups, and a learning rate for those without one of their own.
     *
     * @param lr the learning rate, 0 or more
     * @param groups one or more, with different parameters
     * @throws IllegalArgumentException as {@link Optimizer}, or if a group has a setting that does not fit
     */
    public Adam(double lr, ParameterGroup... groups) {
        this(lr, groups, false, 0);
    }

    /** An optimizer of one group, with weight decay on the gradient or decoupled from it. */
    Adam(Collection<Tensor> parameters, double lr, boolean decoupled, double weightDecay) {
        super(parameters, lr);
        this.decoupled = decoupled;
        this.weightDecay = weightDecay;
    }

    /** As {@link #Adam(Collection, double, boolean, double)}, with parameters in groups. */
    Adam(double lr, ParameterGroup[] groups, boolean decoupled, double weightDecay) {
        super(lr, groups);
        this.decoupled = decoupled;
        this.weightDecay = weightDecay;
        checkGroups();
    }

    /**
     * Sets how much of the first and second moment is kept in a step, 0.9 and 0.999 by default.
     *
     * @param first the part of the mean of gradients that stays, PyTorch's {@code beta1}
     * @param second the part of the mean of squared gradients that stays, PyTorch's {@code beta2}
     * @return this optimizer
     * @throws IllegalArgumentException if one is not from 0 up to but without 1
     */
    public Adam betas(double first, double second) {
        double checked = belowOne("beta1", first);
        beta2 = belowOne("beta2", second);
        beta1 = checked;
        return this;
    }

    /**
     * Sets what is added to the denominator, 1e-8 by default.
     *
     * @param value the number
     * @return this optimizer
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public Adam eps(double value) {
        eps = atLeastZero("eps", value);
        return this;
    }

    /**
     * Sets the weight decay, 0 by default.
     *
     * @param value the part of a parameter that is added to its gradient or, in AdamW, taken off the parameter
     * @return this optimizer
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public Adam weightDecay(double value) {
        weightDecay = atLeastZero("weightDecay", value);
        return this;
    }

    @Override
    protected final void update(Slot slot, Tensor parameter, Tensor gradient) {
        Decay decay = weightDecay == 0 ? Decay.NOTHING : decoupled ? Decay.PARAMETER : Decay.GRADIENT;
        float towards = (float) (1 - beta1);
        boolean fromGradient = towards >= 0.5f; // as torch.lerp chooses
        Corrections c = corrections;
        if (c.step != slot.step() || c.beta1 != beta1 || c.beta2 != beta2) {
            c = Corrections.of(slot.step(), beta1, beta2);
            corrections = c;
        }
        Number[] scalars = {
            fromGradient ? 1 - towards : towards,
            (float) beta2,
            (float) (1 - beta2),
            (float) c.secondRoot,
            (float) eps,
            (float) -(lr() / c.first),
            (float) (decoupled ? 1 - lr() * weightDecay : weightDecay)
        };
        Kernel.Map kernel = kernel(decay, fromGradient);
        Tensor m = slot.get(M);
        Tensor v = slot.get(V);
        Fused.update(kernel, List.of(parameter, gradient, m, v), List.of(parameter, m, v), scalars);
    }

    @Override
    protected final Set<String> stateNames() {
        return MOMENTS;
    }

    @Override
    protected final Set<String> requiredState() {
        return MOMENTS;
    }

    @Override
    protected final Map<String, Double> settings() {
        Map<String, Double> all = new LinkedHashMap<>();
        all.put("beta1", beta1);
        all.put("beta2", beta2);
        all.put("eps", eps);
        all.put("weightDecay", weightDecay);
        return all;
    }

    @Override
    protected final void restore(Map<String, Double> saved) {
        double first = belowOne("beta1", saved.getOrDefault("beta1", beta1));
        double second = belowOne("beta2", saved.getOrDefault("beta2", beta2));
        double small = atLeastZero("eps", saved.getOrDefault("eps", eps));
        weightDecay = atLeastZero("weightDecay", saved.getOrDefault("weightDecay", weightDecay));
        beta1 = first;
        beta2 = second;
        eps = small;
    }
}
