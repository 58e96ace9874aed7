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
        Tensor out = Tensor.empty(in[0].device(), DType.of(kernel.outputType()), Axes.reduced(shape, mask, keepDim));
        long[] kept = Axes.reduced(shape, mask, true);
        View[] views = new View[in.length];
        for (int i = 0; i < in.length; i++) {
            views[i] = in[i].operand(shape);
        }
        View target = new View(out.storage().buffer, kept, Axes.contiguous(kept), 0);
        Launcher.run(kernel, shape, mask, views, new View[] {target}, Launch.NO_SCALARS, out, in);
        return out;
    }

    /** A reduced tensor seen with the reduced axes at size 1, and repeated along them. */
    static Tensor expandBack(Tensor reduced, long[] shape, long mask) {
        return reduced.reshape(Axes.reduced(shape, mask, true)).expand(shape);
    }

    static Tensor sum(Tensor x, int[] axes, boolean keepDim) {
        x.checkOpen("sum");
        long[] shape = x.sizes();
        long mask = Axes.mask("sum", axes, shape.length);
        Kernel.Reduce kernel = switch (x.dtype()) {
            case FLOAT32 -> SUM;
            case INT64 -> SUM_I64;
            case BOOL -> SUM_BOOL;
        };
        String name = axes.length == 0 ? "SumBackward0" : "SumBackward1";
        return Tape.record(
                name,
                run(kernel, shape, mask, keepDim, x),
                new Tensor[] {x},
                (i, g, saved) -> expandBack(g, shape, mask));
    }

    static Tensor mean(Tensor x, int[] axes, boolean keepDim) {
        requireFloat("mean", x);
        long[] shape = x.sizes();
        long mask = Axes.mask("mean", axes, shape.length);
        double count = Axes.count(shape, mask);
        Tensor sum = run(SUM, shape, mask, keepDim, x);
        Tensor mean = sum.div(count);
        sum.close();
        String name = axes.length == 0 ? "MeanBackward0" : "MeanBackward1";
        return Tape.record(name, mean, new Tensor[] {x}, (i, g, saved) -> expandBack(g.div(count), shape, mask));
    }

    static void requireFloat(String operation, Tensor x) {
        x.checkOpen(operation);
        if (x.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException(
                    operation + ": only FLOAT32 tensors, this is " + x.dtype() + "; use to(DType.FLOAT32)");
        }
    }

    static Tensor prod(Tensor x, int[] axes, boolean keepDim) {
        x.checkOpen("prod");
        if (x.dtype() == DType.BOOL) {
            return prod(x.to(DType.INT64), axes, keepDim);
        }
        long[] shape = x.sizes();
        long mask = Axes.mask("prod", axes, shape.length);
        Kernel.Reduce kernel = x.dtype() == DType.FLOAT32 ? PROD : PROD_I64;
        String name = axes.length == 0 ? "ProdBackward0" : "ProdBackward1";
        return Tape.record(
                name,
                run(kernel, shape, mask, keepDim, x),
                new Tensor[] {x},
                (i, g, saved) -> prodGradient(g, saved.get(0), shape, mask),
                x);
    }

    /** The product of the others: with no zero p/x, with one zero p at that place, else 0 (p: product without zeros). */
    private static Tensor prodGradient(Tensor g, Tensor x, long[] shape, long mask) {
        int[] axes = axes(mask);
        Tensor isZero = x.eq(0.0);
        if (Context.current().recording && isZero.any().item() != 0) {
            return productsOfOthers(x, shape, mask).mul(g.reshape(Axes.reduced(shape, mask, true)));
        }
        Tensor zeros = run(SUM_BOOL, shape, mask, true, isZero);
        Tensor p = prod(x.maskedFill(isZero, 1), axes, true);
        Tensor none = x.constant(0);
        Tensor others = isZero.choose(zeros.eq(1L).choose(p, none), zeros.eq(0L).choose(p.div(x), none));
        return others.mul(g.reshape(Axes.reduced(shape, mask, true)));
    }

    /** The same, differentiable where x is 0: n * n factors for n elements. {@code mask} is one axis or all. */
    private static Tensor productsOfOthers(Tensor x, long[] shape, long mask) {
        boolean one = shape.length > 1 && Long.bitCount(mask) == 1;
        int axis = one ? Long.numberOfTrailingZeros(mask) : -1;
        Tensor rows = one ? x.transpose(axis, -1) : x.reshape(-1);
        long n = rows.size(-1);
        Tensor itself = TensorFactory.eye(n).to(x.device()).to(DType.BOOL);
        Tensor others = prod(rows.unsqueeze(-2).maskedFill(itself, 1), new int[] {-1}, false);
        return one ? others.transpose(axis, -1) : others.reshape(shape);
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
        Tensor out = x.dim() == 0 ? in.detach().clone() : scan(in.detach(), a);
        return Tape.record(
                "CumsumBackward0",
                out,
                new Tensor[] {x},
                (i, g, saved) -> g.dim() == 0 ? g : g.flip(a).cumsum(a).flip(a));
    }

    /** Sums of 1, 2, 4, ... neighbours: log2(n) passes (Hillis and Steele 1986). */
    private static Tensor scan(Tensor x, int axis) {
        long n = x.sizes()[axis];
        try (Scope scope = Scope.open()) {
            Tensor sums = x;
            for (long d = 1; d < n; d *= 2) {
                Tensor next = Tensor.empty(x.device(), x.dtype(), x.sizes());
                Copies.copyNew(sums.slice(axis, 0, d), next.slice(axis, 0, d));
                Tensor more = sums.slice(axis, d, n).add(sums.slice(axis, 0, n - d));
                Copies.copyNew(more, next.slice(axis, d, n));
                sums = next;
            }
            return scope.keep(sums == x ? x.clone() : sums);
        }
    }
}
