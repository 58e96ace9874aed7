package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import ondol.DType;
import ondol.Fused;
import ondol.Shape;
import ondol.Tensor;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/**
 * The largest elements of small windows in one Map, whose inputs are the windows' first elements, their second ones, and so on:
 * their taps. The gradient is gathered: the elements that the same taps reach, of windows that lie alike, are one Map of
 * those windows' gradients, where the tap is the largest. Each element adds up its windows in their order, the first one first,
 * from +0, as {@link Tensor#scatterAdd} does.
 */
final class SmallWindows {
    /** Elements of the largest window. */
    private static final long MOST_TAPS = 9;

    /** The largest number of places that are gathered; each takes a launch. */
    private static final long MOST_PLACES = 16;

    /** Windows that a launch gathers from. */
    private static final int MOST_WINDOWS = 6;

    private static final ConcurrentMap<Integer, Kernel.Map> LARGEST = new ConcurrentHashMap<>();
    private static final ConcurrentMap<List<Integer>, Kernel.Map> LARGEST_AND_TAP = new ConcurrentHashMap<>();
    private static final ConcurrentMap<List<Integer>, Kernel.Map> GATHERED = new ConcurrentHashMap<>();

    private final List<PoolAxis> axes;
    private final ConvGeometry geometry;

    private SmallWindows(List<PoolAxis> axes) {
        this.axes = axes;
        this.geometry = new ConvGeometry(
                1,
                sizes(PoolAxis::size),
                sizes(PoolAxis::padding),
                sizes(a -> a.length() - a.padding() - a.size()),
                sizes(PoolAxis::kernel),
                sizes(PoolAxis::stride),
                sizes(PoolAxis::dilation),
                sizes(PoolAxis::windows));
    }

    /** Whether windows are small enough, and all alike. */
    static boolean areIn(List<PoolAxis> axes) {
        double taps = 1;
        double places = 1;
        for (PoolAxis axis : axes) {
            if (!axis.even()) {
                return false;
            }
            taps *= axis.kernel();
            places *= Math.min(axis.stride(), axis.size());
        }
        return taps <= MOST_TAPS && places <= MOST_PLACES;
    }

    static SmallWindows of(List<PoolAxis> axes) {
        return new SmallWindows(axes);
    }

    private interface OfAxis {
        long get(PoolAxis axis);
    }

    private long[] sizes(OfAxis what) {
        return axes.stream().mapToLong(what::get).toArray();
    }

    // ---- the largest

    /** The largest elements. */
    Tensor largest(Tensor x) {
        List<Tensor> taps = taps(x);
        return Fused.map(LARGEST.computeIfAbsent(taps.size(), SmallWindows::largest), taps);
    }

    /** The largest elements, and for each the number of its tap in row-major order, as F32: the first one that is in the input. */
    List<Tensor> largestAndTap(Tensor x) {
        List<Tensor> inputs = taps(x);
        int count = inputs.size();
        if (axes.stream().anyMatch(axis -> axis.padding() > 0)) {
            inputs.addAll(firstTaps(x));
        }
        List<Integer> key = List.of(count, inputs.size() - count);
        return Fused.mapAll(
                LARGEST_AND_TAP.computeIfAbsent(key, k -> largestAndTap(k.getFirst(), k.getLast())), inputs);
    }

    /** One view for each tap. */
    private List<Tensor> taps(Tensor x) {
        int n = axes.size();
        Tensor image = x;
        if (Arrays.stream(geometry.low()).sum() + Arrays.stream(geometry.high()).sum() > 0) {
            image = new ConstantPadding(geometry.low(), geometry.high(), Double.NEGATIVE_INFINITY).of(x);
        }
        List<Tensor> taps = List.of(image);
        for (int i = 0; i < n; i++) {
            PoolAxis axis = axes.get(i);
            int dim = x.dim() - n + i;
            long reach = (axis.windows() - 1) * axis.stride() + 1;
            List<Tensor> next = new ArrayList<>();
            for (Tensor tap : taps) {
                for (long k = 0; k < axis.kernel(); k++) {
                    long start = k * axis.dilation();
                    next.add(tap.slice(dim, start, start + reach, axis.stride()));
                }
            }
            taps = next;
        }
        return new ArrayList<>(taps);
    }

