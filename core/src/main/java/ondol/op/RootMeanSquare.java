package ondol.op;

import java.util.ArrayList;
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

/** {@code y = x r weight} with {@code r = 1 / sqrt(mean(x^2) + eps)}, the mean being one row's. */
final class RootMeanSquare extends Function {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr R = Expr.input(1, Type.F32);
    private static final Expr G = Expr.input(2, Type.F32);
    private static final Expr WEIGHT = Expr.input(3, Type.F32);
    private static final Expr UNIT = X.mul(R);

    private static final Kernel.Reduce SQUARES = new Kernel.Reduce(X.mul(X), ReduceOp.SUM);
    private static final Kernel.Map ROOT = new Kernel.Map(Expr.constant(1f)
            .div(X.div(Expr.scalar(0, Type.F32)).add(Expr.scalar(1, Type.F32)).sqrt()));
    private static final Kernel.Map FORWARD = new Kernel.Map(UNIT);
    private static final Kernel.Map FORWARD_WITH_WEIGHT = new Kernel.Map(UNIT.mul(G)); // input 2 is the weight here

    private static final Kernel.Reduce UNITS = new Kernel.Reduce(G.mul(UNIT), ReduceOp.SUM);
    private static final Kernel.Reduce WEIGHTED_UNITS =
            new Kernel.Reduce(G.mul(WEIGHT).mul(UNIT), ReduceOp.SUM);
    private static final Kernel.Map BACKWARD = backward(G, 3);
    private static final Kernel.Map BACKWARD_WITH_WEIGHT = backward(G.mul(WEIGHT), 4);

    private static final int[] COLUMNS = {1};
    private static final int[] ROWS = {0};

    private final long rows;
    private final long n;
    private final double eps;
    private final boolean hasWeight;

    private RootMeanSquare(long rows, long n, double eps, boolean hasWeight) {
        this.rows = rows;
        this.n = n;
        this.eps = eps;
        this.hasWeight = hasWeight;
    }

    private static Kernel.Map backward(Expr g, int sums) {
        Expr mean = Expr.input(sums, Type.F32).mul(Expr.scalar(0, Type.F32));
        return new Kernel.Map(g.sub(UNIT.mul(mean)).mul(R));
    }

    /** Normalizes so many rows of n elements. */
    static Tensor of(long rows, long n, double eps, Tensor x, @Nullable Tensor weight) {
        RootMeanSquare function = new RootMeanSquare(rows, n, eps, weight != null);
        return weight == null ? function.apply(x) : function.apply(x, weight);
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        return Scope.result(() -> {
            context.save(inputs);
            List<Tensor> in = new ArrayList<>(List.of(inputs[0].reshape(rows, n)));
            if (hasWeight) {
                in.add(inputs[1].reshape(1, n));
            }
            int squares = in.size();
            List<Tensor> all = Fused.rows(
                    COLUMNS,
                    in,
                    List.of(
                            new Step(SQUARES, List.of(0)),
                            new Step(ROOT, List.of(squares), n, eps),
                            hasWeight
                                    ? new Step(FORWARD_WITH_WEIGHT, List.of(0, squares + 1, 1))
                                    : new Step(FORWARD, List.of(0, squares + 1))));
            context.save(all.get(1));
            return all.get(2).reshape(inputs[0].shape().toArray());
        });
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor grad) {
        Tensor x = context.saved(0).reshape(rows, n);
        Tensor g = grad.reshape(rows, n);
        Tensor weight = hasWeight ? context.saved(1).reshape(1, n) : null;
        @Nullable
        Tensor[] all = Autograd.isGradEnabled()
                ? differentiable(x, g, weight)
                : fused(context, List.of(x, context.saved(hasWeight ? 2 : 1), g), weight);
        for (int i = 0; i < all.length; i++) {
            Tensor gradient = all[i];
            all[i] = gradient == null
                    ? null
                    : gradient.reshape(context.saved(i).shape().toArray());
        }
        return all;
    }

    private @Nullable Tensor[] fused(Context context, List<Tensor> all, @Nullable Tensor weight) {
        List<Tensor> in = new ArrayList<>(all);
        Tensor byWeight = weight != null && context.needsGradient(1) ? Fused.reduce(UNITS, ROWS, false, in) : null;
        Tensor byInput = null;
        if (context.needsGradient(0)) {
            if (weight != null) {
                in.add(weight);
            }
            byInput = Fused.rows(
                            COLUMNS,
                            in,
                            List.of(
                                    Step.ofFirst(in.size(), weight == null ? UNITS : WEIGHTED_UNITS),
                                    Step.ofFirst(
                                            in.size() + 1, weight == null ? BACKWARD : BACKWARD_WITH_WEIGHT, 1.0 / n)))
                    .get(1);
        }
        return weight == null ? new @Nullable Tensor[] {byInput} : new @Nullable Tensor[] {byInput, byWeight};
    }

    /** The same in operations that are recorded, because these gradients are to be differentiated in turn. */
    private @Nullable Tensor[] differentiable(Tensor x, Tensor g, @Nullable Tensor weight) {
        Tensor r = x.square().mean(COLUMNS, true).add(eps).rsqrt();
        Tensor unit = x.mul(r);
        Tensor scaled = weight == null ? g : g.mul(weight);
        Tensor byInput =
                scaled.sub(unit.mul(scaled.mul(unit).mean(COLUMNS, true))).mul(r);
        return weight == null
                ? new @Nullable Tensor[] {byInput}
                : new @Nullable Tensor[] {byInput, g.mul(unit).sum(0)};
    }

    @Override
    protected String gradName() {
        return "MulBackward0";
    }
}
