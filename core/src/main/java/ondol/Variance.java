package ondol;

import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** Variance and standard deviation along axes. */
final class Variance {
    private static final Expr FROM_MEAN = Expr.input(0, Type.F32).sub(Expr.input(1, Type.F32));
    private static final Kernel.Reduce DEVIATIONS = new Kernel.Reduce(FROM_MEAN, ReduceOp.SUM);
    private static final Expr DEVIATION = FROM_MEAN.sub(Expr.input(2, Type.F32));
    private static final Kernel.Reduce SQUARED_DEVIATIONS = new Kernel.Reduce(DEVIATION.mul(DEVIATION), ReduceOp.SUM);

    private Variance() {}

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
     * The variance, from deviations from the mean, which is the sum of a rounded mean and the mean of what deviates from that:
     * equal elements have no variance at all.
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
}
