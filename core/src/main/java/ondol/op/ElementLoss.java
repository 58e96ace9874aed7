package ondol.op;

import java.util.List;
import ondol.Fused;
import ondol.Reduction;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** A loss that is a number for each element of an input and a target, or the sum or mean of these: one launch each way. */
final class ElementLoss extends Function {
    static final Expr X = Expr.input(0, Type.F32);
    static final Expr T = Expr.input(1, Type.F32);
    /** A rule's setting, such as where a parabola ends. */
    static final Expr SETTING = Expr.scalar(0, Type.F32);

    private static final Expr G = Expr.input(2, Type.F32).mul(Expr.scalar(1, Type.F32));
    private static final Kernel.Map SHARE =
            new Kernel.Map(Expr.input(0, Type.F32).div(Expr.scalar(0, Type.F32)));
    private static final int[] ALL = {};

    /** The slopes by the input and by the target in operations that are recorded. */
    interface Slopes {
        Tensor[] of(Tensor x, Tensor t, double setting);
    }

    /**
     * The loss of an element as a function.
     *
     * @param name what the function is called in PyTorch
     * @param isComposed whether it is several operations in PyTorch, of which the last is called so
     */
    record Rule(
            String name,
            boolean isComposed,
            Kernel.Map value,
            Kernel.Reduce sum,
            Kernel.Map byInput,
            Kernel.Map byTarget,
            Slopes slopes) {
        static Rule of(String name, boolean isComposed, Expr value, Expr byInput, Expr byTarget, Slopes slopes) {
            return new Rule(
                    name,
                    isComposed,
                    new Kernel.Map(value),
                    new Kernel.Reduce(value, ReduceOp.SUM),
                    new Kernel.Map(byInput.mul(G)),
                    new Kernel.Map(byTarget.mul(G)),
                    slopes);
        }
    }

    private final Rule rule;
    private final Reduction reduction;
    private final double setting;

    ElementLoss(Rule rule, Reduction reduction, double setting) {
        this.rule = rule;
        this.reduction = reduction;
        this.setting = setting;
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        context.save(inputs);
        List<Tensor> both = List.of(inputs);
        if (reduction == Reduction.NONE) {
            return Fused.map(rule.value, both, setting);
        }
        return Scope.result(() -> {
            Tensor sum = Fused.reduce(rule.sum, ALL, false, both, setting);
            return reduction == Reduction.SUM ? sum : Fused.map(SHARE, List.of(sum), inputs[0].numel());
        });
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor g) {
        Tensor x = context.saved(0);
        Tensor t = context.saved(1);
        double share = reduction == Reduction.MEAN ? 1.0 / x.numel() : 1;
        @Nullable Tensor[] gradients = new @Nullable Tensor[2];
        Tensor[] slopes = Autograd.isGradEnabled() ? rule.slopes.of(x, t, setting) : null;
        for (int i = 0; i < 2; i++) {
            if (context.needsGradient(i)) {
                Kernel.Map kernel = i == 0 ? rule.byInput : rule.byTarget;
                gradients[i] = slopes == null
                        ? Fused.map(kernel, List.of(x, t, g), setting, share)
                        : slopes[i].mul(g).mul(share);
            }
        }
        return gradients;
    }

    @Override
    protected String gradName() {
        if (!rule.isComposed || reduction == Reduction.NONE) {
            return rule.name;
        }
        return reduction == Reduction.SUM ? "SumBackward0" : "MeanBackward0";
    }
}