    /** For each axis the first tap in the input of each window, times the taps of the axes behind. */
    private List<Tensor> firstTaps(Tensor like) {
        int n = axes.size();
        List<Tensor> firsts = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            PoolAxis axis = axes.get(i);
            long behind =
                    axes.subList(i + 1, n).stream().mapToLong(PoolAxis::kernel).reduce(1, (a, b) -> a * b);
            float[] values = new float[Math.toIntExact(axis.windows())];
            for (int o = 0; o < values.length; o++) {
                values[o] = behind * ((axis.first(o) - axis.start(o)) / axis.dilation());
            }
            long[] column = new long[n - i];
            Arrays.fill(column, 1);
            column[0] = values.length;
            firsts.add(Tensor.tensor(values).to(like.device()).reshape(column));
        }
        return firsts;
    }

    private static Kernel.Map largest(int taps) {
        Expr best = Expr.input(0, Type.F32);
        for (int t = 1; t < taps; t++) {
            best = best.max(Expr.input(t, Type.F32));
        }
        return new Kernel.Map(best);
    }

    /** The kernel with {@code firsts} inputs more, whose sum is the first tap in the input; all before it are like padding. */
    private static Kernel.Map largestAndTap(int taps, int firsts) {
        Expr best = Expr.input(0, Type.F32);
        Expr tap = Expr.constant(0f);
        for (int t = 1; t < taps; t++) {
            Expr x = Expr.input(t, Type.F32);
            Expr isLarger = x.le(best).not().and(best.eq(best)); // or the first NaN
            tap = isLarger.choose(Expr.constant((float) t), tap);
            best = best.max(x);
        }
        if (firsts > 0) {
            Expr first = Expr.input(taps, Type.F32);
            for (int i = 1; i < firsts; i++) {
                first = first.add(Expr.input(taps + i, Type.F32));
            }
            tap = tap.eq(Expr.constant(0f)).choose(first, tap);
        }
        return new Kernel.Map(best, tap);
    }

    // ---- the gradient

    /** Gives each element of an input of that shape the gradients of the windows whose largest it is. */
    Tensor gathered(Tensor taps, Tensor grad, Shape input) {
        int n = axes.size();
        Tensor out = Tensor.empty(input, DType.FLOAT32, grad.device());
        List<List<ConvRun>> places = new ArrayList<>();
        long[] low = new long[n];
        long[] high = new long[n];
        for (int i = 0; i < n; i++) {
            List<ConvRun> ofAxis = new ArrayList<>();
            for (ConvRun run : ConvRun.of(geometry, i)) {
                for (long r = 0; r < run.width(); r++) {
                    ofAxis.add(run.place(r));
                }
                if (run.taps() > 0) {
                    low[i] = Math.max(low[i], -run.lowest());
                    high[i] = Math.max(high[i], run.highest() + 1 - geometry.output()[i]);
                }
            }
            places.add(ofAxis);
        }
        boolean padded = Arrays.stream(low).sum() + Arrays.stream(high).sum() > 0;
        Tensor allTaps = padded ? new ConstantPadding(low, high, -1).of(taps) : taps;
        Tensor allGrads = padded ? new ConstantPadding(low, high, 0).of(grad) : grad;
        gather(places, new ArrayList<>(), new Windows(allTaps, allGrads, low, out));
        return out;
    }

    /**
     * The places that are gathered from, and to.
     *
     * @param low how much is around the windows at the beginning of each axis
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Windows(Tensor taps, Tensor grads, long[] low, Tensor out) {}

    private void gather(List<List<ConvRun>> places, List<ConvRun> chosen, Windows windows) {
        if (chosen.size() == axes.size()) {
            gather(chosen, windows);
            return;
        }
        for (ConvRun run : places.get(chosen.size())) {
            chosen.add(run);
            gather(places, chosen, windows);
            chosen.removeLast();
        }
    }

    /** Writes the elements of one place along each axis, which lie a stride apart. */
    private void gather(List<ConvRun> runs, Windows windows) {
        int lead = windows.out.dim() - runs.size();
        Tensor to = windows.out;
        List<Tensor> taps = List.of(windows.taps);
        List<Tensor> grads = List.of(windows.grads);
        List<Float> numbers = List.of(0f);
        for (int i = 0; i < runs.size(); i++) {
            ConvRun run = runs.get(i);
            to = to.slice(lead + i, run.first(), Long.MAX_VALUE, geometry.stride()[i]);
            List<Tensor> nextTaps = new ArrayList<>();
            List<Tensor> nextGrads = new ArrayList<>();
            List<Float> nextNumbers = new ArrayList<>();
            for (int w = 0; w < taps.size(); w++) {
                for (long t = run.taps() - 1; t >= 0; t--) { // the first window has the last tap
                    long start = windows.low[i] + run.base() - t * run.step();
                    nextTaps.add(taps.get(w).slice(lead + i, start, start + run.count()));
                    nextGrads.add(grads.get(w).slice(lead + i, start, start + run.count()));
                    nextNumbers.add(numbers.get(w) * geometry.kernel()[i] + run.tap() + t * run.period());
                }
            }
            taps = nextTaps;
            grads = nextGrads;
            numbers = nextNumbers;
        }
        if (taps.isEmpty()) {
            to.zero();
        }
        for (int from = 0; from < taps.size(); from += MOST_WINDOWS) {
            int end = Math.min(from + MOST_WINDOWS, taps.size());
            List<Tensor> inputs = new ArrayList<>(taps.subList(from, end));
            inputs.addAll(grads.subList(from, end));
            if (from > 0) {
                inputs.add(to);
            }
            Kernel.Map kernel = GATHERED.computeIfAbsent(
                    List.of(end - from, from > 0 ? 1 : 0), k -> gathered(k.getFirst(), k.getLast() > 0));
            Fused.update(kernel, inputs, List.of(to), numbers.subList(from, end).toArray(Number[]::new));
        }
    }

    /** The inputs are the windows' taps, then their gradients, and perhaps what there is already; the scalars are the taps looked for. */
    private static Kernel.Map gathered(int windows, boolean adds) {
        Expr zero = Expr.constant(0f);
        Expr sum = adds ? Expr.input(2 * windows, Type.F32) : zero;
        for (int w = 0; w < windows; w++) {
            Expr isLargest = Expr.input(w, Type.F32).eq(Expr.scalar(w, Type.F32));
            sum = sum.add(
                    isLargest.choose(Expr.input(windows + w, Type.F32), zero)); // +0 changes no sum that began with +0
        }
        return new Kernel.Map(sum);
    }
}
