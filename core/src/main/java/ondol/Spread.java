package ondol;

import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** Variance, standard deviation, norms. */
final class Spread {
    private static final Expr DEVIATION = Expr.input(0, Type.F32).sub(Expr.input(1, Type.F32));
    private static final Kernel.Reduce SQUARED_DEVIATIONS = new Kernel.Reduce(DEVIATION.mul(DEVIATION), ReduceOp.SUM);
    private static final Kernel.Reduce SQUARES =
            new Kernel.Reduce(Expr.input(0, Type.F32).mul(Expr.input(0, Type.F32)), ReduceOp.SUM);
    private static final Kernel.Reduce MAGNITUDES =
            new Kernel.Reduce(Expr.input(0, Type.F32).abs(), ReduceOp.SUM);
    private static final Kernel.Reduce LARGEST =
            new Kernel.Reduce(Expr.input(0, Type.F32).abs(), ReduceOp.MAX);

    private Spread() {}

    static Tensor var(Tensor x, int[] axes, int correction, boolean keepDim) {
        Reductions.requireFloat("var", x);
        long[] shape = x.sizes();
        long mask = Axes.mask("var", axes, shape.length);
        double freedom = freedom(shape, mask, correction);
        return Tape.record(
                "VarBackward0",
                variance(x.detach(), mask, freedom, keepDim),
                new Tensor[] {x},
                (i, g, saved) -> varGradient(g, saved.get(0), mask, freedom),
                x);
    }

    static Tensor std(Tensor x, int[] axes, int correction, boolean keepDim) {
        Reductions.requireFloat("std", x);
        long[] shape = x.sizes();
        long mask = Axes.mask("std", axes, shape.length);
        double freedom = freedom(shape, mask, correction);
        return Tape.recordWithOutput(
                "StdBackward0",
                variance(x.detach(), mask, freedom, keepDim).sqrt(),
                new Tensor[] {x},
                (i, g, saved) -> {
                    Tensor y = saved.get(1);
                    Tensor ofVar = y.eq(0.0).choose(g.constant(0), g.div(y.mul(2.0)));
                    return varGradient(ofVar, saved.get(0), mask, freedom);
                },
                x);
    }

    private static double freedom(long[] shape, long mask, int correction) {
        return Math.max(0, Axes.count(shape, mask) - correction); // 0 gives NaN or infinity, as in PyTorch
    }

    private static Tensor variance(Tensor x, long mask, double freedom, boolean keepDim) {
        try (Scope scope = Scope.open()) {
            Tensor mean = Reductions.mean(x, Reductions.axes(mask), true);
            Tensor sum = Reductions.run(SQUARED_DEVIATIONS, x.sizes(), mask, keepDim, x, mean);
            return scope.keep(sum.div(freedom));
        }
    }

    private static Tensor varGradient(Tensor g, Tensor x, long mask, double freedom) {
        Tensor deviation = x.sub(Reductions.mean(x, Reductions.axes(mask), true));
        Tensor factor = g.reshape(Axes.reduced(x.sizes(), mask, true)).mul(2 / freedom);
        return deviation.mul(factor);
    }

    static Tensor norm(Tensor x, double p, int[] axes, boolean keepDim) {
        Reductions.requireFloat("norm", x);
        if (!(p >= 0)) {
            throw new IllegalArgumentException("norm: p is " + p + "; it must be 0 or more");
        }
        long[] shape = x.sizes();
        long mask = Axes.mask("norm", axes, shape.length);
        if (p == 0) {
            return Tape.record(
                    "LinalgVectorNormBackward0",
                    x.detach().ne(0.0).sum(Reductions.axes(mask), keepDim).to(DType.FLOAT32),
                    new Tensor[] {x},
                    (i, g, saved) -> TensorFactory.full(Shape.wrap(shape), 0, DType.FLOAT32, g.device()));
        }
        if (p != 1 && p != 2 && p != Double.POSITIVE_INFINITY) {
            Tensor sum = x.detach().abs().pow(p).sum(Reductions.axes(mask), keepDim);
            return recordNorm(x, sum.pow(1 / p), p, mask);
        }
        if (Double.isInfinite(p) && Axes.count(shape, mask) == 0) {
            throw new IllegalArgumentException("norm: a tensor of shape " + x.shape() + " has no largest element;"
                    + " at least one is needed along the reduced axes");
        }
        Kernel.Reduce kernel = p == 2 ? SQUARES : p == 1 ? MAGNITUDES : LARGEST;
        Tensor y = Reductions.run(kernel, shape, mask, keepDim, x);
        return recordNorm(x, p == 2 ? y.sqrt() : y, p, mask);
    }

    private static Tensor recordNorm(Tensor x, Tensor norm, double p, long mask) {
        return Tape.recordWithOutput(
                "LinalgVectorNormBackward0",
                norm,
                new Tensor[] {x},
                (i, g, saved) -> normGradient(g, saved.get(0), saved.get(1), p, mask),
                x);
    }

    private static Tensor normGradient(Tensor g, Tensor x, Tensor y, double p, long mask) {
        long[] kept = Axes.reduced(x.sizes(), mask, true);
        if (p == 1) {
            return x.sign().mul(g.reshape(kept));
        }
        if (p == 2) {
            Tensor length = y.reshape(kept);
            return length.eq(0.0).choose(g.constant(0), x.div(length).mul(g.reshape(kept)));
        }
        if (Double.isInfinite(p)) {
            return Extremes.share(g, x.abs(), y, x.sizes(), mask).mul(x.sign());
        }
        Tensor length = y.reshape(kept);
        Tensor scale = length.eq(0.0).choose(g.constant(0), g.reshape(kept).div(length.pow(p - 1)));
        return x.eq(0.0).choose(g.constant(0), x.sign().mul(x.abs().pow(p - 1))).mul(scale);
    }
}
