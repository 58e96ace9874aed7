package ondol.op;

import java.util.List;
import ondol.Fused;
import ondol.Reduction;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Function;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * {@code -w[t] x[t]} of log-probabilities x along an axis, for the targets t that count, or the sum of these, or the sum by that of
 * the weights w[t]. It is linear in x: so its gradient reads only classes and weights.
 */
final class Likelihood extends Function {
    private static final Expr TARGET = Expr.input(0, Type.I64);
    private static final Expr COUNTS = Expr.input(0, Type.BOOL);
    private static final Expr WEIGHT = Expr.input(1, Type.F32);
    private static final Expr PICKED = Expr.input(2, Type.F32);
    private static final Expr ZERO = Expr.constant(0f);
    private static final Expr LOSS = COUNTS.choose(PICKED.mul(WEIGHT).neg(), ZERO);

    private static final Kernel.Map CLASSES = classes();
    private static final Kernel.Map ONES = new Kernel.Map(COUNTS.to(Type.F32));
    private static final Kernel.Map WEIGHTS = new Kernel.Map(COUNTS.choose(WEIGHT, ZERO));
    private static final Kernel.Map LOSSES = new Kernel.Map(LOSS);
    private static final Kernel.Reduce SUM = new Kernel.Reduce(LOSS, ReduceOp.SUM);
    private static final Kernel.Reduce WEIGHT_SUM = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM);
    private static final Kernel.Map QUOTIENT =
            new Kernel.Map(Expr.input(0, Type.F32).div(Expr.input(1, Type.F32)));
    private static final int[] ALL = {};

    /** Which targets count, and the class to look up: those that do not take the first. */
    private static Kernel.Map classes() {
        Expr counts = TARGET.eq(Expr.scalar(0, Type.I64)).not();
        return new Kernel.Map(counts, counts.choose(TARGET, Expr.constantI64(0)));
    }

    /**
     * The targets of one call.
     *
     * @param counts which count
     * @param classes their class numbers, 0 for those that do not count, with an axis of size 1 for the classes
     * @param weights their weights, 0 for those that do not count
     * @param weightSum the sum of the weights
     */
    record Targets(Tensor counts, Tensor classes, Tensor weights, Tensor weightSum) {
        /** The targets of a call; nothing of their making is recorded. */
        static Targets of(Tensor target, int axis, @Nullable Tensor weight, long ignoreIndex) {
            List<Tensor> both = Fused.mapAll(CLASSES, List.of(target), ignoreIndex);
            Tensor counts = both.get(0);
            Tensor classes = both.get(1);
            Tensor weights;
            if (weight == null) {
                weights = Fused.map(ONES, counts);
            } else {
                Tensor each = weight.detach().gather(0, classes.reshape(classes.numel()));
                weights =
                        Fused.map(WEIGHTS, counts, each.reshape(classes.shape().toArray()));
            }
            return new Targets(counts, classes.unsqueeze(axis), weights, Fused.reduce(WEIGHT_SUM, ALL, false, weights));
        }
    }

    private final Targets targets;
    private final int axis;
    private final Reduction reduction;
    private final String name;

    Likelihood(Targets targets, int axis, Reduction reduction, String name) {
        this.targets = targets;
        this.axis = axis;
        this.reduction = reduction;
        this.name = name;
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        Tensor x = inputs[0];
        return Scope.result(() -> {
            context.save(x, targets.counts, targets.classes, targets.weights, targets.weightSum);
            Tensor picked = x.gather(axis, targets.classes).squeeze(axis);
            Tensor[] all = {targets.counts, targets.weights, picked};
            if (reduction == Reduction.NONE) {
                return Fused.map(LOSSES, all);
            }
            Tensor sum = Fused.reduce(SUM, ALL, false, all);
            return reduction == Reduction.SUM ? sum : Fused.map(QUOTIENT, sum, targets.weightSum);
        });
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor grad) {
        Tensor counts = context.saved(1);
        Tensor share = reduction == Reduction.MEAN ? grad.div(context.saved(4)) : grad;
        Tensor each = share.mul(context.saved(3)).neg();
        // Of all that are ignored, the share is infinite and its product with 0 not a number.
        Tensor kept = Tensor.where(counts, each, Tensor.zerosLike(context.saved(3)));
        Tensor zeros = Tensor.zeros(context.saved(0).shape(), grad.dtype(), grad.device());
        return new @Nullable Tensor[] {zeros.scatterAdd(axis, context.saved(2), kept.unsqueeze(axis))};
    }

    @Override
    protected String gradName() {
        return name;
    }
}
