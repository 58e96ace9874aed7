package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.Fused;
import ondol.Fused.Step;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = (x - mean) / sqrt(var + eps) * weight + bias}, where the mean and the biased variance are those of x over some
 * axes, or given. Everything happens in a form of x whose axes are those of {@link Form}.
 *
 * <p>Forward goes through x three times, for the mean, for the squared distances from it, and for the result: so it subtracts
 * before it squares, and loses nothing where the mean is large. It does so row by row, as far as the device can.
 */
final class Standardized extends Function {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr MEAN = Expr.input(1, Type.F32);
    private static final Expr R = Expr.input(2, Type.F32);
    private static final Expr UNIT = X.sub(MEAN).mul(R);
    private static final Expr G = Expr.input(3, Type.F32);
    private static final Expr WEIGHT = Expr.input(4, Type.F32);

    private static final Kernel.Reduce SUM = new Kernel.Reduce(X, ReduceOp.SUM);
    private static final Kernel.Reduce SQUARES = squares();
    private static final Kernel.Map STATISTICS = statistics(false);
    private static final Kernel.Map STATISTICS_OF_CONSTANTS = statistics(true);
    private static final Kernel.Map ROOT =
            new Kernel.Map(Expr.constant(1f).div(X.add(Expr.scalar(0, Type.F32)).sqrt()));

    /** The forward kernels, by whether there is a weight (1) and a bias (2). */
    private static final Kernel.Map[] FORWARD = forwards();

    private static final Kernel.Reduce UNITS = new Kernel.Reduce(G.mul(UNIT), ReduceOp.SUM);
    private static final Kernel.Reduce WEIGHTED = new Kernel.Reduce(G.mul(WEIGHT), ReduceOp.SUM);
    private static final Kernel.Reduce WEIGHTED_UNITS =
            new Kernel.Reduce(G.mul(WEIGHT).mul(UNIT), ReduceOp.SUM);

    private static final Kernel.Map BACKWARD = new Kernel.Map(backward(G, 4));
    private static final Kernel.Map BACKWARD_OF_ONE_WEIGHT =
            new Kernel.Map(backward(G, 5).mul(WEIGHT));
    private static final Kernel.Map BACKWARD_OF_WEIGHTS = new Kernel.Map(backward(G.mul(WEIGHT), 5));
    private static final Kernel.Map BACKWARD_OF_GIVEN = new Kernel.Map(G.mul(R));
    private static final Kernel.Map BACKWARD_OF_GIVEN_AND_WEIGHT =
            new Kernel.Map(G.mul(R).mul(WEIGHT));

    private static Kernel.Reduce squares() {
        Expr distance = X.sub(MEAN.div(Expr.scalar(0, Type.F32)));
        return new Kernel.Reduce(distance.mul(distance), ReduceOp.SUM);
    }

    /**
     * The kernel from a sum and a sum of squared distances to the mean and 1 / standard deviation; 0 for a deviation of 0 if
     * that is wanted.
     */
    private static Kernel.Map statistics(boolean zeroByZero) {
        Expr n = Expr.scalar(0, Type.F32);
        Expr deviation = MEAN.div(n).add(Expr.scalar(1, Type.F32)).sqrt();
        Expr r = Expr.constant(1f).div(deviation);
        Expr zero = Expr.constant(0f);
        return new Kernel.Map(X.div(n), zeroByZero ? deviation.eq(zero).choose(zero, r) : r);
    }

    private static Kernel.Map[] forwards() {
        Kernel.Map[] all = new Kernel.Map[4];
        for (int i = 0; i < 4; i++) {
            Expr y = UNIT;
            int next = 3;
            if ((i & 1) != 0) {
                y = y.mul(Expr.input(next++, Type.F32));
            }
            if ((i & 2) != 0) {
                y = y.add(Expr.input(next, Type.F32));
            }
            all[i] = new Kernel.Map(y);
        }
        return all;
    }

    /** {@code (g - mean(g) - unit mean(g unit)) r}, given the sums as inputs from {@code next} on. */
    private static Expr backward(Expr g, int next) {
        Expr share = Expr.scalar(0, Type.F32);
        Expr sum = Expr.input(next, Type.F32).mul(share);
        Expr units = Expr.input(next + 1, Type.F32).mul(share);
        return g.sub(sum).sub(UNIT.mul(units)).mul(R);
    }

    /**
     * The axes.
     *
     * @param name what the result's function is called
     * @param sizes x's shape in this form
     * @param reduced over which axes there is one mean
     * @param parameters the shape of the weight and the bias in this form: 1 where they do not differ
     * @param shape x's own shape
     * @param parameterShape the weight's and the bias's own shape
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Form(String name, long[] sizes, int[] reduced, long[] parameters, long[] shape, long[] parameterShape) {
        /** How many elements have one mean. */
        long count() {
            long n = 1;
            for (int axis : reduced) {
                n *= sizes[axis];
            }
            return n;
        }

