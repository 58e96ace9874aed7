package ondol;

import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** The p-norms of vectors along axes, with PyTorch's gradients. */
final class VectorNorm {
    private static final Kernel.Reduce SQUARES =
            new Kernel.Reduce(Expr.input(0, Type.F32).mul(Expr.input(0, Type.F32)), ReduceOp.SUM);
    private static final Expr MAGNITUDE = Expr.input(0, Type.F32).abs();
    private static final Kernel.Reduce MAGNITUDES = new Kernel.Reduce(MAGNITUDE, ReduceOp.SUM);
    private static final Kernel.Reduce LARGEST = new Kernel.Reduce(MAGNITUDE, ReduceOp.MAX);
    private static final Kernel.Reduce SMALLEST = new Kernel.Reduce(MAGNITUDE, ReduceOp.MIN);

    private VectorNorm() {}

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
            return x.sign().mul(MinMax.share(g, hits, mask));
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
