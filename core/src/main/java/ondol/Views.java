package ondol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Views: new sizes, strides and offsets over the same memory, each with the way back for gradients. */
final class Views {
    private static final long MOST_PARTS = 1 << 20;

    private Views() {}

    /** Records a view of all elements; {@code back} turns the output's gradient into the input's. */
    private static Tensor whole(
            Tensor t, String gradName, long[] sizes, long[] strides, long offset, UnaryOperator<Tensor> back) {
        return copied(t, gradName, sizes, strides, offset, back).viewOf(t);
    }

    /** The same of a tensor that nobody else will see, so that the result stands for itself. */
    private static Tensor copied(
            Tensor t, String gradName, long[] sizes, long[] strides, long offset, UnaryOperator<Tensor> back) {
        return Tape.record(
                gradName, t.window(sizes, strides, offset), new Tensor[] {t}, (i, g, saved) -> back.apply(g));
    }

    /** Records a view of some elements, which {@code window} cuts out of any tensor of this shape. */
    static Tensor part(Tensor t, String gradName, UnaryOperator<Tensor> window) {
        long[] sizes = t.sizes();
        return Tape.record(
                        gradName, window.apply(t), new Tensor[] {t}, (i, g, saved) -> embed(g, sizes, gradName, window))
                .viewOf(t);
    }

    /** The adjoint of {@link #part}: zeros of the whole's shape with g in the part's place. */
    static Tensor embed(Tensor g, long[] sizes, String gradName, UnaryOperator<Tensor> window) {
        Tensor out = TensorFactory.full(Shape.wrap(sizes), 0, g.dtype(), g.device());
        Tensor place = window.apply(out);
        if (place.numel() != 0) {
            TensorConversions.copyNew(g, place);
        }
        place.close();
        return Tape.record(gradName, out, new Tensor[] {g}, (i, gg, saved) -> part(gg, gradName, window));
    }

    // ---- reshape

    static Tensor reshape(Tensor t, long... wanted) {
        t.checkOpen("reshape");
        long[] sizes = resolve("reshape", t, wanted);
        long[] strides = strides(t, sizes);
        if (strides != null) {
            return reshaped(t, sizes, strides, t.isContiguous() ? "ViewBackward0" : "ReshapeAliasBackward0");
        }
        return Scope.result(() -> reshaped(t.contiguous(), sizes, "UnsafeViewBackward0"));
    }

    static Tensor view(Tensor t, long... wanted) {
        t.checkOpen("view");
        long[] sizes = resolve("view", t, wanted);
        long[] strides = strides(t, sizes);
        if (strides == null) {
            throw new IllegalArgumentException("view: a tensor of shape " + t.shape() + " with strides "
                    + Arrays.toString(t.strideArray()) + " cannot be seen as " + Arrays.toString(sizes)
                    + " without a copy; use reshape");
        }
        return reshaped(t, sizes, strides, "ViewBackward0");
    }

    /** A contiguous tensor in another shape, under the name of the operation that this ends in PyTorch. */
    static Tensor reshaped(Tensor t, long[] sizes, String gradName) {
        long[] before = t.sizes();
        return copied(t, gradName, sizes, Axes.contiguous(sizes), t.storageOffset(), g -> reshape(g, before));
    }

    private static Tensor reshaped(Tensor t, long[] sizes, long[] strides, String gradName) {
        long[] before = t.sizes();
        return whole(t, gradName, sizes, strides, t.storageOffset(), g -> reshape(g, before));
    }

