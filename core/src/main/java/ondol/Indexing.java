package ondol;

import java.util.Arrays;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;

/** gather, scatterAdd, indexSelect: one kernel each, with the axis moved to the end. */
final class Indexing {
    private Indexing() {}

    static Tensor gather(Tensor x, int axis, Tensor indices) {
        int a = check("gather", x, axis, indices);
        long[] shape = x.sizes();
        return Tape.record(
                "GatherBackward0",
                taken(x, a, indices),
                new Tensor[] {x},
                (i, g, saved) -> scatterAdd(shape, a, saved.get(0), g),
                indices);
    }

    /** A tensor's view, with one axis if it is a single number. */
    private static View view(Tensor t) {
        return t.dim() == 0 ? t.operand(new long[] {1}) : t.operand();
    }

    /** The part of x that the indices can reach: all along the axis, cut elsewhere. */
    private static View leading(Tensor x, int axis, Tensor indices) {
        View whole = view(x);
        long[] cut = view(indices).shape().clone();
        cut[axis] = whole.shape()[axis];
        return new View(whole.buffer(), cut, whole.strides(), whole.offset());
    }

    /** The elements at indices which are known to be right. Records nothing. */
    static Tensor taken(Tensor x, int axis, Tensor indices) {
        Tensor out = Tensor.empty(x.device(), x.dtype(), indices.sizes());
        if (indices.numel() != 0) {
            View index = last(view(indices), axis);
            View[] in = {last(leading(x, axis, indices), axis), index};
            View[] outs = {last(view(out), axis)};
            Kernel kernel = new Kernel.Gather(x.dtype().type());
            Launcher.run(kernel, index.shape(), 0, in, outs, Launch.NO_SCALARS, out, Arrays.asList(x, indices));
        }
        return out;
    }

    /** A view with one axis moved to the end. */
    private static View last(View v, int axis) {
        long[] shape = v.shape().clone();
        long[] strides = v.strides().clone();
        int n = shape.length - 1;
        for (int i = axis; i < n; i++) {
            shape[i] = v.shape()[i + 1];
            strides[i] = v.strides()[i + 1];
        }
        shape[n] = v.shape()[axis];
        strides[n] = v.strides()[axis];
        return new View(v.buffer(), shape, strides, v.offset());
    }

    static Tensor scatterAdd(Tensor x, int axis, Tensor indices, Tensor source) {
        Pointwise.sameDevice("scatterAdd", x, source);
        if (source.dtype() != x.dtype()) {
            throw new IllegalArgumentException("scatterAdd: the source is " + source.dtype() + ", the tensor "
                    + x.dtype() + "; both must have one type: use to(DType." + x.dtype() + ")");
        }
        int a = check("scatterAdd", x, axis, indices);
        if (x.dtype() == DType.BOOL) {
            return scatterAdd(x.to(DType.INT64), axis, indices, source.to(DType.INT64))
                    .to(DType.BOOL);
        }
        Tensor part = indices.numel() == 0 ? source : leading(source, indices);
        long[] sizes = part.sizes();
        Tensor out = x.detach().clone();
        add(out, a, indices, part);
        return Tape.record(
                "ScatterAddBackward0",
                out,
                new Tensor[] {x, part},
                Node.reading(i -> i, (i, g, saved) -> { // the source's gradient reads the indices
                    if (i == 0) {
                        return g;
                    }
                    Tensor read = gather(g, a, saved.get(0));
                    return Arrays.equals(sizes, read.sizes())
                            ? read
                            : read.sum().expand(sizes); // of nothing: 0
                }),
                indices);
    }

    /** The part of a source that is added: as far as there are indices. */
    private static Tensor leading(Tensor source, Tensor indices) {
        boolean fits = Math.max(1, source.dim()) == Math.max(1, indices.dim());
        for (int i = 0; fits && i < source.dim(); i++) {
            fits = view(indices).shape()[i] <= source.sizes()[i];
        }
        if (!fits) {
            throw new IllegalArgumentException("scatterAdd: source of shape " + source.shape()
                    + " and indices of shape " + indices.shape() + "; there must be a source element for each index");
        }
        Tensor part = source;
        for (int i = 0; i < source.dim(); i++) {
            long size = view(indices).shape()[i];
            part = size < source.sizes()[i] ? Views.slice(part, i, 0, size, 1) : part;
        }
        return part.dim() == indices.dim() ? part : part.reshape(indices.sizes());
    }

