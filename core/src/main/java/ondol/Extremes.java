package ondol;

import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** max, min, argmax, argmin, any, all. */
final class Extremes {
    private static final Kernel.Reduce ANY = new Kernel.Reduce(Expr.input(0, Type.BOOL), ReduceOp.MAX);
    private static final Kernel.Reduce ALL = new Kernel.Reduce(Expr.input(0, Type.BOOL), ReduceOp.MIN);

    private Extremes() {}

    private static Tensor reduce(Tensor x, ReduceOp op, long mask, boolean keepDim) {
        Kernel.Reduce kernel = new Kernel.Reduce(Expr.input(0, x.dtype().type()), op);
        return Reductions.run(kernel, x.sizes(), mask, keepDim, x);
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
        return shared(x, ReductionOps.ALL, false, max, name, max ? "MaxBackward1" : "MinBackward1");
    }

    static Tensor over(Tensor x, int[] axes, boolean keepDim, boolean max) {
        String name = max ? "amax" : "amin";
        return shared(x, axes, keepDim, max, name, max ? "AmaxBackward0" : "AminBackward0");
    }

    private static Tensor shared(Tensor x, int[] axes, boolean keepDim, boolean max, String name, String gradName) {
        long[] shape = x.sizes();
        long mask = Axes.mask(name, axes, shape.length);
        checkNotEmpty(name, x, mask);
        Tensor y = reduce(x, max ? ReduceOp.MAX : ReduceOp.MIN, mask, keepDim);
        return Tape.recordWithOutput(
                gradName, y, new Tensor[] {x}, (i, g, saved) -> share(g, saved.get(0), saved.get(1), shape, mask), x);
    }

    /** The gradient, in equal parts to the elements that equal the extreme. */
    static Tensor share(Tensor g, Tensor x, Tensor y, long[] shape, long mask) {
        long[] kept = Axes.reduced(shape, mask, true);
        Tensor extreme = y.detach().reshape(kept);
        Tensor hits = x.detach().eq(extreme).logicalOr(x.detach().isNaN().logicalAnd(extreme.isNaN()));
        Tensor count = Reductions.run(
                new Kernel.Reduce(Expr.input(0, Type.BOOL).to(Type.F32), ReduceOp.SUM), shape, mask, true, hits);
        return hits.choose(g.reshape(kept).div(count), g.constant(0));
    }

    static ValuesAndIndices along(Tensor x, int axis, boolean keepDim, boolean max) {
        String name = max ? "max" : "min";
        long[] shape = x.sizes();
        long mask = Axes.mask(name, new int[] {axis}, shape.length);
        checkNotEmpty(name, x, mask);
        Tensor values = reduce(x, max ? ReduceOp.MAX : ReduceOp.MIN, mask, keepDim);
        Tensor indices = reduce(x, max ? ReduceOp.ARGMAX : ReduceOp.ARGMIN, mask, keepDim);
        int a = Axes.checked(name, axis, shape.length);
        Tape.record(
                max ? "MaxBackward0" : "MinBackward0",
                values,
                new Tensor[] {x},
                (i, g, saved) -> {
                    if (shape.length == 0) {
                        return g;
                    }
                    long[] kept = Axes.reduced(shape, mask, true);
                    return Indexing.scatterAdd(shape, a, saved.get(0).reshape(kept), g.reshape(kept));
                },
                indices);
        return new ValuesAndIndices(values, indices);
    }

    static Tensor arg(Tensor x, int[] axes, boolean keepDim, boolean max) {
        String name = max ? "argmax" : "argmin";
        long mask = Axes.mask(name, axes, x.dim());
        checkNotEmpty(name, x, mask);
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