        /** The axes over which a parameter's gradient is a sum. */
        int[] shared() {
            List<Integer> axes = new ArrayList<>();
            for (int i = 0; i < sizes.length; i++) {
                if (parameters[i] == 1) {
                    axes.add(i);
                }
            }
            return axes.stream().mapToInt(i -> i).toArray();
        }

        /** Whether a parameter is the same for all elements that have one mean. */
        boolean isAligned() {
            return Arrays.stream(reduced).allMatch(axis -> parameters[axis] == 1);
        }
    }

    /** A function that gets the sums and the sums of squared distances of a forward. */
    interface Observer {
        void see(Tensor sums, Tensor squares);
    }

    private final Form form;
    private final double eps;
    private final boolean hasWeight;
    private final boolean hasBias;

    /** The mean and the variance, both of the parameters' shape; null for those of x. */
    private final @Nullable Tensor mean;

    private final @Nullable Tensor variance;
    private final @Nullable Observer observer;

    private Standardized(
            Form form,
            double eps,
            boolean hasWeight,
            boolean hasBias,
            @Nullable Tensor mean,
            @Nullable Tensor variance,
            @Nullable Observer observer) {
        this.form = form;
        this.eps = eps;
        this.hasWeight = hasWeight;
        this.hasBias = hasBias;
        this.mean = mean;
        this.variance = variance;
        this.observer = observer;
    }

    /** Standardizes by x's own statistics, which the observer sees once the result is there. */
    static Tensor ofItself(
            Form form,
            double eps,
            Tensor x,
            @Nullable Tensor weight,
            @Nullable Tensor bias,
            @Nullable Observer observer) {
        return run(new Standardized(form, eps, weight != null, bias != null, null, null, observer), x, weight, bias);
    }

    /** Standardizes by a given mean and variance. */
    static Tensor given(
            Form form,
            double eps,
            Tensor x,
            @Nullable Tensor weight,
            @Nullable Tensor bias,
            Tensor mean,
            Tensor variance) {
        return run(new Standardized(form, eps, weight != null, bias != null, mean, variance, null), x, weight, bias);
    }

    private static Tensor run(Standardized function, Tensor x, @Nullable Tensor weight, @Nullable Tensor bias) {
        List<Tensor> inputs = new ArrayList<>(List.of(x));
        if (weight != null) {
            inputs.add(weight);
        }
        if (bias != null) {
            inputs.add(bias);
        }
        return function.apply(inputs.toArray(Tensor[]::new));
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        return Scope.result(() -> {
            List<Tensor> in = new ArrayList<>(List.of(inputs[0].reshape(form.sizes)));
            for (int i = 1; i < inputs.length; i++) {
                in.add(inputs[i].reshape(form.parameters));
            }
            Kernel.Map kernel = FORWARD[(hasWeight ? 1 : 0) + (hasBias ? 2 : 0)];
            Tensor y = mean != null && variance != null
                    ? byGiven(context, inputs, in, kernel, mean, variance)
                    : byItself(context, inputs, in, kernel);
            return y.reshape(form.shape);
        });
    }

    private Tensor byGiven(
            Context context, Tensor[] inputs, List<Tensor> in, Kernel.Map kernel, Tensor mean, Tensor variance) {
        Tensor center = mean.detach().reshape(form.parameters);
        Tensor r = Fused.map(ROOT, List.of(variance.detach().reshape(form.parameters)), eps);
        save(context, inputs, center, r);
        in.addAll(1, List.of(center, r));
        return Fused.map(kernel, in);
    }

    private Tensor byItself(Context context, Tensor[] inputs, List<Tensor> in, Kernel.Map kernel) {
        long n = form.count();
        int sums = in.size(); // then the squares, the mean and 1 by the standard deviation
        List<Integer> reads = new ArrayList<>(List.of(0, sums + 2, sums + 3));
        for (int i = 1; i < in.size(); i++) {
            reads.add(i);
        }
        List<Tensor> all = Fused.rows(
                form.reduced,
                in,
                List.of(
                        new Step(SUM, List.of(0)),
                        new Step(SQUARES, List.of(0, sums), n),
                        new Step(
                                isZeroOfConstants() ? STATISTICS_OF_CONSTANTS : STATISTICS,
                                List.of(sums, sums + 1),
                                n,
                                eps),
                        new Step(kernel, reads)));
        save(context, inputs, all.get(2), all.get(3));
        if (observer != null) {
            observer.see(all.get(0), all.get(1));
        }
        return all.get(4);
    }

    /** Whether equal elements without an eps become 0, as PyTorch has it for channels, and not NaN, as for features. */
    private boolean isZeroOfConstants() {
        return eps == 0 && form.sizes.length == 3; // samples, channels, places
    }

    private void save(Context context, Tensor[] inputs, Tensor center, Tensor r) {
        context.save(inputs[0], center, r);
        if (hasWeight) {
            context.save(inputs[1]);
        }
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor grad) {
        Tensor x = context.saved(0).reshape(form.sizes);
        Tensor g = grad.reshape(form.sizes);
        Tensor weight = hasWeight ? context.saved(3).reshape(form.parameters) : null;
        return Autograd.isGradEnabled() ? differentiable(context, x, g, weight) : fused(context, x, g, weight);
    }

    private @Nullable Tensor[] fused(Context context, Tensor x, Tensor g, @Nullable Tensor weight) {
        boolean byX = context.needsGradient(0);
        boolean byWeight = hasWeight && context.needsGradient(1);
        boolean byBias = hasBias && context.needsGradient(hasWeight ? 2 : 1);
        List<Tensor> all = new ArrayList<>(List.of(x, context.saved(1), context.saved(2), g));
        if (byX && mean == null && Arrays.equals(form.reduced, form.shared())) {
            List<Tensor> once = byInput(all, weight); // the sums are the parameters' gradients
            return gradients(once.get(2), byWeight ? once.get(1) : null, byBias ? once.get(0) : null);
        }
        Tensor byInput = null;
        if (byX) {
            byInput = mean == null ? byInput(all, weight).get(2) : byInputOfGiven(all, weight);
        }
        return gradients(
                byInput,
                byWeight ? Fused.reduce(UNITS, form.shared(), true, all) : null,
                byBias ? Fused.reduce(SUM, form.shared(), true, g) : null);
    }

    private static Tensor byInputOfGiven(List<Tensor> all, @Nullable Tensor weight) {
        List<Tensor> in = new ArrayList<>(all);
        if (weight != null) {
            in.add(weight);
        }
        return Fused.map(weight == null ? BACKWARD_OF_GIVEN : BACKWARD_OF_GIVEN_AND_WEIGHT, in);
    }

    /** The sums of the gradient and of its products with the units over the reduced axes, and the gradient of x. */
    private List<Tensor> byInput(List<Tensor> all, @Nullable Tensor weight) {
        List<Tensor> in = new ArrayList<>(all);
        if (weight != null) {
            in.add(weight);
        }
        boolean inside = weight != null && !form.isAligned();
        Kernel.Map kernel = inside ? BACKWARD_OF_WEIGHTS : weight == null ? BACKWARD : BACKWARD_OF_ONE_WEIGHT;
        return Fused.rows(
                form.reduced,
                in,
                List.of(
                        inside ? Step.ofFirst(in.size(), WEIGHTED) : new Step(SUM, List.of(3)),
                        Step.ofFirst(in.size(), inside ? WEIGHTED_UNITS : UNITS),
                        Step.ofFirst(in.size() + 2, kernel, 1.0 / form.count())));
    }

    /** The same in operations that are recorded, because these gradients are to be differentiated in turn. */
    private @Nullable Tensor[] differentiable(Context context, Tensor x, Tensor g, @Nullable Tensor weight) {
        Tensor scaled = weight == null ? g : g.mul(weight);
        Tensor unit;
        Tensor byInput;
        if (mean != null) {
            unit = x.sub(context.saved(1)).mul(context.saved(2));
            byInput = scaled.mul(context.saved(2));
        } else {
            Tensor distance = x.sub(x.mean(form.reduced, true));
            Tensor r = reciprocalRoot(distance.square().mean(form.reduced, true).add(eps));
            unit = distance.mul(r);
            Tensor along = unit.mul(scaled.mul(unit).mean(form.reduced, true));
            byInput = scaled.sub(scaled.mean(form.reduced, true)).sub(along).mul(r);
        }
        int[] shared = form.shared();
        return gradients(
                byInput, hasWeight ? g.mul(unit).sum(shared, true) : null, hasBias ? g.sum(shared, true) : null);
    }

    private Tensor reciprocalRoot(Tensor variance) {
        if (!isZeroOfConstants()) {
            return variance.rsqrt();
        }
        Tensor none = variance.eq(0);
        return variance.maskedFill(none, 1).rsqrt().maskedFill(none, 0);
    }

    /** The gradients as backward returns them, each in the shape of its input. */
    private @Nullable Tensor[] gradients(@Nullable Tensor x, @Nullable Tensor weight, @Nullable Tensor bias) {
        List<@Nullable Tensor> all = new ArrayList<>();
        all.add(x == null ? null : x.reshape(form.shape));
        if (hasWeight) {
            all.add(weight == null ? null : weight.reshape(form.parameterShape));
        }
        if (hasBias) {
            all.add(bias == null ? null : bias.reshape(form.parameterShape));
        }
        return all.toArray(new @Nullable Tensor[0]);
    }

    @Override
    protected String gradName() {
        return form.name;
    }
}