    /** The sizes asked for, with a -1 replaced by what is left. */
    private static long[] resolve(String operation, Tensor t, long[] wanted) {
        if (wanted == null) {
            throw new NullPointerException(operation + ": the list of sizes is null; give the new sizes");
        }
        long[] sizes = wanted.clone();
        int open = -1;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == -1 && open < 0) {
                open = i;
            } else if (sizes[i] < 0) {
                throw new IllegalArgumentException(operation + ": size " + sizes[i] + " in " + Arrays.toString(wanted)
                        + "; sizes are 0 or more, and only one may be -1");
            }
        }
        if (open >= 0) {
            sizes[open] = 1;
        }
        long known = Shape.numel(Shape.checked(operation, sizes, wanted));
        long n = t.numel();
        if (open >= 0 && known != 0 && n % known == 0) {
            sizes[open] = n / known;
        } else if (open >= 0 || known != n) {
            throw new IllegalArgumentException(
                    operation + ": " + t.shape() + " has " + n + " elements and cannot become "
                            + Arrays.toString(wanted)
                            + (open < 0
                                    ? ", which has " + known + "; use sizes whose product is " + n
                                    : known == 0
                                            ? "; the -1 could be any size: write the size itself"
                                            : "; for the -1, use other sizes whose product divides " + n));
        }
        return Shape.checked(operation, sizes);
    }

    /** The strides that show t's elements, in row-major order, in another shape, as PyTorch's; null if there are none. */
    private static long @Nullable [] strides(Tensor t, long[] sizes) {
        long[] from = t.sizes();
        long[] fromStrides = t.strideArray();
        if (t.numel() == 0) {
            return Arrays.equals(from, sizes) ? fromStrides : Axes.contiguous(sizes);
        }
        long[] strides = new long[sizes.length];
        Arrays.fill(strides, 1);
        // Runs of axes that step evenly through memory are cut anew, the last first.
        int to = sizes.length - 1;
        for (int i = from.length - 1; i >= 0; ) {
            long step = fromStrides[i];
            long run = from[i--];
            while (i >= 0 && (from[i] == 1 || fromStrides[i] == run * step)) {
                run *= from[i--];
            }
            long covered = 1;
            while (to >= 0 && (covered < run || sizes[to] == 1)) {
                strides[to] = step * covered;
                covered *= sizes[to--];
            }
            if (covered != run) {
                return null;
            }
        }
        return strides;
    }

    static Tensor flatten(Tensor t, int startAxis, int endAxis) {
        t.checkOpen("flatten");
        int start = Axes.checked("flatten", startAxis, t.dim());
        int end = Axes.checked("flatten", endAxis, t.dim());
        if (start > end) {
            throw new IllegalArgumentException(
                    "flatten: axis " + startAxis + " comes after axis " + endAxis + "; give the first axis first");
        }
        if (t.dim() == 0) {
            return reshape(t, 1);
        }
        if (start == end) {
            return t;
        }
        long[] sizes = new long[t.dim() - (end - start)];
        long run = 1;
        for (int i = 0; i < t.dim(); i++) {
            if (i < start) {
                sizes[i] = t.sizes()[i];
            } else if (i <= end) {
                run *= t.sizes()[i];
                sizes[start] = run;
            } else {
                sizes[i - (end - start)] = t.sizes()[i];
            }
        }
        return reshape(t, sizes);
    }

    // ---- axes

    static Tensor transpose(Tensor t, int axis0, int axis1, String gradName) {
        t.checkOpen("transpose");
        int a = Axes.checked("transpose", axis0, t.dim());
        int b = Axes.checked("transpose", axis1, t.dim());
        long[] sizes = t.sizes().clone();
        long[] strides = t.strideArray().clone();
        if (a != b) {
            sizes[a] = t.sizes()[b];
            sizes[b] = t.sizes()[a];
            strides[a] = t.strideArray()[b];
            strides[b] = t.strideArray()[a];
        }
        return whole(t, gradName, sizes, strides, t.storageOffset(), g -> transpose(g, a, b, gradName));
    }

    static Tensor t(Tensor t) {
        t.checkOpen("t");
        if (t.dim() > 2) {
            throw new IllegalArgumentException("t: a tensor of shape " + t.shape()
                    + " has more than two axes; use mT() for the last two, or transpose(axis0, axis1)");
        }
        return transpose(t, 0, t.dim() < 2 ? 0 : 1, "TBackward0");
    }

    static Tensor mT(Tensor t) {
        t.checkOpen("mT");
        if (t.dim() == 0) {
            return t;
        }
        if (t.dim() == 1) {
            throw new IllegalArgumentException(
                    "mT: a tensor of shape " + t.shape() + " has fewer than two axes; use unsqueeze first");
        }
        return transpose(t, -2, -1, "TransposeBackward0");
    }

    static Tensor permute(Tensor t, int... order) {
        t.checkOpen("permute");
        Objects.requireNonNull(order, "permute: the list of axes is null; name each axis once");
        if (order.length != t.dim()) {
            throw new IllegalArgumentException("permute: " + Arrays.toString(order) + " names " + order.length
                    + " axes, but a tensor of shape " + t.shape() + " has " + t.dim() + "; name each once");
        }
        Axes.mask("permute", order, t.dim());
        long[] sizes = new long[order.length];
        long[] strides = new long[order.length];
        int[] inverse = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            int axis = Axes.checked("permute", order[i], t.dim());
            sizes[i] = t.sizes()[axis];
            strides[i] = t.strideArray()[axis];
            inverse[axis] = i;
        }
        return whole(t, "PermuteBackward0", sizes, strides, t.storageOffset(), g -> permute(g, inverse));
    }

    static Tensor squeeze(Tensor t) {
        return squeeze(t, (1L << t.dim()) - 1, "SqueezeBackward0");
    }

    static Tensor squeeze(Tensor t, int axis) {
        return squeeze(t, 1L << Axes.checked("squeeze", axis, t.dim()), "SqueezeBackward1");
    }

    private static Tensor squeeze(Tensor t, long mask, String gradName) {
        t.checkOpen("squeeze");
        long gone = 0;
        for (int i = 0; i < t.dim(); i++) {
            gone |= (mask >> i & 1) != 0 && t.sizes()[i] == 1 ? 1L << i : 0;
        }
        long[] sizes = Axes.reduced(t.sizes(), gone, false);
        long[] strides = Axes.reduced(t.strideArray(), gone, false);
        long[] before = t.sizes();
        return whole(t, gradName, sizes, strides, t.storageOffset(), g -> reshape(g, before));
    }

    static Tensor unsqueeze(Tensor t, int axis) {
        t.checkOpen("unsqueeze");
        int at = Axes.checkedNew("unsqueeze", axis, t.dim() + 1);
        long[] sizes = new long[t.dim() + 1];
        long[] strides = new long[t.dim() + 1];
        for (int i = 0; i < sizes.length; i++) {
            int from = i < at ? i : i - 1;
            sizes[i] = i == at ? 1 : t.sizes()[from];
            strides[i] = i != at ? t.strideArray()[from] : at == t.dim() ? 1 : t.sizes()[at] * t.strideArray()[at];
        }
        Shape.checked("unsqueeze", sizes);
        return whole(t, "UnsqueezeBackward0", sizes, strides, t.storageOffset(), g -> squeeze(g, at));
    }

    static Tensor expand(Tensor t, long... wanted) {
        t.checkOpen("expand");
        Objects.requireNonNull(wanted, "expand: the list of sizes is null; give the new sizes");
        int lead = wanted.length - t.dim();
        long[] sizes = wanted.clone();
        boolean fits = lead >= 0;
        for (int i = 0; fits && i < sizes.length; i++) {
            if (i < lead) {
                fits = sizes[i] >= 0;
            } else {
                long size = t.sizes()[i - lead];
                sizes[i] = sizes[i] == -1 ? size : sizes[i];
                fits = sizes[i] == size || (size == 1 && sizes[i] >= 0);
            }
        }
        if (!fits) {
            throw new IllegalArgumentException("expand: " + t.shape() + " cannot become " + Arrays.toString(wanted)
                    + "; only axes of size 1 and new axes in front can be repeated");
        }
        Shape.checked("expand", sizes);
        long[] before = t.sizes();
        long[] strides = Axes.broadcastStrides(before, t.strideArray(), sizes).clone();
        for (int i = lead - 1; i >= 0 && t.dim() > 0; i--) {
            strides[i] = sizes[i] == 1 ? sizes[i + 1] * strides[i + 1] : 0;
        }
        return whole(t, "ExpandBackward0", sizes, strides, t.storageOffset(), g -> PointwiseGradient.sumTo(g, before));
    }

    // ---- parts

    static Tensor slice(Tensor t, int axis, long start, long end, long step) {
        t.checkOpen("slice");
        if (t.dim() == 0) {
            throw new IllegalArgumentException("slice: a single number has no axis to slice; use reshape(1) first");
        }
        int a = Axes.checked("slice", axis, t.dim());
        if (step == 0) {
            throw new IllegalArgumentException("slice: a step of 0 never ends; use select for a single element");
        }
        long n = t.sizes()[a];
        long first = bound(start, n, step, true);
        long stop = bound(end, n, step, false);
        long count = Math.max(0, Math.ceilDiv(stop - first, step));
        long from = count == 0 ? 0 : first;
        return part(t, "SliceBackward0", whole -> {
            long[] sizes = whole.sizes().clone();
            long[] strides = whole.strideArray().clone();
            sizes[a] = count;
            strides[a] *= step;
            return whole.window(sizes, strides, whole.storageOffset() + from * whole.strideArray()[a]);
        });
    }

    /** Python's rule for the ends of a slice. */
    private static long bound(long at, long n, long step, boolean first) {
        long low = step > 0 ? 0 : -1;
        long high = step > 0 ? n : n - 1;
        if (at == Index.OPEN) {
            return first == step > 0 ? low : high;
        }
        return Math.clamp(at < 0 ? at + n : at, low, Math.max(low, high));
    }

    static Tensor select(Tensor t, int axis, long index) {
        t.checkOpen("select");
        if (t.dim() == 0) {
            throw new IllegalArgumentException(
                    "select: a single number has no axis to select from; use reshape(1) first");
        }
        int a = Axes.checked("select", axis, t.dim());
        long n = t.sizes()[a];
        if (index < -n || index >= n) {
            throw outOfRange("select", index, axis, t);
        }
        long at = index < 0 ? index + n : index;
        return part(t, "SelectBackward0", whole -> {
            long gone = 1L << a;
            return whole.window(
                    Axes.reduced(whole.sizes(), gone, false),
                    Axes.reduced(whole.strideArray(), gone, false),
                    whole.storageOffset() + at * whole.strideArray()[a]);
        });
    }

    private static IndexOutOfBoundsException outOfRange(String operation, long index, int axis, Tensor t) {
        long n = t.size(axis);
        return new IndexOutOfBoundsException(operation + ": index " + index + " is out of range for axis " + axis
                + " of " + t.shape() + (n == 0 ? "; the axis is empty" : "; use " + -n + " to " + (n - 1)));
    }

    static Tensor get(Tensor t, Index... indices) {
        t.checkOpen("get");
        Objects.requireNonNull(indices, "get: the list of indices is null; give Index.all() for all elements");
        for (Index i : indices) {
            Objects.requireNonNull(i, "get: an index is null; give Index.all() for a whole axis");
        }
        if (indices.length > t.dim()) {
            throw new IndexOutOfBoundsException("get: " + indices.length + " indices for a tensor of shape " + t.shape()
                    + "; give at most " + t.dim());
        }
        for (int i = 0; i < indices.length; i++) {
            long at = indices[i].start();
            if (indices[i].step() == 0 && (at < -t.sizes()[i] || at >= t.sizes()[i])) {
                throw outOfRange("get", at, i, t);
            }
        }
        Tensor out = t;
        int axis = 0;
        for (Index i : indices) {
            Tensor before = out;
            if (i.step() == 0) {
                out = select(out, axis, i.start());
            } else if (indices.length == 1 || !isWhole(i, out.sizes()[axis])) {
                out = slice(out, axis++, i.start(), i.end(), i.step());
            } else {
                axis++;
            }
            if (before != out && before != t) {
                before.close();
            }
        }
        return out == t ? whole(t, "AliasBackward0", t.sizes(), t.strideArray(), t.storageOffset(), g -> g) : out;
    }

    /** Whether an index is seen at once to leave out nothing. */
    private static boolean isWhole(Index i, long n) {
        return i.step() == 1 && (i.start() == Index.OPEN || i.start() == 0) && (i.end() == Index.OPEN || i.end() >= n);
    }

    static Tensor flip(Tensor t, int... axes) {
        t.checkOpen("flip");
        Objects.requireNonNull(axes, "flip: the list of axes is null; name the axes to turn round");
        long mask = axes.length == 0 ? 0 : Axes.mask("flip", axes, t.dim());
        long[] strides = t.strideArray().clone();
        long offset = t.storageOffset();
        for (int i = 0; i < strides.length; i++) {
            if ((mask >> i & 1) != 0) {
                offset += Math.max(0, t.sizes()[i] - 1) * strides[i];
                strides[i] = -strides[i];
            }
        }
        int[] same = axes.clone();
        return whole(t, "FlipBackward0", t.sizes(), strides, offset, g -> flip(g, same));
    }

    static List<Tensor> split(Tensor t, long size, int axis) {
        int a = Axes.checked("split", axis, t.dim());
        if (t.dim() == 0 || size < 0 || size == 0 && t.sizes()[a] != 0) {
            throw new IllegalArgumentException("split: parts of " + size + " elements of a tensor of shape " + t.shape()
                    + "; use 1 or more, and a tensor with axes");
        }
        long n = t.sizes()[a];
        long[] sizes = new long[n == 0 ? 1 : checkParts("split", Math.ceilDiv(n, size), t)];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Math.min(size, n - i * size);
        }
        return split(t, sizes, axis, "SplitBackward0");
    }

    static List<Tensor> split(Tensor t, long[] sizes, int axis) {
        Objects.requireNonNull(sizes, "split: the list of sizes is null; give the size of each part");
        return split(t, sizes, axis, "SplitWithSizesBackward0");
    }

    private static List<Tensor> split(Tensor t, long[] sizes, int axis, String gradName) {
        t.checkOpen("split");
        int a = Axes.checked("split", axis, t.dim());
        long n = t.dim() == 0 ? -1 : t.sizes()[a];
        long left = n;
        for (long size : sizes) {
            left = size < 0 || size > left ? -1 : left - size;
        }
        if (left != 0) {
            throw new IllegalArgumentException("split: " + Arrays.toString(sizes) + " are no parts of axis " + axis
                    + " of " + t.shape() + "; use sizes of 0 or more whose sum is the axis's size");
        }
        var parts = new ArrayList<Tensor>();
        long start = 0;
        for (long size : sizes) {
            long from = start;
            parts.add(part(t, gradName, whole -> {
                long[] partSizes = whole.sizes().clone();
                partSizes[a] = size;
                return whole.window(
                        partSizes, whole.strideArray(), whole.storageOffset() + from * whole.strideArray()[a]);
            }));
            start += size;
        }
        return parts;
    }

    /** Each part is a Java object of some hundred bytes. */
    private static int checkParts(String operation, long parts, Tensor t) {
        if (parts > MOST_PARTS) {
            throw new IllegalArgumentException(operation + ": " + parts + " parts of a tensor of shape " + t.shape()
                    + "; at most " + MOST_PARTS + ": take larger ones, or use reshape and select");
        }
        return (int) parts;
    }

    static List<Tensor> chunk(Tensor t, int chunks, int axis) {
        t.checkOpen("chunk");
        int a = Axes.checked("chunk", axis, t.dim());
        if (chunks <= 0 || t.dim() == 0) {
            throw new IllegalArgumentException("chunk: " + chunks + " parts of a tensor of shape " + t.shape()
                    + "; use 1 or more, and a tensor with axes");
        }
        long n = t.sizes()[a];
        return n == 0
                ? split(t, new long[checkParts("chunk", chunks, t)], a)
                : split(t, Math.ceilDiv(n, (long) chunks), a);
    }
}
