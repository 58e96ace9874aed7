package ondol;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** Sums, means, products, running sums. */
final class Reductions {
    private static final Kernel.Reduce SUM = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.SUM);
    private static final Kernel.Reduce SUM_I64 = new Kernel.Reduce(Expr.input(0, Type.I64), ReduceOp.SUM);
    private static final Kernel.Reduce SUM_BOOL =
            new Kernel.Reduce(Expr.input(0, Type.BOOL).to(Type.I64), ReduceOp.SUM);
    private static final Kernel.Reduce PROD = new Kernel.Reduce(Expr.input(0, Type.F32), ReduceOp.PROD);
    private static final Kernel.Reduce PROD_I64 = new Kernel.Reduce(Expr.input(0, Type.I64), ReduceOp.PROD);

    private Reductions() {}

    /** Runs a Reduce over {@code shape}, to which the inputs are broadcast. Records nothing. */
    static Tensor run(Kernel.Reduce kernel, long[] shape, long mask, boolean keepDim, Tensor... in) {
        View[] views = new View[in.length];
        for (int i = 0; i < in.length; i++) {
            views[i] = in[i].operand(shape);
        }
        return run(kernel, shape, mask, keepDim, views, Launch.NO_SCALARS, in);
    }

    /** The same of what has been broadcast. */
    static Tensor run(
            Kernel.Reduce kernel,
            long[] shape,
            long mask,
            boolean keepDim,
            View[] views,
            long[] scalars,
            Tensor... in) {
        Tensor out = Tensor.empty(in[0].device(), DType.of(kernel.outputType()), Axes.reduced(shape, mask, keepDim));
        long[] kept = Axes.reduced(shape, mask, true);
        View target = new View(out.storage().buffer(), kept, Axes.contiguous(kept), 0);
        Launcher.run(kernel, shape, mask, views, new View[] {target}, scalars, out, in);
        return out;
    }

    /** A reduced tensor seen with the reduced axes at size 1, and repeated along them. */
    static Tensor expandBack(Tensor reduced, long[] shape, long mask) {
        return reduced.reshape(Axes.reduced(shape, mask, true)).expand(shape);
    }

    static Tensor sum(Tensor x) {
        return sum("SumBackward0", x, ReductionOps.ALL, false);
    }

    static Tensor sum(Tensor x, int[] axes, boolean keepDim) {
        return sum("SumBackward1", x, axes, keepDim);
    }

    private static Tensor sum(String gradName, Tensor x, int[] axes, boolean keepDim) {
        x.checkOpen("sum");
        long[] shape = x.sizes();
        long mask = Axes.mask("sum", axes, shape.length);
        Kernel.Reduce kernel = switch (x.dtype()) {
            case FLOAT32 -> SUM;
            case INT64 -> SUM_I64;
            case BOOL -> SUM_BOOL;
        };
        return Tape.record(
                gradName,
                run(kernel, shape, mask, keepDim, x),
                new Tensor[] {x},
                (i, g, saved) -> expandBack(g, shape, mask));
    }

    static Tensor mean(Tensor x) {
        return mean("MeanBackward0", x, ReductionOps.ALL, false);
    }

    static Tensor mean(Tensor x, int[] axes, boolean keepDim) {
        return mean("MeanBackward1", x, axes, keepDim);
    }

    private static Tensor mean(String gradName, Tensor x, int[] axes, boolean keepDim) {
        requireFloat("mean", x);
        long[] shape = x.sizes();
        long mask = Axes.mask("mean", axes, shape.length);
        double count = Axes.count(shape, mask);
        Tensor sum = run(SUM, shape, mask, keepDim, x);
        Tensor mean = sum.div(count);
        sum.close();
        double share = Math.max(1, count); // an empty tensor's gradient is empty, and so is its gradient, not NaN
        return Tape.record(gradName, mean, new Tensor[] {x}, (i, g, saved) -> expandBack(g.div(share), shape, mask));
    }

    static void requireFloat(String operation, Tensor x) {
        x.checkOpen(operation);
        if (x.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException(
                    operation + ": only FLOAT32 tensors, this is " + x.dtype() + "; use to(DType.FLOAT32)");
        }
    }

    static Tensor prod(Tensor x) {
        return prod("ProdBackward0", x, ReductionOps.ALL, false);
    }

    static Tensor prod(Tensor x, int axis, boolean keepDim) {
        return prod("ProdBackward1", x, new int[] {axis}, keepDim);
    }

    private static Tensor prod(String gradName, Tensor x, int[] axes, boolean keepDim) {
        x.checkOpen("prod");
        if (x.dtype() == DType.BOOL) {
            return prod(gradName, x.to(DType.INT64), axes, keepDim);
        }
        long[] shape = x.sizes();
        long mask = Axes.mask("prod", axes, shape.length);
        Kernel.Reduce kernel = x.dtype() == DType.FLOAT32 ? PROD : PROD_I64;
        return Tape.recordWithOutput(
                gradName,
                run(kernel, shape, mask, keepDim, x),
                new Tensor[] {x},
                (i, g, saved) -> prodGradient(g, saved.get(0), saved.get(1), mask),
                x);
    }

    /** The product of the others: y/x, or without a division where that would be 0/0. {@code mask} is one axis or all. */
    private static Tensor prodGradient(Tensor g, Tensor x, Tensor y, long mask) {
        if (x.dim() == 0) {
            return g;
        }
        long[] kept = Axes.reduced(x.sizes(), mask, true);
        if (x.detach().eq(0.0).any().item() == 0) {
            return y.reshape(kept).div(x).mul(g.reshape(kept));
        }
        boolean one = Long.bitCount(mask) == 1;
        int axis = one ? Long.numberOfTrailingZeros(mask) : 0;
        Tensor row = one ? x : x.reshape(-1);
        Tensor before = productsBefore(row, axis);
        Tensor after = productsBefore(row.flip(axis), axis).flip(axis);
        return before.mul(after).reshape(x.sizes()).mul(g.reshape(kept));
    }

    /**
     * {@code y_i = x_0 * ... * x_(i - 1)} along an axis that is not empty. Where this is recorded for a second derivative, it
     * is made of products that have derivatives: of 1, 2, 4, ... neighbours, log2(n) passes (Hillis and Steele 1986).
     */
    private static Tensor productsBefore(Tensor x, int axis) {
        long[] first = x.sizes().clone();
        first[axis] = 1;
        Tensor one = TensorFactory.full(Shape.wrap(first), 1, DType.FLOAT32, x.device());
        Tensor y = Joining.cat(axis, one, x.slice(axis, 0, x.size(axis) - 1));
        if (!Tape.records(y)) {
            return scan(ReduceOp.PROD, y, axis);
        }
        long n = y.size(axis);
        for (long d = 1; d < n; d *= 2) {
            Tensor more = y.slice(axis, d, n).mul(y.slice(axis, 0, n - d));
            y = Joining.cat(axis, y.slice(axis, 0, d), more);
        }
        return y;
    }

    /** A mask as a list; all axes of a single number are none. */
    static int[] axes(long mask) {
        int[] axes = new int[Long.bitCount(mask)];
        for (int i = 0, n = 0; n < axes.length; i++) {
            if ((mask >> i & 1) != 0) {
                axes[n++] = i;
            }
        }
        return axes;
    }

    static Tensor cumsum(Tensor x, int axis) {
        x.checkOpen("cumsum");
        int a = Axes.checked("cumsum", axis, x.dim());
        Tensor in = x.dtype() == DType.BOOL ? x.to(DType.INT64) : x;
        Tensor out = x.dim() == 0 ? in.detach().clone() : scan(ReduceOp.SUM, in.detach(), a);
        return Tape.record(
                "CumsumBackward0",
                out,
                new Tensor[] {x},
                (i, g, saved) -> g.dim() == 0 ? g : g.flip(a).cumsum(a).flip(a));
    }

    /** Running sums or products along an axis of a tensor that has axes. Records nothing. */
    private static Tensor scan(ReduceOp op, Tensor x, int axis) {
        Tensor out = Tensor.empty(x.device(), x.dtype(), x.sizes());
        int[] order = new int[x.dim()]; // that axis last, the others as they were
        for (int k = 0; k < order.length; k++) {
            order[k] = k == order.length - 1 ? axis : k < axis ? k : k + 1;
        }
        Tensor in = x.detach().permute(order);
        View[] inputs = {in.operand()};
        View[] outputs = {out.permute(order).operand()};
        Kernel kernel = new Kernel.Scan(x.dtype().type(), op);
        Launcher.run(kernel, in.sizes(), 0, inputs, outputs, Launch.NO_SCALARS, out, in);
        return out;
    }
}
