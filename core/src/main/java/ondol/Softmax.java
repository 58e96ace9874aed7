package ondol;

import java.util.function.Function;
import ondol.backend.Launch;
import ondol.kernel.Expr;
import ondol.kernel.Functions;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** softmax, logSoftmax, logSumExp: two reductions (the largest, and the sum of exponentials) and one map. */
final class Softmax {
    private static final Expr SHIFTED = Expr.input(0, Type.F32).sub(Expr.input(1, Type.F32));
    private static final Kernel.Reduce LARGEST = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.MAX);
    private static final Kernel.Reduce SUM = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM);
    private static final Kernel.Reduce EXP_SUM = new Kernel.Reduce(SHIFTED.exp(), ReduceOp.SUM);
    private static final Kernel.Map SOFTMAX = new Kernel.Map(SHIFTED.exp().div(Expr.input(2, Type.F32)));
    private static final Kernel.Map LOG_SOFTMAX = new Kernel.Map(SHIFTED.sub(Expr.input(2, Type.F32)));

    /** The exponentials, where rows are cached: each is computed once, and its quotient by the row's sum takes its place. */
    private static final Kernel.Map EXP = new Kernel.Map(SHIFTED.exp());

    private static final Kernel.Map QUOTIENT =
            new Kernel.Map(Expr.input(0, Type.F32).div(Expr.input(1, Type.F32)));
    private static final Kernel.Map LOG = new Kernel.Map(Functions.log(Expr.input(0, Type.F32)));

    /** The formulas of the gradient: inputs are the arriving gradient, the result, and a row's sum. */
    private static final Expr PRODUCT = Expr.input(0, Type.F32).mul(Expr.input(1, Type.F32));

    private static final Kernel.Reduce DOT = new Kernel.Reduce(PRODUCT, ReduceOp.SUM);
    private static final Kernel.Map BACKWARD =
            new Kernel.Map(PRODUCT.sub(Expr.input(1, Type.F32).mul(Expr.input(2, Type.F32))));
    private static final Kernel.Map LOG_BACKWARD = new Kernel.Map(
            Expr.input(0, Type.F32).sub(Expr.input(1, Type.F32).exp().mul(Expr.input(2, Type.F32))));

    private Softmax() {}

    private static Tensor largest(Tensor x, long mask) {
        return Reductions.run(LARGEST, x.sizes(), mask, true, x);
    }

    private static long mask(String operation, Tensor x, int... axes) {
        Reductions.requireFloat(operation, x);
        return Axes.mask(operation, axes, x.dim());
    }

    /** Runs kernels of which each row is computed for itself, and gives what they made for the caller, of this one's shape. */
    private static Tensor rows(Tensor like, long mask, Function<RowSteps, Tensor> body) {
        if (like.numel() == 0) {
            return Tensor.empty(like.device(), DType.FLOAT32, like.sizes());
        }
        try (Scope scope = Scope.open()) {
            RowSteps rows = new RowSteps(like.device(), like.sizes(), mask);
            Tensor y = body.apply(rows);
            rows.run();
            return scope.keep(y);
        }
    }

    static Tensor softmax(Tensor x, int axis) {
        long mask = mask("softmax", x, axis);
        Tensor y = rows(x, mask, rows -> {
            Tensor largest = rows.reduce(LARGEST, Launch.NO_SCALARS, x);
            if (!x.device().backend().cachesRows()) {
                Tensor sum = rows.reduce(EXP_SUM, Launch.NO_SCALARS, x, largest);
                return rows.map(SOFTMAX, Launch.NO_SCALARS, x, largest, sum).getFirst();
            }
            Tensor exp = rows.map(EXP, Launch.NO_SCALARS, x, largest).getFirst();
            Tensor sum = rows.reduce(SUM, Launch.NO_SCALARS, exp);
            rows.mapInto(QUOTIENT, exp, exp, sum);
            return exp;
        });
        return Tape.recordWithOutput("SoftmaxBackward0", y, new Tensor[] {x}, (i, g, saved) -> {
            Tensor of = saved.get(0);
            if (Tape.records(of, g)) {
                Tensor product = g.mul(of);
                return product.sub(of.mul(product.sum(Reductions.axes(mask), true)));
            }
            return rows(of, mask, rows -> {
                Tensor dot = rows.reduce(DOT, Launch.NO_SCALARS, g, of);
                return rows.map(BACKWARD, Launch.NO_SCALARS, g, of, dot).getFirst();
            });
        });
    }

    static Tensor logSoftmax(Tensor x, int axis) {
        long mask = mask("logSoftmax", x, axis);
        Tensor y = rows(x, mask, rows -> {
            Tensor largest = rows.reduce(LARGEST, Launch.NO_SCALARS, x);
            Tensor sum = rows.reduce(EXP_SUM, Launch.NO_SCALARS, x, largest);
            Tensor logarithm = rows.map(LOG, Launch.NO_SCALARS, sum).getFirst(); // once a row
            return rows.map(LOG_SOFTMAX, Launch.NO_SCALARS, x, largest, logarithm)
                    .getFirst();
        });
        return Tape.recordWithOutput("LogSoftmaxBackward0", y, new Tensor[] {x}, (i, g, saved) -> {
            Tensor of = saved.get(0);
            if (Tape.records(of, g)) {
                return Ops.SUB_EXP_MUL.row().apply(new Tensor[] {g, of, g.sum(Reductions.axes(mask), true)});
            }
            return rows(of, mask, rows -> {
                Tensor sum = rows.reduce(SUM, Launch.NO_SCALARS, g);
                return rows.map(LOG_BACKWARD, Launch.NO_SCALARS, g, of, sum).getFirst();
            });
        });
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
