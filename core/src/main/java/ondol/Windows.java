package ondol;

/** unfold: windows that may overlap, seen without a copy; and its adjoint, which adds up where they do. */
final class Windows {
    private static final String UNFOLD = "UnfoldBackward0";
    private static final String FOLD = "UnfoldBackwardBackward0";

    private Windows() {}

    static Tensor unfold(Tensor t, int axis, long size, long step) {
        t.checkOpen("unfold");
        int a = Axes.checked("unfold", axis, t.dim());
        long n = t.dim() == 0 ? 1 : t.sizes()[a];
        if (size < 0 || size > n) {
            throw new IllegalArgumentException("unfold: windows of " + size + " elements along axis " + axis + " of "
                    + t.shape() + ", which has " + n + "; use a size from 0 to " + n);
        }
        if (step <= 0) {
            throw new IllegalArgumentException(
                    "unfold: a step of " + step + "; a window must begin 1 or more elements after the one before it");
        }
        return unfold(UNFOLD, t, a, size, step);
    }

    private static Tensor unfold(String gradName, Tensor t, int axis, long size, long step) {
        long[] sizes = t.sizes();
        Tensor windows = sizes.length == 0
                ? t.window(new long[] {size}, new long[] {1}, t.storageOffset())
                : windows(t, axis, 0, (sizes[axis] - size) / step + 1, size, step);
        return Tape.record(gradName, windows, new Tensor[] {t}, (i, g, saved) -> fold(g, sizes, axis, size, step))
                .viewOf(t);
    }

    /** {@code count} windows along an axis, the first at {@code from}, on a new last axis. */
    private static Tensor windows(Tensor t, int axis, long from, long count, long size, long step) {
        int n = t.dim();
        long[] sizes = new long[n + 1];
        long[] strides = new long[n + 1];
        System.arraycopy(t.sizes(), 0, sizes, 0, n);
        System.arraycopy(t.strideArray(), 0, strides, 0, n);
        sizes[axis] = count;
        sizes[n] = size;
        strides[n] = strides[axis];
        strides[axis] *= step;
        Shape.checked("unfold", sizes);
        return t.window(sizes, strides, t.storageOffset() + from * strides[n]);
    }

    /** Zeros of the whole's shape, to each element of which those of the windows are added, the first window first. */
    private static Tensor fold(Tensor g, long[] sizes, int axis, long size, long step) {
        if (sizes.length == 0) {
            return g.sum();
        }
        Tensor out = TensorFactory.full(Shape.wrap(sizes), 0, g.dtype(), g.device());
        try (var _ = Scope.open()) {
            add(out, g.detach(), axis, size, step);
        }
        return Tape.record(FOLD, out, new Tensor[] {g}, (i, gg, saved) -> unfold(UNFOLD, gg, axis, size, step));
    }

    /** A launch for each window or, if these are fewer, for each run of {@code step} elements of all windows at once. */
    private static void add(Tensor out, Tensor g, int axis, long size, long step) {
        long count = g.sizes()[axis];
        long runs = Math.ceilDiv(size, step);
        if (out.numel() == 0 || size == 0) {
            return;
        }
        if (runs == 1) {
            TensorConversions.copyNew(g, windows(out, axis, 0, count, size, step));
        } else if (count <= runs) {
            for (long i = 0; i < count; i++) {
                InPlace.addNow(windows(out, axis, i * step, 1, size, step), g.slice(axis, i, i + 1));
            }
        } else { // an element is further back in a later window, so the last run comes first
            for (long from = (runs - 1) * step; from >= 0; from -= step) {
                long width = Math.min(step, size - from);
                InPlace.addNow(windows(out, axis, from, count, width, step), g.slice(-1, from, from + width));
            }
        }
    }
}