    /** Zeros of {@code shape} with {@code source} added at the indices, which are known to be right. */
    static Tensor scatterAdd(long[] shape, int axis, Tensor indices, Tensor source) {
        Tensor out = TensorFactory.full(Shape.wrap(shape), 0, source.dtype(), source.device());
        add(out, axis, indices, source);
        return Tape.record(
                "ScatterAddBackward0",
                out,
                new Tensor[] {source},
                (i, g, saved) -> gather(g, axis, saved.get(0)),
                indices);
    }

    private static void add(Tensor out, int axis, Tensor indices, Tensor source) {
        if (indices.numel() != 0) {
            View index = last(view(indices), axis);
            View[] in = {index, last(view(source), axis)};
            View[] outs = {last(leading(out, axis, indices), axis)};
            Kernel kernel = new Kernel.ScatterAdd(out.dtype().type());
            Launcher.run(kernel, index.shape(), 0, in, outs, Launch.NO_SCALARS, out, Arrays.asList(indices, source));
        }
    }

    static Tensor indexSelect(Tensor x, int axis, Tensor indices) {
        Pointwise.sameDevice("indexSelect", x, indices);
        checkIndexType("indexSelect", indices);
        if (indices.dim() > 1) {
            throw new IllegalArgumentException(
                    "indexSelect: indices of shape " + indices.shape() + "; they must be a vector: use flatten()");
        }
        int a = Axes.checked("indexSelect", axis, x.dim());
        if (x.dim() == 0 && indices.numel() != 1) {
            throw new IllegalArgumentException("indexSelect: " + indices.numel()
                    + " indices on a single number; give one, or use reshape(1) first");
        }
        checkBounds("indexSelect", indices, view(x).shape()[a]);
        long[] sizes = x.sizes().clone();
        long[] column = new long[sizes.length];
        Arrays.fill(column, 1);
        if (x.dim() > 0) {
            sizes[a] = indices.numel();
            column[a] = sizes[a];
        }
        Tensor everywhere = indices.reshape(column).expand(sizes); // repeated by stride 0
        long[] shape = x.sizes();
        return Tape.record(
                "IndexSelectBackward0",
                taken(x, a, everywhere),
                new Tensor[] {x},
                (i, g, saved) -> scatterAdd(shape, a, saved.get(0), g),
                everywhere);
    }

    /** The axis, after all checks of the indices. Without any, their type and shape do not matter, as in PyTorch. */
    private static int check(String operation, Tensor x, int axis, Tensor indices) {
        Pointwise.sameDevice(operation, x, indices);
        int a = Axes.checked(operation, axis, x.dim());
        if (indices.numel() == 0) {
            return a;
        }
        checkIndexType(operation, indices);
        if (Math.max(1, indices.dim()) != Math.max(1, x.dim())) {
            throw new IllegalArgumentException(operation + ": indices of shape " + indices.shape() + " on " + x.shape()
                    + "; both must have as many axes");
        }
        for (int i = 0; i < x.dim(); i++) {
            if (i != a && indices.sizes()[i] > x.sizes()[i]) {
                throw new IllegalArgumentException(operation + ": indices of shape " + indices.shape() + " on "
                        + x.shape() + ": axis " + i + " is longer than the tensor's; use at most " + x.sizes()[i]);
            }
        }
        checkBounds(operation, indices, view(x).shape()[a]);
        return a;
    }

    private static void checkIndexType(String operation, Tensor indices) {
        if (indices.dtype() != DType.INT64) {
            throw new IllegalArgumentException(
                    operation + ": indices are " + indices.dtype() + "; they must be INT64: use to(DType.INT64)");
        }
    }

    /** Whether all indices are from 0 to n - 1; there must be some. */
    static boolean isWithin(Tensor indices, long n) {
        long[] bounds = indices.storage().bounds(indices);
        return bounds[0] >= 0 && bounds[1] < n;
    }

    /** Fails unless all indices are from 0 to n - 1. The range found is remembered until the indices change. */
    static void checkBounds(String operation, Tensor indices, long n) {
        if (indices.numel() == 0) {
            return;
        }
        if (!isWithin(indices, n)) {
            long[] bounds = indices.storage().bounds(indices);
            long wrong = bounds[0] < 0 ? bounds[0] : bounds[1];
            throw new IndexOutOfBoundsException(operation + ": index " + wrong + " is out of range for an axis of size "
                    + n + (n == 0 ? "; there is nothing to choose from" : "; indices go from 0 to " + (n - 1)));
        }
    }
}
