package org.example;

import java.util.List;
import ondol.Fused;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import ondol.op.Arguments;

/**
 * Root mean square normalisation over the last axis: {@code y = x * r * weight} with {@code r = 1 / sqrt(mean(x^2) + eps)}
 * (Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019).
 */
public final class RmsNorm extends Function {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Expr WEIGHT = Expr.input(1, Type.F32);
    private static final Expr R = Expr.input(2, Type.F32);
    private static final Expr G = Expr.input(3, Type.F32);
    private static final Expr DOT = Expr.input(4, Type.F32);
    private static final Expr N = Expr.scalar(0, Type.F32);
    private static final Expr EPS = Expr.scalar(1, Type.F32);

    private static final Kernel.Reduce SQUARES = new Kernel.Reduce(X.mul(X), ReduceOp.SUM);
    private static final Kernel.Map ROOT =
            new Kernel.Map(Expr.constant(1f).div(X.div(N).add(EPS).sqrt()));
    private static final Kernel.Map FORWARD = new Kernel.Map(X.mul(R).mul(WEIGHT));
    private static final Kernel.Reduce PRODUCTS =
            new Kernel.Reduce(G.mul(WEIGHT).mul(X), ReduceOp.SUM);
    private static final Kernel.Map BACKWARD =
            new Kernel.Map(G.mul(WEIGHT).sub(X.mul(R).mul(R).mul(DOT.div(N))).mul(R));
    private static final Kernel.Reduce BY_WEIGHT = new Kernel.Reduce(X.mul(R).mul(G), ReduceOp.SUM);

    private static final int[] LAST = {-1};
    private static final int[] FIRST = {0};

    private final double eps;

    private RmsNorm(double eps) {
        this.eps = eps;
    }

    /**
     * Normalises a tensor.
     *
     * @param x [..., n], FLOAT32
     * @param weight [n], FLOAT32
     */
    public static Tensor rmsNorm(Tensor x, Tensor weight, double eps) {
        Arguments.axes("rmsNorm", "input", Arguments.floats("rmsNorm", "input", x), 1, 62);
        long n = Arguments.positive("rmsNorm", "last size of the input", x.size(-1));
        Arguments.shape("rmsNorm", "weight", Arguments.floats("rmsNorm", "weight", weight), n);
        Arguments.sameDevice("rmsNorm", x, weight);
        return new RmsNorm(eps).apply(x, weight);
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        Tensor x = inputs[0];
        Tensor weight = inputs[1];
        return Scope.result(() -> {
            Tensor r = root(x);
            context.save(x, weight, r); // r is closed with the scope, what is saved of it is not
            return Fused.map(FORWARD, x, weight, r);
        });
    }

    private Tensor root(Tensor x) {
        Tensor squares = Fused.reduce(SQUARES, LAST, true, x);
        return Fused.map(ROOT, List.of(squares), x.size(-1), eps);
    }

    @Override
    protected Tensor[] backward(Context context, Tensor g) {
        Tensor x = context.saved(0);
        Tensor weight = context.saved(1);
        if (Autograd.isGradEnabled()) {
            return differentiable(x, weight, g);
        }
        Tensor r = context.saved(2);
        Tensor[] gradients = new Tensor[2];
        if (context.needsGradient(0)) {
            Tensor dot = Fused.reduce(PRODUCTS, LAST, true, x, weight, r, g);
            gradients[0] = Fused.map(BACKWARD, List.of(x, weight, r, g, dot), x.size(-1));
        }
        if (context.needsGradient(1)) {
            long n = x.size(-1);
            long rows = x.numel() / n;
            gradients[1] = Fused.reduce(
                    BY_WEIGHT, FIRST, false, x.reshape(rows, n), weight, r.reshape(rows, 1), g.reshape(rows, n));
        }
        return gradients;
    }

    /** The same in operations that are recorded, because these gradients are to be differentiated in turn. */
    private Tensor[] differentiable(Tensor x, Tensor weight, Tensor g) {
        Tensor r = x.square().mean(LAST, true).add(eps).rsqrt();
        Tensor scaled = g.mul(weight);
        Tensor unit = x.mul(r);
        Tensor byInput = scaled.sub(unit.mul(scaled.mul(unit).mean(LAST, true))).mul(r);
        long n = x.size(-1);
        return new Tensor[] {byInput, unit.mul(g).reshape(x.numel() / n, n).sum(0)};
    }

    @Override
    protected String gradName() {
        return "RmsNormBackward0";
    }
}
