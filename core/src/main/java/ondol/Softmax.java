package ondol;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** softmax, logSoftmax, logSumExp: two reductions (the largest, and the sum of exponentials) and one map. */
final class Softmax {
    private static final Expr SHIFTED = Expr.input(0, Type.F32).sub(Expr.input(1, Type.F32));
    private static final Kernel.Reduce EXP_SUM = new Kernel.Reduce(SHIFTED.exp(), ReduceOp.SUM);
    private static final Kernel.Map SOFTMAX = new Kernel.Map(SHIFTED.exp().div(Expr.input(2, Type.F32)));
    private static final Kernel.Map LOG_SOFTMAX = new Kernel.Map(SHIFTED.sub(Expr.input(2, Type.F32)));

    private Softmax() {}

    private static Tensor largest(Tensor x, long mask) {
        return Reductions.run(new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.MAX), x.sizes(), mask, true, x);
    }

    private static long mask(String operation, Tensor x, int... axes) {
        Reductions.requireFloat(operation, x);
        return Axes.mask(operation, axes, x.dim());
    }

    /** @param kernel of x, the largest of its row, and the row's sum of exponentials or the logarithm of that */
    private static Tensor normalised(Kernel.Map kernel, Tensor x, long mask) {
        Tensor out = Tensor.empty(x.device(), DType.FLOAT32, x.sizes());
        if (out.numel() != 0) {
            Tensor largest = largest(x, mask);
            Tensor sum = Reductions.run(EXP_SUM, x.sizes(), mask, true, x, largest);
            if (kernel == LOG_SOFTMAX) {
                Tensor logarithm = sum.log(); // once a row
                sum.close();
                sum = logarithm;
            }
            View[] in = {x.operand(), largest.operand(x.sizes()), sum.operand(x.sizes())};
            Launcher.run(
                    kernel,
                    x.sizes(),
                    0,
                    in,
                    new View[] {out.operand()},
                    Launch.NO_SCALARS,
                    out,
                    Arrays.asList(x, largest, sum));
            largest.close();
            sum.close();
        }
        return out;
    }

    static Tensor softmax(Tensor x, int axis) {
        long mask = mask("softmax", x, axis);
        return Tape.recordWithOutput(
                "SoftmaxBackward0", normalised(SOFTMAX, x, mask), new Tensor[] {x}, (i, g, saved) -> {
                    Tensor y = saved.get(0);
                    Tensor gy = g.mul(y);
                    return gy.sub(y.mul(gy.sum(Reductions.axes(mask), true)));
                });
    }

    static Tensor logSoftmax(Tensor x, int axis) {
        long mask = mask("logSoftmax", x, axis);
        return Tape.recordWithOutput(
                "LogSoftmaxBackward0",
                normalised(LOG_SOFTMAX, x, mask),
                new Tensor[] {x},
                (i, g, saved) -> Ops.SUB_EXP_MUL
                        .row()
                        .apply(new Tensor[] {g, saved.get(0), g.sum(Reductions.axes(mask), true)}));
    }

    static Tensor logSumExp(Tensor x, int[] axes, boolean keepDim) {
        if (x.dtype() != DType.FLOAT32) {
            return logSumExp(x.to(DType.FLOAT32), axes, keepDim);
        }
        long mask = mask("logSumExp", x, axes);
        long[] kept = Axes.reduced(x.sizes(), mask, true);
        Tensor y;
        if (Axes.count(x.sizes(), mask) == 0) {
            y = TensorFactory.full(
                    Shape.wrap(Axes.reduced(x.sizes(), mask, keepDim)),
                    Double.NEGATIVE_INFINITY,
                    DType.FLOAT32,
                    x.device());
        } else {
            try (Scope scope = Scope.open()) {
                Tensor d = x.detach();
                Tensor largest = largest(d, mask);
                Tensor shift = largest.isInf().choose(d.constant(0), largest); // inf - inf would be NaN
                Tensor sum = Reductions.run(EXP_SUM, d.sizes(), mask, true, d, shift);
                y = scope.keep(sum.log().add(shift).reshape(Axes.reduced(x.sizes(), mask, keepDim)));
            }
        }
        return Tape.recordWithOutput(
                "LogsumexpBackward0",
                y,
                new Tensor[] {x},
                (i, g, saved) -> {
                    Tensor weights =
                            saved.get(0).sub(saved.get(1).reshape(kept)).exp();
                    return weights.mul(g.reshape(kept));
                },
                x);
    }
}
