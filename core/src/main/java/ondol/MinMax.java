package ondol;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** max, min, argmax and argmin; also any and all, which are max and min of truth values. */
final class MinMax {
    private static final Kernel.Reduce ANY = new Kernel.Reduce(Expr.input(0, Type.BOOL), ReduceOp.MAX);
    private static final Kernel.Reduce ALL = new Kernel.Reduce(Expr.input(0, Type.BOOL), ReduceOp.MIN);
    private static final Kernel.Reduce LEAST = new Kernel.Reduce(Expr.input(0, Type.I64), ReduceOp.MIN);
    private static final Kernel.Reduce MOST = new Kernel.Reduce(Expr.input(0, Type.I64), ReduceOp.MAX);
    private static final Kernel.Reduce COUNT =
            new Kernel.Reduce(Expr.input(0, Type.BOOL).to(Type.F32), ReduceOp.SUM);

    private MinMax() {}

    private static Tensor reduce(Tensor x, ReduceOp op, long mask, boolean keepDim) {
        Kernel.Reduce kernel = new Kernel.Reduce(Expr.input(0, x.dtype().type()), op);
        return Reductions.run(kernel, x.sizes(), mask, keepDim, x);
    }

    /** The smallest and the largest of an INT64 tensor that is not empty, of which the host waits for both at once. */
    static long[] bounds(Tensor x) {
        long[] shape = x.sizes();
        long all = Axes.mask("bounds", ReductionOps.ALL, shape.length);
        long[] ones = Axes.reduced(shape, all, true);
        Tensor both = Tensor.empty(x.device(), DType.INT64, new long[] {2});
        View[] in = {x.operand()};
        for (int i = 0; i < 2; i++) {
            View[] out = {new View(both.storage().buffer(), ones, Axes.contiguous(ones), i)};
            Launcher.run(i == 0 ? LEAST : MOST, shape, all, in, out, Launch.NO_SCALARS, both, x);
        }
        long[] bounds = both.toLongArray();
        both.close();
        return bounds;
    }

    private static void checkNotEmpty(String operation, Tensor x, long mask) {
        x.checkOpen(operation);
        if (Axes.count(x.sizes(), mask) == 0) {
            throw new IllegalArgumentException(operation + ": a tensor of shape " + x.shape()
                    + " has nothing to choose from; at least one element is needed along the reduced axes");
        }
    }

    static Tensor all(Tensor x, boolean max) {
        String name = max ? "max" : "min";
        long mask = Axes.mask(name, ReductionOps.ALL, x.dim());
        checkNotEmpty(name, x, mask);
        return Tape.recordWithOutput(
                max ? "MaxBackward1" : "MinBackward1",
                reduce(x, max ? ReduceOp.MAX : ReduceOp.MIN, mask, false),
                new Tensor[] {x},
                (i, g, saved) -> {
                    Tensor in = saved.get(0).detach();
                    Tensor y = saved.get(1).detach();
                    Tensor hits = in.eq(y).logicalOr(in.isNaN().logicalAnd(y.isNaN()));
                    return hits.choose(g.div(count(hits, mask)), g.constant(0));
                },
                x);
    }

    static Tensor over(Tensor x, int[] axes, boolean keepDim, boolean max) {
        String name = max ? "amax" : "amin";
        long mask = Axes.mask(name, axes, x.dim());
        checkNotEmpty(name, x, mask);
        return Tape.recordWithOutput(
                max ? "AmaxBackward0" : "AminBackward0",
                reduce(x, max ? ReduceOp.MAX : ReduceOp.MIN, mask, keepDim),
                new Tensor[] {x},
                (i, g, saved) -> {
                    Tensor in = saved.get(0).detach();
                    Tensor y = saved.get(1).detach().reshape(Axes.reduced(in.sizes(), mask, true));
                    return share(g, in.eq(y), mask);
                },
                x);
    }

    /** The gradient in equal parts to the elements that are hit; NaN where none is. */
    static Tensor share(Tensor g, Tensor hits, long mask) {
        Tensor part = g.reshape(Axes.reduced(hits.sizes(), mask, true)).div(count(hits, mask));
        return part.mul(hits);
    }

    private static Tensor count(Tensor hits, long mask) {
        return Reductions.run(COUNT, hits.sizes(), mask, true, hits);
    }

    static ValuesAndIndices along(Tensor x, int axis, boolean keepDim, boolean max) {
        String name = max ? "max" : "min";
        long[] shape = x.sizes();
        long mask = Axes.mask(name, new int[] {axis}, shape.length);
        checkNotEmpty(name, x, mask);
        int a = Axes.checked(name, axis, shape.length);
        long[] kept = Axes.reduced(shape, mask, true);
        long[] sizes = Axes.reduced(shape, mask, keepDim);
        Tensor indices = reduce(x, max ? ReduceOp.ARGMAX : ReduceOp.ARGMIN, mask, keepDim);
        Tensor values = Indexing.taken(x, a, indices.reshape(kept)).reshape(sizes);
        Tape.record(
                max ? "MaxBackward0" : "MinBackward0",
                values,
                new Tensor[] {x},
                (i, g, saved) -> shape.length == 0
                        ? g
                        : Indexing.scatterAdd(shape, a, saved.get(0).reshape(kept), g.reshape(kept)),
                indices);
        return new ValuesAndIndices(values, indices);
    }

    static Tensor arg(Tensor x, int[] axes, boolean keepDim, boolean max) {
        String name = max ? "argmax" : "argmin";
        long mask = Axes.mask(name, axes, x.dim());
        checkNotEmpty(name, x, mask);
        if (x.dtype() == DType.BOOL) {
            throw new IllegalArgumentException(name + ": not defined on BOOL; use to(DType.INT64)");
        }
        return reduce(x, max ? ReduceOp.ARGMAX : ReduceOp.ARGMIN, mask, keepDim);
    }

    static Tensor anyOrAll(Tensor x, int[] axes, boolean keepDim, boolean any) {
        String name = any ? "any" : "all";
        x.checkOpen(name);
        long mask = Axes.mask(name, axes, x.dim());
        if (Axes.count(x.sizes(), mask) == 0) {
            Shape shape = Shape.wrap(Axes.reduced(x.sizes(), mask, keepDim));
            return TensorFactory.full(shape, any ? 0 : 1, DType.BOOL, x.device());
        }
        Tensor truth = x.dtype() == DType.BOOL ? x : x.detach().to(DType.BOOL);
        return Reductions.run(any ? ANY : ALL, x.sizes(), mask, keepDim, truth);
    }
}
