package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.DType;
import ondol.Fused;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.autograd.MultiFunction;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** The largest elements of windows and, if they are wanted or a gradient needs them, their places in the plane. */
final class MaxPooling extends MultiFunction {
    private static final Expr X = Expr.input(0, Type.F32);
    private static final Kernel.Reduce LARGEST = new Kernel.Reduce(X, ReduceOp.MAX);
    private static final Kernel.Reduce FIRST = new Kernel.Reduce(X, ReduceOp.ARGMAX);
    private static final List<Kernel.Map> PLACES = List.of(places(1), places(2), places(3));

    private final String name;
    private final long[] sizes;
    private final List<PoolAxis> axes;
    private final boolean withIndices;

    /**
     * A pooling of the last axes.
     *
     * @param sizes the input's
     */
    MaxPooling(String name, long[] sizes, List<PoolAxis> axes, boolean withIndices) {
        this.name = name;
        this.sizes = sizes;
        this.axes = axes;
        this.withIndices = withIndices;
    }

    /**
     * The kernel from the place in a window to the place in the plane. Inputs are the former, and for each axis the windows'
     * first places and their first places in the input, for where a window has only elements that are like padding. Scalars are
     * the kernel's sizes, the dilations and the plane's sizes.
     */
    private static Kernel.Map places(int n) {
        Expr rest = Expr.input(0, Type.I64).to(Type.F32); // integers have no division; below 2^24 this one is exact
        Expr[] coordinates = new Expr[n];
        for (int i = n - 1; i >= 0; i--) {
            Expr kernel = Expr.scalar(i, Type.F32);
            Expr quotient = rest.div(kernel).floor();
            Expr tap = rest.sub(quotient.mul(kernel)).to(Type.I64);
            Expr place = Expr.input(1 + i, Type.I64).add(tap.mul(Expr.scalar(n + i, Type.I64)));
            coordinates[i] = place.lt(Expr.constantI64(0)).choose(Expr.input(1 + n + i, Type.I64), place);
            rest = quotient;
        }
        Expr index = coordinates[0];
        for (int i = 1; i < n; i++) {
            index = index.mul(Expr.scalar(2 * n + i, Type.I64)).add(coordinates[i]);
        }
        return new Kernel.Map(index);
    }

    @Override
    protected Tensor[] forward(Function.Context context, Tensor... inputs) {
        Tensor x = inputs[0];
        List<Tensor> results = Scope.results(() -> {
            boolean needsPlaces = withIndices || context.needsGradient(0);
            if (isSmall(x)) {
                return ofSmallWindows(context, x, needsPlaces);
            }
            int n = axes.size();
            Tensor windows = x;
            for (int i = 0; i < n; i++) {
                windows = axes.get(i).windows(windows, x.dim() - n + i, Double.NEGATIVE_INFINITY);
            }
            int[] lasts = new int[n];
            Arrays.setAll(lasts, i -> x.dim() + i);
            Tensor values = Fused.reduce(LARGEST, lasts, false, windows);
            if (!needsPlaces) {
                return List.of(values);
            }
            Tensor indices = indices(Fused.reduce(FIRST, lasts, false, windows));
            context.save(indices);
            return withIndices ? List.of(values, indices) : List.of(values);
        });
        return results.toArray(Tensor[]::new);
    }

    private boolean isSmall(Tensor x) {
        return x.numel() > 0 && SmallWindows.areIn(axes);
    }

    private List<Tensor> ofSmallWindows(Function.Context context, Tensor x, boolean needsPlaces) {
        SmallWindows windows = SmallWindows.of(axes);
        if (!needsPlaces) {
            return List.of(windows.largest(x));
        }
        List<Tensor> both = windows.largestAndTap(x);
        context.save(both.getLast());
        return withIndices
                ? List.of(both.getFirst(), indices(both.getLast().to(DType.INT64)))
                : List.of(both.getFirst());
    }

    private Tensor indices(Tensor inWindows) {
        if (inWindows.numel() == 0) { // there may be more windows than a list holds
            return inWindows.contiguous();
        }
        int n = axes.size();
        Tensor[] inputs = new Tensor[1 + 2 * n];
        Number[] scalars = new Number[3 * n];
        inputs[0] = inWindows;
        for (int i = 0; i < n; i++) {
            PoolAxis axis = axes.get(i);
            long[] column = new long[n - i];
            Arrays.fill(column, 1);
            column[0] = axis.windows();
            long[] starts = new long[Math.toIntExact(axis.windows())];
            Arrays.setAll(starts, axis::start);
            inputs[1 + i] = Tensor.tensor(starts).to(inWindows.device()).reshape(column);
            Arrays.setAll(starts, axis::first);
            inputs[1 + n + i] = Tensor.tensor(starts).to(inWindows.device()).reshape(column);
            scalars[i] = axis.kernel();
            scalars[n + i] = axis.dilation();
            scalars[2 * n + i] = axis.size();
        }
        return Fused.map(PLACES.get(n - 1), Arrays.asList(inputs), scalars);
    }

    @Override
    protected @Nullable Tensor[] backward(Function.Context context, @Nullable Tensor... grads) {
        Tensor g = grads[0];
        if (g == null) {
            return new @Nullable Tensor[1];
        }
        int n = axes.size();
        Tensor places = context.saved(0);
        if (places.dtype() == DType.FLOAT32) { // taps of small windows
            if (!Autograd.isGradEnabled()) {
                Tensor taps = places;
                return new @Nullable Tensor[] {
                    Scope.result(() -> SmallWindows.of(axes).gathered(taps, g, Shape.of(sizes)))
                };
            }
            places = indices(places.to(DType.INT64));
        }
        Tensor zeros = Tensor.zeros(planes(sizes, n), DType.FLOAT32, g.device());
        Tensor sum = zeros.scatterAdd(-1, flat(places, n), flat(g, n));
        return new @Nullable Tensor[] {sum.reshape(sizes)};
    }

    /** The shape with the last axes made one. */
    static Shape planes(long[] sizes, int n) {
        List<Long> planes = new ArrayList<>();
        long plane = 1;
        for (int i = 0; i < sizes.length; i++) {
            if (i < sizes.length - n) {
                planes.add(sizes[i]);
            } else {
                plane *= sizes[i];
            }
        }
        planes.add(plane);
        return Shape.of(planes.stream().mapToLong(s -> s).toArray());
    }

    static Tensor flat(Tensor t, int n) {
        return t.reshape(planes(t.shape().toArray(), n).toArray());
    }

    @Override
    protected String gradName() {
        return name;
    }
}
