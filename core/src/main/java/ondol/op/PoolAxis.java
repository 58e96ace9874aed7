package ondol.op;

import java.util.Arrays;
import ondol.DType;
import ondol.Shape;
import ondol.Tensor;

/**
 * The windows along one axis. Window o has the places {@code o stride - padding + k dilation} for k below {@code kernel}. An
 * uneven one has those from {@code floor(o size / windows)} to below {@code ceil((o + 1) size / windows)}, at most {@code kernel}.
 *
 * @param size the axis's size
 * @param windows how many there are
 * @param even false for windows of adaptive pooling where their number does not divide the size
 */
record PoolAxis(long size, long windows, long kernel, long stride, long dilation, long padding, boolean even) {
    static PoolAxis adaptive(long size, long windows) {
        if (size % windows == 0) {
            return new PoolAxis(size, windows, size / windows, size / windows, 1, 0, true);
        }
        PoolAxis axis = new PoolAxis(size, windows, 0, 1, 1, 0, false);
        long longest = 0;
        for (long o = 0; o < windows; o++) {
            longest = Math.max(longest, axis.end(o) - axis.start(o));
        }
        return new PoolAxis(size, windows, longest, 1, 1, 0, false);
    }

    /** The first place of a window, which may be in the padding. */
    long start(long window) {
        return even ? window * stride - padding : window * size / windows;
    }

    /** One more than the last place of a window, which may be beyond the input. */
    long end(long window) {
        return even ? start(window) + (kernel - 1) * dilation + 1 : ((window + 1) * size + windows - 1) / windows;
    }

    /** The first place of a window that is in the input. */
    long first(long window) {
        long start = start(window);
        return start >= 0 ? start : Math.floorMod(start, dilation);
    }

    /** Whether each window has an element of the input: a dilation may lead from the padding before it to that behind it. */
    boolean everyWindowHasElements() {
        if (dilation <= size) {
            return true;
        }
        for (long window = 0; window < windows && start(window) < 0; window++) {
            if (first(window) >= size) {
                return false;
            }
        }
        return true;
    }

    /** How many elements of a window are averaged. */
    long count(long window, boolean includePadding) {
        long before = includePadding ? padding : 0;
        return Math.min(end(window), size + before) - Math.max(start(window), -before);
    }

    /** The windows on a new last axis; beyond the input there is {@code fill}, but uneven ones repeat their last element. */
    Tensor windows(Tensor x, int axis, double fill) {
        if (!even) {
            long[] places = places(x, true);
            return split(chosen(x, axis, places), axis);
        }
        return padded(x, axis, fill)
                .slice(axis, 0, reach())
                .unfold(axis, (kernel - 1) * dilation + 1, stride)
                .slice(-1, 0, (kernel - 1) * dilation + 1, dilation);
    }

    /** The sums of windows, which have no dilation; zeros beyond the input. */
    Tensor sums(Tensor x, int axis) {
        if (even) {
            return windows(x, axis, 0).sum(-1);
        }
        return split(chosen(longer(axis, x.dim(), 0, 1, 0).of(x), axis, places(x, false)), axis)
                .sum(-1);
    }

    /** The adjoint of the sums: each element is added to all places of its window. */
    Tensor spread(Tensor g, int axis) {
        long[] sizes = g.shape().toArray();
        sizes[axis] = even ? length() : size + 1;
        Tensor out = Tensor.zeros(Shape.of(sizes), g.dtype(), g.device());
        if (!even) {
            long[] places = places(g, false);
            Tensor repeated = g.unsqueeze(axis + 1);
            long[] expanded = repeated.shape().toArray();
            expanded[axis + 1] = kernel;
            Tensor source = repeated.expand(expanded).flatten(axis, axis + 1);
            long[] column = new long[g.dim()];
            Arrays.fill(column, 1);
            column[axis] = places.length;
            Tensor indices =
                    Tensor.tensor(places).to(g.device()).reshape(column).expandAs(source);
            return out.scatterAdd(axis, indices, source).slice(axis, 0, size);
        }
        if (windows < kernel) {
            for (long o = 0; o < windows; o++) {
                out.slice(axis, o * stride, o * stride + kernel).addInPlace(g.slice(axis, o, o + 1));
            }
        } else {
            for (long k = 0; k < kernel; k++) {
                out.slice(axis, k, k + (windows - 1) * stride + 1, stride).addInPlace(g);
            }
        }
        return out.slice(axis, padding, padding + size);
    }

    /** Elements from the first place of the first window to the last of the last. */
    private long reach() {
        return (windows - 1) * stride + (kernel - 1) * dilation + 1;
    }

    /** The size with the padding, and what the last window needs beyond it. */
    long length() {
        return Math.max(padding + size, reach());
    }

    private Tensor padded(Tensor x, int axis, double fill) {
        long high = length() - padding - size;
        return padding + high == 0
                ? x
                : longer(axis, x.dim(), padding, high, fill).of(x);
    }

    private static LinearMap longer(int axis, int axes, long low, long high, double fill) {
        long[] lows = new long[axes - axis];
        long[] highs = new long[axes - axis];
        lows[0] = low;
        highs[0] = high;
        return new ConstantPadding(lows, highs, fill);
    }

    /** The places of uneven windows; where one is shorter than others, its last place again, or one beyond the end. */
    private long[] places(Tensor like, boolean repeated) {
        Shape shape = Shape.of(windows, kernel);
        Tensor.empty(shape, DType.INT64, like.device()).close(); // is there room?
        long[] places = new long[Math.toIntExact(shape.numel())];
        Arrays.setAll(places, i -> {
            long place = start(i / kernel) + i % kernel;
            long end = end(i / kernel);
            return place < end ? place : repeated ? end - 1 : size;
        });
        return places;
    }

    private static Tensor chosen(Tensor x, int axis, long[] places) {
        return x.indexSelect(axis, Tensor.tensor(places).to(x.device()));
    }

    /** Windows side by side along an axis, as windows on a new last axis. */
    private Tensor split(Tensor t, int axis) {
        long[] sizes = t.shape().toArray();
        long[] cut = new long[sizes.length + 1];
        int[] order = new int[cut.length];
        for (int i = 0; i < sizes.length; i++) {
            int to = i <= axis ? i : i + 1;
            cut[to] = sizes[i];
            order[i] = to;
        }
        cut[axis] = windows;
        cut[axis + 1] = kernel;
        order[sizes.length] = axis + 1;
        return t.view(cut).permute(order);
    }
}
