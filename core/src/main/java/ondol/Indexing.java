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
        if (x.dim() == 0) {
            return gather(x.reshape(1), 0, indices.reshape(1)).reshape();
        }
        for (int i = 0; i < x.dim(); i++) {
            if (i != a && indices.sizes()[i] > x.sizes()[i]) {
                throw new IllegalArgumentException("gather: indices of shape " + indices.shape() + " on " + x.shape()
                        + ": axis " + i + " is longer than the tensor's; use at most " + x.sizes()[i]);
            }
        }
        checkBounds("gather", indices, x.sizes()[a]);
        Tensor out = Tensor.empty(x.device(), x.dtype(), indices.sizes());
        run(new Kernel.Gather(x.dtype().type()), a, leading(x, a, indices.sizes()), indices, out);
        long[] shape = x.sizes();
        return Tape.record(
                "GatherBackward0",
                out,
                new Tensor[] {x},
                (i, g, saved) -> scatterAdd(shape, a, saved.get(0), g),
                indices);
    }

    /** The part of x that an index of the given sizes can reach: all along the axis, cut elsewhere. */
    private static View leading(Tensor x, int axis, long[] sizes) {
        long[] cut = sizes.clone();
        cut[axis] = x.sizes()[axis];
        return new View(x.storage().buffer, cut, x.strideArray(), x.storageOffset());
    }

    private static void run(Kernel kernel, int axis, View source, Tensor indices, Tensor out) {
        View index = last(indices.operand(), axis);
        View[] in = {last(source, axis), index};
        View[] outs = {last(out.operand(), axis)};
        if (source.size() != 0) {
            Launcher.run(kernel, index.shape(), 0, in, outs, Launch.NO_SCALARS, out, indices);
        }
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
        int a = check("scatterAdd", x, axis, indices);
        Pointwise.sameDevice("scatterAdd", x, source);
        if (!Arrays.equals(indices.sizes(), source.sizes()) || source.dtype() != x.dtype()) {
            throw new IllegalArgumentException("scatterAdd: " + source.dtype() + " source of shape " + source.shape()
                    + " and indices of shape " + indices.shape() + " for " + x.dtype()
                    + "; source and indices must have one shape, source and tensor one type");
        }
        if (x.dtype() == DType.BOOL) {
            throw new IllegalArgumentException("scatterAdd: not defined on BOOL; use to(DType.INT64)");
        }
        if (x.dim() == 0) {
            return scatterAdd(x.reshape(1), 0, indices.reshape(1), source.reshape(1))
                    .reshape();
        }
        for (int i = 0; i < x.dim(); i++) {
            if (i != a && indices.sizes()[i] > x.sizes()[i]) {
                throw new IllegalArgumentException("scatterAdd: indices of shape " + indices.shape() + " on "
                        + x.shape() + ": axis " + i + " is longer than the tensor's; use at most " + x.sizes()[i]);
            }
        }
        checkBounds("scatterAdd", indices, x.sizes()[a]);
        Tensor out = x.detach().clone();
        add(out, a, indices, source);
        return Tape.record(
                "ScatterAddBackward0",
                out,
                new Tensor[] {x, source},
                (i, g, saved) -> i == 0 ? g : gather(g, a, saved.get(0)),
                indices);
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
        View index = last(indices.operand(), axis);
        View[] in = {index, last(source.operand(), axis)};
        View[] outs = {last(leading(out, axis, indices.sizes()), axis)};
        if (index.size() != 0) {
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
        if (x.dim() == 0) {
            return indexSelect(x.reshape(1), 0, indices).reshape();
        }
        int a = Axes.checked("indexSelect", axis, x.dim());
        checkBounds("indexSelect", indices, x.sizes()[a]);
        long[] sizes = x.sizes().clone();
        sizes[a] = indices.numel();
        long[] column = new long[sizes.length];
        Arrays.fill(column, 1);
        column[a] = sizes[a];
        Tensor everywhere = indices.reshape(column).expand(sizes); // repeated by stride 0
        Tensor out = Tensor.empty(x.device(), x.dtype(), sizes);
        run(new Kernel.Gather(x.dtype().type()), a, leading(x, a, sizes), everywhere, out);
        long[] shape = x.sizes();
        return Tape.record(
                "IndexSelectBackward0",
                out,
                new Tensor[] {x},
                (i, g, saved) -> scatterAdd(shape, a, saved.get(0), g),
                everywhere);
    }

    private static int check(String operation, Tensor x, int axis, Tensor indices) {
        Pointwise.sameDevice(operation, x, indices);
        checkIndexType(operation, indices);
        if (indices.dim() != x.dim()) {
            throw new IllegalArgumentException(operation + ": indices of shape " + indices.shape() + " on " + x.shape()
                    + "; both must have as many axes");
        }
        return Axes.checked(operation, axis, x.dim());
    }

    private static void checkIndexType(String operation, Tensor indices) {
        if (indices.dtype() != DType.INT64) {
            throw new IllegalArgumentException(
                    operation + ": indices are " + indices.dtype() + "; they must be INT64: use to(DType.INT64)");
        }
    }

    /** Fails unless all indices are from 0 to n - 1. What was checked is remembered until the indices change. */
    static void checkBounds(String operation, Tensor indices, long n) {
        if (indices.numel() == 0) {
            return;
        }
        long[] bounds = indices.storage().bounds(indices);
        if (bounds[0] < 0 || bounds[1] >= n) {
            long wrong = bounds[0] < 0 ? bounds[0] : bounds[1];
            throw new IndexOutOfBoundsException(operation + ": index " + wrong + " is out of range for an axis of size "
                    + n + (n == 0 ? "; there is nothing to choose from" : "; indices go from 0 to " + (n - 1)));
        }
    }
}
