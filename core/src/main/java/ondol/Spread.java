package ondol;

import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** Variance, standard deviation, norms. */
final class Spread {
    private static final Expr FROM_MEAN = Expr.input(0, Type.F32).sub(Expr.input(1, Type.F32));
    private static final Kernel.Reduce DEVIATIONS = new Kernel.Reduce(FROM_MEAN, ReduceOp.SUM);
    private static final Expr DEVIATION = FROM_MEAN.sub(Expr.input(2, Type.F32));
    private static final Kernel.Reduce SQUARED_DEVIATIONS = new Kernel.Reduce(DEVIATION.mul(DEVIATION), ReduceOp.SUM);
    private static final Kernel.Reduce SQUARES =
            new Kernel.Reduce(Expr.input(0, Type.F32).mul(Expr.input(0, Type.F32)), ReduceOp.SUM);
    private static final Expr MAGNITUDE = Expr.input(0, Type.F32).abs();
    private static final Kernel.Reduce MAGNITUDES = new Kernel.Reduce(MAGNITUDE, ReduceOp.SUM);
    private static final Kernel.Reduce LARGEST = new Kernel.Reduce(MAGNITUDE, ReduceOp.MAX);
    private static final Kernel.Reduce SMALLEST = new Kernel.Reduce(MAGNITUDE, ReduceOp.MIN);

    private Spread() {}

    static Tensor var(Tensor x, int[] axes, int correction, boolean keepDim) {
        Reductions.requireFloat("var", x);
        long mask = Axes.mask("var", axes, x.dim());
        return Tape.record(
                "VarBackward0",
                variance(x.detach(), mask, correction, keepDim),
                new Tensor[] {x},
                (i, g, saved) -> varGradient(g, saved.get(0), mask, correction),
                x);
    }

    static Tensor std(Tensor x, int[] axes, int correction, boolean keepDim) {
        Reductions.requireFloat("std", x);
        long mask = Axes.mask("std", axes, x.dim());
        return Tape.recordWithOutput(
                "StdBackward0",
                variance(x.detach(), mask, correction, keepDim).sqrt(),
                new Tensor[] {x},
                (i, g, saved) -> {
                    Tensor y = saved.get(1);
                    Tensor ofVar = g.div(y.mul(2.0)).maskedFill(y.eq(0.0), 0);
                    return varGradient(ofVar, saved.get(0), mask, correction);
                },
                x);
    }

    /**
     * From deviations from the mean, which is the sum of a rounded mean and the mean of what deviates from that: equal
     * elements have no variance at all.
     */
    private static Tensor variance(Tensor x, long mask, int correction, boolean keepDim) {
        long[] shape = x.sizes();
        double count = Axes.count(shape, mask);
        try (Scope scope = Scope.open()) {
            Tensor mean = Reductions.mean(x, Reductions.axes(mask), true);
            Tensor rest = Reductions.run(DEVIATIONS, shape, mask, true, x, mean).div(count);
            Tensor sum = Reductions.run(SQUARED_DEVIATIONS, shape, mask, keepDim, x, mean, rest);
            double freedom = count == 0 ? 0 : Math.max(0, count - correction); // 0 gives NaN or infinity, as in PyTorch
            return scope.keep(sum.div(freedom));
        }
    }

    private static Tensor varGradient(Tensor g, Tensor x, long mask, int correction) {
        Tensor deviation = x.sub(Reductions.mean(x, Reductions.axes(mask), true));
        double freedom = Axes.count(x.sizes(), mask) - correction;
        if (x.dim() == 0) {
            freedom = Math.max(0, freedom); // NaN, as in PyTorch
        }
        Tensor factor = g.reshape(Axes.reduced(x.sizes(), mask, true)).mul(2 / freedom);
        return deviation.mul(factor);
    }

    static Tensor norm(Tensor x, double p, int[] axes, boolean keepDim) {
        Reductions.requireFloat("norm", x);
        long mask = Axes.mask("norm", axes, x.dim());
        long count = Axes.count(x.sizes(), mask);
        if (count == 0 && (p < 0 || Double.isInfinite(p))) {
            throw new IllegalArgumentException("norm: a tensor of shape " + x.shape() + " has no norm for p = " + p
                    + "; at least one element is needed along the reduced axes");
        }
        return Tape.recordWithOutput(
                "LinalgVectorNormBackward0",
                length(x.detach(), p, mask, keepDim, count == 1),
                new Tensor[] {x},
                (i, g, saved) -> normGradient(g, saved.get(0), saved.get(1), p, mask),
                x);
    }

    private static Tensor length(Tensor x, double p, long mask, boolean keepDim, boolean ofOne) {
        if (p == 0) {
            return x.ne(0.0).sum(Reductions.axes(mask), keepDim).to(DType.FLOAT32);
        }
        if (ofOne) {
            return x.abs().reshape(Axes.reduced(x.sizes(), mask, keepDim));
        }
        if (p == 2) {
            return Reductions.run(SQUARES, x.sizes(), mask, keepDim, x).sqrt();
        }
        if (p == 1 || Double.isInfinite(p)) {
            Kernel.Reduce kernel = p == 1 ? MAGNITUDES : p > 0 ? LARGEST : SMALLEST;
            return Reductions.run(kernel, x.sizes(), mask, keepDim, x);
        }
        return x.abs().pow(p).sum(Reductions.axes(mask), keepDim).pow(1 / p);
    }

    /** PyTorch's formulas: which of them divide by 0, and where, shows in gradients of gradients. */
    private static Tensor normGradient(Tensor gradient, Tensor x, Tensor norm, double p, long mask) {
        long[] kept = Axes.reduced(x.sizes(), mask, true);
        Tensor g = gradient.reshape(kept);
        Tensor y = norm.reshape(kept);
        if (p == 0) {
            return TensorFactory.full(x.shape(), 0, DType.FLOAT32, x.device());
        }
        if (p == 1) {
            return x.sign().mul(g);
        }
        if (p == 2) {
            return x.div(y).maskedFill(y.eq(0.0), 0).mul(g);
        }
        if (Double.isInfinite(p)) {
            Tensor magnitude = x.detach().abs();
            Tensor hits = magnitude.eq(y.detach()).logicalOr(magnitude.isNaN());
            return x.sign().mul(Extremes.share(g, hits, mask));
        }
        if (p < 1) {
            return x.sign()
                    .mul(x.abs().pow(p - 1).maskedFill(x.eq(0.0), 0))
                    .mul(g)
                    .mul(y.pow(1 - p));
        }
        Tensor scale = g.div(y.pow(p - 1)).maskedFill(y.eq(0.0), 0);
        Tensor scaled = p < 2 ? x.sign().mul(x.abs().pow(p - 1)) : x.mul(x.abs().pow(p - 2));
        return scaled.mul(scale);
    }
}
