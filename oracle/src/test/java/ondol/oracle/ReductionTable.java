package ondol.oracle;

import static ondol.oracle.Torch.longs;
import static ondol.oracle.Torch.noType;
import static ondol.oracle.Torch.scalar;
import static ondol.oracle.Torch.some;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import ondol.ReductionOps;
import ondol.Tensor;
import ondol.ValuesAndIndices;
import ondol.oracle.Draw.Flavour;
import ondol.oracle.Draw.Operand;
import ondol.oracle.Mismatch.Kind;
import ondol.oracle.Mismatch.Stage;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;

/** The operations of {@link ReductionOps}. */
final class ReductionTable extends Operation.Table {
    /** A reduction along some axes. */
    private interface Over<T> {
        T apply(T x, int[] axes, boolean keepDim);
    }

    /** A reduction along one axis. */
    private interface Along<T, R> {
        R apply(T x, int axis, boolean keepDim);
    }

    /** How an operand of a shape is drawn. */
    private interface Operands {
        Operand draw(Draw d, long[] shape);
    }

    /** How far results of an operand of a shape may be apart. */
    private interface Bounds {
        Trial set(Trial trial, long[] shape);
    }

    /** Sums of squares of what is beyond these may be infinite, or 0. */
    private static final double HUGE = 1e18;

    private static final double TINY = 1e-18;

    ReductionTable() {
        sums();
        products();
        extremes();
        positions();
        spread();
        norms();
        truths();
        exponentials();
    }

    private void sums() {
        whole("sum", ReductionTable::addable, Tensor::sum, torch::sum, ReductionTable::summed);
        over(
                "sum(axes...)",
                ReductionTable::addable,
                (x, a, k) -> x.sum(a),
                (x, a, k) -> torch.sum(x, longs(a), false, noType()),
                ReductionTable::summed);
        over(
                "sum(axes, keepDim)",
                ReductionTable::addable,
                Tensor::sum,
                (x, a, k) -> torch.sum(x, longs(a), k, noType()),
                ReductionTable::summed);
        along(
                "sum(axis, keepDim)",
                ReductionTable::addable,
                Tensor::sum,
                (x, a, k) -> torch.sum(x, longs(a), k, noType()),
                ReductionTable::summed);
        whole("mean", ReductionTable::mostlyFloats, Tensor::mean, torch::mean, ReductionTable::averaged);
        over(
                "mean(axes...)",
                ReductionTable::mostlyFloats,
                (x, a, k) -> x.mean(a),
                (x, a, k) -> torch.mean(x, longs(a), false, noType()),
                ReductionTable::averaged);
        over(
                "mean(axes, keepDim)",
                ReductionTable::mostlyFloats,
                Tensor::mean,
                (x, a, k) -> torch.mean(x, longs(a), k, noType()),
                ReductionTable::averaged);
        along(
                "mean(axis, keepDim)",
                ReductionTable::mostlyFloats,
                Tensor::mean,
                (x, a, k) -> torch.mean(x, longs(a), k, noType()),
                ReductionTable::averaged);
        along(
                "cumsum",
                ReductionTable::addable,
                (x, a, k) -> x.cumsum(a),
                (x, a, k) -> torch.cumsum(x, a),
                ReductionTable::accumulated);
    }

    private void products() {
        whole("prod", ReductionTable::factors, Tensor::prod, torch::prod, ReductionTable::multiplied)
                .explain(
                        Difference.PRODUCT_WITH_ZEROS,
                        m -> m.is(Stage.GRADIENT, Kind.VALUE)
                                && m.expected() == 0
                                && Double.isNaN(m.actual())
                                && !finite(m.trial())
                                && m.anyInput(x -> x == 0));
        along(
                "prod(axis)",
                ReductionTable::factors,
                (x, a, k) -> x.prod(a),
                (x, a, k) -> torch.prod(x, a, false, noType()),
                ReductionTable::multiplied);
        along(
                "prod(axis, keepDim)",
                ReductionTable::factors,
                Tensor::prod,
                (x, a, k) -> torch.prod(x, a, k, noType()),
                ReductionTable::multiplied);
    }

    private void extremes() {
        zeros(whole("max", ReductionTable::any, Tensor::max, torch::max, ReductionTable::chosen));
        zeros(whole("min", ReductionTable::any, Tensor::min, torch::min, ReductionTable::chosen));
        zeros(over(
                "amax",
                ReductionTable::any,
                Tensor::amax,
                (x, a, k) -> torch.amax(x, longs(a), k),
                ReductionTable::chosen));
        zeros(over(
                "amin",
                ReductionTable::any,
                Tensor::amin,
                (x, a, k) -> torch.amin(x, longs(a), k),
                ReductionTable::chosen));
        zeros(over(
                "amax(axes...)",
                ReductionTable::any,
                (x, a, k) -> x.amax(a),
                (x, a, k) -> torch.amax(x, longs(a), false),
                ReductionTable::chosen));
        zeros(along(
                "amax(axis, keepDim)",
                ReductionTable::any,
                Tensor::amax,
                (x, a, k) -> torch.amax(x, longs(a), k),
                ReductionTable::chosen));
        zeros(over(
                "amin(axes...)",
                ReductionTable::any,
                (x, a, k) -> x.amin(a),
                (x, a, k) -> torch.amin(x, longs(a), false),
                ReductionTable::chosen));
        zeros(along(
                "amin(axis, keepDim)",
                ReductionTable::any,
                Tensor::amin,
                (x, a, k) -> torch.amin(x, longs(a), k),
                ReductionTable::chosen));
        pairs("max(axis)", (x, a, k) -> x.max(a), (x, a, k) -> torch.max(x, a));
        pairs("max(axis, keepDim)", Tensor::max, torch::max);
        pairs("min(axis)", (x, a, k) -> x.min(a), (x, a, k) -> torch.min(x, a));
        pairs("min(axis, keepDim)", Tensor::min, torch::min);
    }

    private static void zeros(Operation op) {
        op.explain(
                Difference.SIGN_OF_ZERO, m -> m.is(Stage.FORWARD, Kind.VALUE) && m.expected() == 0 && m.actual() == 0);
    }

    private void positions() {
        whole("argmax", ReductionTable::any, Tensor::argmax, torch::argmax, (t, n) -> t);
        along(
                "argmax(axis)",
                ReductionTable::any,
                (x, a, k) -> x.argmax(a),
                (x, a, k) -> torch.argmax(x, some(a), false),
                (t, n) -> t);
        along(
                "argmax(axis, keepDim)",
                ReductionTable::any,
                Tensor::argmax,
                (x, a, k) -> torch.argmax(x, some(a), k),
                (t, n) -> t);
        whole("argmin", ReductionTable::any, Tensor::argmin, torch::argmin, (t, n) -> t);
        along(
                "argmin(axis)",
                ReductionTable::any,
                (x, a, k) -> x.argmin(a),
                (x, a, k) -> torch.argmin(x, some(a), false),
                (t, n) -> t);
        along(
                "argmin(axis, keepDim)",
                ReductionTable::any,
                Tensor::argmin,
                (x, a, k) -> torch.argmin(x, some(a), k),
                (t, n) -> t);
    }

    private void spread() {
        spread(whole("var", ReductionTable::deviating, Tensor::var, torch::var, ReductionTable::variance));
        spread(over(
                "var(axes...)",
                ReductionTable::deviating,
                (x, a, k) -> x.var(a),
                (x, a, k) -> torch.var(x, longs(a), number(1), false),
                ReductionTable::variance));
        spread(over(
                "var(axes, keepDim)",
                ReductionTable::deviating,
                Tensor::var,
                (x, a, k) -> torch.var(x, longs(a), number(1), k),
                ReductionTable::variance));
        spread(along(
                "var(axis, keepDim)",
                ReductionTable::deviating,
                Tensor::var,
                (x, a, k) -> torch.var(x, longs(a), number(1), k),
                ReductionTable::variance));
        spread(corrected(
                "var(axes, correction, keepDim)",
                ReductionTable::deviating,
                c -> (x, a, k) -> x.var(a, c, k),
                c -> (x, a, k) -> torch.var(x, longs(a), number(c), k),
                ReductionTable::variance));
        spread(whole("std", ReductionTable::deviating, Tensor::std, torch::std, ReductionTable::deviation));
        spread(over(
                "std(axes...)",
                ReductionTable::deviating,
                (x, a, k) -> x.std(a),
                (x, a, k) -> torch.std(x, longs(a), number(1), false),
                ReductionTable::deviation));
        spread(over(
                "std(axes, keepDim)",
                ReductionTable::deviating,
                Tensor::std,
                (x, a, k) -> torch.std(x, longs(a), number(1), k),
                ReductionTable::deviation));
        spread(along(
                "std(axis, keepDim)",
                ReductionTable::deviating,
                Tensor::std,
                (x, a, k) -> torch.std(x, longs(a), number(1), k),
                ReductionTable::deviation));
        spread(corrected(
                "std(axes, correction, keepDim)",
                ReductionTable::deviating,
                c -> (x, a, k) -> x.std(a, c, k),
                c -> (x, a, k) -> torch.std(x, longs(a), number(c), k),
                ReductionTable::deviation));
    }

    private void spread(Operation op) {
        onlyFloats(op)
                .explain(
                        Difference.SQUARED_DEVIATIONS,
                        m -> m.isValue() && m.anyInput(x -> x != 0 && (isHuge(x) || Math.abs(x) < TINY)))
                .explain(
                        Difference.VAR_OVER_NO_AXES,
                        m -> m.isValue()
                                && m.stage() != Stage.FORWARD
                                && m.trial().call().contains(" over [],"));
    }

    private static boolean isHuge(double x) {
        return Math.abs(x) > HUGE && !Double.isInfinite(x);
    }

    private static Operation onlyFloats(Operation op) {
        return op.explain(
                Difference.TYPE_OF_NOTHING,
                m -> m.kind() == Kind.ONLY_ONDOL_FAILS
                        && m.text().contains("only FLOAT32 tensors")
                        && m.trial().operands().getFirst().seen().size() == 0);
    }

    private void norms() {
        whole("norm", powers(2), Tensor::norm, x -> torch.linalg_vector_norm(x), length(2));
        over(
                "norm(2, axes...)",
                powers(2),
                (x, a, k) -> x.norm(2, a),
                (x, a, k) -> torch.linalg_vector_norm(x, scalar(2.0), longs(a), false, noType()),
                length(2));
        along(
                "norm(3, axis, keepDim)",
                powers(3),
                (x, a, k) -> x.norm(3, a, k),
                (x, a, k) -> torch.linalg_vector_norm(x, scalar(3.0), longs(a), k, noType()),
                length(3));
        double inf = Double.POSITIVE_INFINITY;
        double[] ps = {0, 1, 2, 3, inf, -inf, 0.5, 1.5, 2.5, -1, -2, -0.5, 0.1};
        for (double p : ps) {
            over(
                    "norm(" + p + ", axes, keepDim)",
                    powers(p),
                    (x, a, k) -> x.norm(p, a, k),
                    (x, a, k) -> torch.linalg_vector_norm(x, scalar(p), longs(a), k, noType()),
                    length(p));
        }
    }

    private void truths() {
        whole("any", ReductionTable::any, Tensor::any, torch::any, (t, n) -> t);
        along("any(axis)", ReductionTable::any, (x, a, k) -> x.any(a), (x, a, k) -> torch.any(x, a), (t, n) -> t);
        along("any(axis, keepDim)", ReductionTable::any, Tensor::any, torch::any, (t, n) -> t);
        whole("all", ReductionTable::any, Tensor::all, torch::all, (t, n) -> t);
        along("all(axis)", ReductionTable::any, (x, a, k) -> x.all(a), (x, a, k) -> torch.all(x, a), (t, n) -> t);
        along("all(axis, keepDim)", ReductionTable::any, Tensor::all, torch::all, (t, n) -> t);
    }

    private void exponentials() {
        onlyFloats(along(
                "softmax",
                ReductionTable::mostlyFloats,
                (x, a, k) -> x.softmax(a),
                (x, a, k) -> torch.softmax(x, a),
                ReductionTable::normalised));
        onlyFloats(along(
                "logSoftmax",
                ReductionTable::mostlyFloats,
                (x, a, k) -> x.logSoftmax(a),
                (x, a, k) -> torch.log_softmax(x, a),
                ReductionTable::normalised));
        along(
                "logSumExp",
                ReductionTable::mostlyFloats,
                Tensor::logSumExp,
                (x, a, k) -> torch.logsumexp(x, longs(a), k),
                ReductionTable::normalised);
        overNone(over(
                "logSumExp(axes...)",
                ReductionTable::mostlyFloats,
                (x, a, k) -> x.logSumExp(a),
                (x, a, k) -> torch.logsumexp(x, longs(a), false),
                ReductionTable::normalised));
        overNone(over(
                "logSumExp(axes, keepDim)",
                ReductionTable::mostlyFloats,
                Tensor::logSumExp,
                (x, a, k) -> torch.logsumexp(x, longs(a), k),
                ReductionTable::normalised));
    }

    private static void overNone(Operation op) {
        op.explain(
                Difference.LOG_SUM_EXP_OVER_NO_AXES,
                m -> m.kind() == Kind.ONLY_TORCH_FAILS && m.trial().call().contains(" over [],"));
    }

    // ---- bounds

    private static double root(long[] shape) {
        return Math.sqrt(Array.count(shape));
    }

    private static Trial summed(Trial t, long[] shape) {
        return t.within(addition(t), repeated(t, Bound.EXACT), Bound.EXACT.plusCotangent(8 + 4 * root(shape)));
    }

    private static Trial averaged(Trial t, long[] shape) {
        return t.within(addition(t), repeated(t, Bound.ulps(1)), Bound.EXACT.plusCotangent(8 + 4 * root(shape)));
    }

    private static Bound addition(Trial t) {
        return Bound.ulps(1).plusTerms(repeats(t.operands().getFirst()) ? 16 : 4);
    }

    /** For a gradient whose elements are only added up where an operand's elements were repeated. */
    private static Bound repeated(Trial t, Bound otherwise) {
        return repeats(t.operands().getFirst()) ? Bound.ulps(6) : otherwise;
    }

    private static Trial accumulated(Trial t, long[] shape) {
        Bound bound = Bound.ulps(1).plusTerms(4);
        return t.within(bound, bound, Bound.EXACT.plusCotangent(4 * root(shape)));
    }

    private static Trial multiplied(Trial t, long[] shape) {
        double root = root(shape);
        return t.within(
                        Bound.ulps(4 + 2 * root),
                        Bound.ulps(8 + 4 * root),
                        Bound.ulps(16 + 8 * root).plusNorm(16 + 8 * root).plusTerms(16 + 8 * root))
                .orders(finite(t) ? 2 : 1);
    }

    private static Trial chosen(Trial t, long[] shape) {
        return t.within(Bound.EXACT, repeated(t, Bound.EXACT), Bound.ulps(2).plusCotangent(2 + root(shape)));
    }

    /** The largest magnitude, in which a mean is not exact. */
    private static double scale(Trial t) {
        return t.operands().getFirst().base().norm();
    }

    private static boolean finite(Trial t) {
        return finite(t.operands().getFirst());
    }

    private static boolean finite(Operand x) {
        Array base = x.base();
        return IntStream.range(0, base.size()).allMatch(i -> Double.isFinite(base.at(i)));
    }

    private static Trial variance(Trial t, long[] shape) {
        double x = scale(t);
        return t.within(
                Bound.ulps(4 + root(shape) / 16),
                Bound.ulps(4).plusCotangent(8 * x),
                Bound.ulps(16).plusNorm(16).plusCotangent(4 * root(shape) * Math.max(1, x)));
    }

    private static Trial deviation(Trial t, long[] shape) {
        return t.within(
                        Bound.ulps(4 + root(shape) / 16).plusAbsolute(1e-22), // whose square is the smallest number
                        Bound.ulps(8).plusCotangent(32 * Math.max(1, scale(t))),
                        Bound.ulps(16).plusNorm(64).plusCotangent(8 * root(shape)))
                // Repeated elements deviate by nothing, or by rounding: the second derivative has that as its divisor.
                .orders(isModerate(t) && !repeats(t.operands().getFirst()) ? 2 : 1);
    }

    /** PyTorch adds powers one after another; the p-th root makes errors p times smaller, or larger. */
    private static Bounds length(double p) {
        boolean exact = p == 0 || Double.isInfinite(p);
        double factor = Math.clamp(Math.abs(1 / p), 1, 10);
        return (t, shape) -> {
            double slope = p > 0 && p < 1 ? Math.pow(Array.count(shape), 1 / p - 1) : 1; // that of equal elements
            double errors = exact ? 0 : factor * Math.max(4 + 4 * root(shape), Array.count(shape) / 12.0);
            return t.within(
                            Bound.ulps(errors),
                            Bound.ulps(8 + 2 * errors),
                            Bound.ulps(16 + 2 * errors)
                                    .plusNorm(16 + 4 * errors)
                                    .plusCotangent(slope * (8 + 4 * errors)))
                    .orders(isModerate(t) && factor < 10 ? 2 : 1);
        };
    }

    /** Whether no element is so near 0 or so large that a second derivative is a difference of large numbers. */
    private static boolean isModerate(Trial t) {
        Array base = t.operands().getFirst().base();
        return IntStream.range(0, base.size())
                .mapToDouble(i -> Math.abs(base.at(i)))
                .allMatch(x -> x == 0 || x >= 0.25 && x <= 16);
    }

    private static Trial normalised(Trial t, long[] shape) {
        double longest = Arrays.stream(shape).max().orElse(1);
        return t.within(
                        Bound.ulps(4).plusAbsolute(0x1p-22 * (2 + Math.sqrt(longest))),
                        Bound.ulps(8).plusCotangent(8 + longest / 2),
                        Bound.ulps(16).plusNorm(16).plusCotangent(8 + 4 * root(shape)))
                .orders(finite(t) ? 2 : 1);
    }

    // ---- operands

    /** A shape; once in 40 times with many elements. */
    static long[] shape(Draw d) {
        if (d.chance(0.025)) {
            return d.pick(
                    new long[] {100_000},
                    new long[] {3, 25_000},
                    new long[] {25_000, 3},
                    new long[] {257, 311},
                    new long[] {5, 4, 4099});
        }
        return d.shape();
    }

    /** Axes for a reduction; now and then none, one twice, or one that does not exist. */
    private static int[] axes(Draw d, int dim) {
        double p = d.uniform(0, 1);
        if (p < 0.06) {
            return ReductionOps.ALL;
        }
        if (p < 0.08) {
            return new int[] {d.axis(dim), d.flag() ? dim + 1 : -dim - 2};
        }
        int[] axes = dim == 0 ? new int[] {d.flag() ? 0 : -1} : d.axes(dim);
        if (p < 0.1) {
            axes = Arrays.copyOf(axes, axes.length + 1);
            axes[axes.length - 1] = axes[0] < 0 ? axes[0] + Math.max(1, dim) : axes[0] - Math.max(1, dim);
        }
        return axes;
    }

    /** An operand; if it is not small, none whose elements are repeated, so that equal rounding errors do not add up. */
    private static Operand operand(Operands operands, Draw d, long[] shape) {
        Operand x = operands.draw(d, shape);
        return Array.count(shape) > 64 && repeats(x) ? operand(operands, d, shape) : x;
    }

    private static boolean repeats(Operand x) {
        return x.layout().toString().contains("expand");
    }

    /** FLOAT32, INT64 with small or large elements, or BOOL. */
    static Operand any(Draw d, long[] shape) {
        return switch (d.below(8)) {
            case 0 -> d.longs(-5, 5, shape);
            case 1 -> d.longs(-(1L << 61), 1L << 61, shape);
            case 2, 3 -> booleans(d, shape);
            case 4 -> d.chance(0.2) ? zeros(d, shape) : d.floats(shape);
            default -> d.floats(shape);
        };
    }

    /** Zeros of both signs. */
    private static Operand zeros(Draw d, long[] shape) {
        Operand x = d.floats(shape);
        float[] elements = (float[]) x.base().elements();
        for (int i = 0; i < elements.length; i++) {
            elements[i] = d.flag() ? 0f : -0f;
        }
        return x;
    }

    /** BOOL, with all the same elements as often as with different ones. */
    private static Operand booleans(Draw d, long[] shape) {
        Operand x = d.booleans(shape);
        if (d.flag()) {
            Arrays.fill((boolean[]) x.base().elements(), d.flag());
        }
        return x;
    }

    /** As {@link #any}, with no numbers so large that their sum overflows in one order and not in another. */
    private static Operand addable(Draw d, long[] shape) {
        return clamped(any(d, shape), Float.MIN_VALUE, 1e30f);
    }

    /** As {@link #addable}, seldom of another type. */
    private static Operand mostlyFloats(Draw d, long[] shape) {
        return d.chance(0.05) ? addable(d, shape) : clamped(d.floats(shape), Float.MIN_VALUE, 1e30f);
    }

    /** FLOAT32, in half of the cases without numbers whose squares overflow or vanish; seldom another type. */
    private static Operand deviating(Draw d, long[] shape) {
        if (d.chance(0.2)) {
            return moderate(d, shape);
        }
        Operand x = mostlyFloats(d, shape);
        return d.flag() ? x : clamped(x, 1e-6f, 1e4f);
    }

    /** With magnitudes, other than 0 and infinity, between two bounds. */
    private static Operand clamped(Operand x, float low, float high) {
        if (x.base().elements() instanceof float[] f) {
            for (int i = 0; i < f.length; i++) {
                if (f[i] != 0 && Float.isFinite(f[i])) {
                    f[i] = Math.copySign(Math.clamp(Math.abs(f[i]), low, high), f[i]);
                }
            }
        }
        return x;
    }

    /** Factors whose product neither overflows nor underflows in any order; often with zeros. */
    private static Operand factors(Draw d, long[] shape) {
        Operand x = any(d, shape);
        if (x.base().elements() instanceof float[] f) {
            boolean few = Array.count(shape) <= (d.flavour() == Flavour.WIDE ? 8 : 30);
            double zeros = d.pick(0.0, 0.0, 1.0 / Math.max(1, f.length), 0.1);
            for (int i = 0; i < f.length; i++) {
                boolean moderate = f[i] == 0 || !Float.isFinite(f[i]) || few && Math.abs(Math.getExponent(f[i])) < 30;
                if (!moderate || !few && Float.isFinite(f[i])) {
                    f[i] = (float) Math.copySign(Math.exp(0.05 * d.gaussian()), f[i]);
                }
                if (d.chance(zeros)) {
                    f[i] = 0;
                }
            }
        }
        if (finite(x)) {
            d.finite();
        }
        return x;
    }

    /** FLOAT32 that is not near 0, except for some zeros. */
    private static Operand moderate(Draw d, long[] shape) {
        Operand x = d.floatsBetween(0.25, 4, shape);
        float[] f = (float[]) x.base().elements();
        for (int i = 0; i < f.length; i++) {
            f[i] = d.chance(0.1) ? 0 : d.flag() ? f[i] : -f[i];
        }
        return x;
    }

    /** What a p-norm is taken of: numbers whose powers neither overflow nor vanish, unless it needs no powers. */
    private static Operands powers(double p) {
        return (d, shape) -> {
            if (d.chance(0.3)) {
                return moderate(d, shape);
            }
            Operand x = mostlyFloats(d, shape);
            boolean anySize = p == 0 || p == 1 || Double.isInfinite(p) || p == 2 && shape.length > 0;
            return anySize ? x : clamped(x, 0x1p-12f, 0x1p12f);
        };
    }

    private static ScalarOptional number(int n) {
        return new ScalarOptional(scalar((long) n));
    }

    // ---- rows

    private Operation whole(
            String name,
            Operands operands,
            UnaryOperator<Tensor> ondol,
            UnaryOperator<org.bytedeco.pytorch.Tensor> torch,
            Bounds bounds) {
        return op(name, d -> {
            long[] shape = shape(d);
            Trial trial = Trial.one(
                    name + "()",
                    List.of(operand(operands, d, shape)),
                    in -> ondol.apply(in.getFirst()),
                    in -> torch.apply(in.getFirst()));
            return bounds.set(trial, shape);
        });
    }

    private Operation over(
            String name,
            Operands operands,
            Over<Tensor> ondol,
            Over<org.bytedeco.pytorch.Tensor> torch,
            Bounds bounds) {
        return corrected(name, operands, c -> ondol, c -> torch, bounds);
    }

    /** As {@link #over}, with a correction. */
    private Operation corrected(
            String name,
            Operands operands,
            IntFunction<Over<Tensor>> ondol,
            IntFunction<Over<org.bytedeco.pytorch.Tensor>> torch,
            Bounds bounds) {
        return op(name, d -> {
            long[] shape = shape(d);
            int[] axes = axes(d, shape.length);
            boolean keepDim = d.flag();
            int correction = d.pick(0, 1, 1, 2, 3, -1);
            Trial trial = Trial.one(
                    name + " over " + Arrays.toString(axes) + ", " + correction + ", " + keepDim,
                    List.of(operand(operands, d, shape)),
                    in -> ondol.apply(correction).apply(in.getFirst(), axes, keepDim),
                    in -> torch.apply(correction).apply(in.getFirst(), axes, keepDim));
            return bounds.set(trial, shape);
        });
    }

    private Operation along(
            String name,
            Operands operands,
            Along<Tensor, Tensor> ondol,
            Along<org.bytedeco.pytorch.Tensor, org.bytedeco.pytorch.Tensor> torch,
            Bounds bounds) {
        return row(
                name,
                operands,
                (x, axis, keepDim) -> List.of(ondol.apply(x, axis, keepDim)),
                (x, axis, keepDim) -> List.of(torch.apply(x, axis, keepDim)),
                bounds);
    }

    private Operation pairs(
            String name,
            Along<Tensor, ValuesAndIndices> ondol,
            Along<org.bytedeco.pytorch.Tensor, T_TensorTensor_T> torch) {
        return row(
                name,
                ReductionTable::any,
                (x, axis, keepDim) -> {
                    ValuesAndIndices y = ondol.apply(x, axis, keepDim);
                    return List.of(y.values(), y.indices());
                },
                (x, axis, keepDim) -> {
                    T_TensorTensor_T y = torch.apply(x, axis, keepDim);
                    return List.of(y.get0(), y.get1());
                },
                ReductionTable::chosen);
    }

    private Operation row(
            String name,
            Operands operands,
            Along<Tensor, List<Tensor>> ondol,
            Along<org.bytedeco.pytorch.Tensor, List<org.bytedeco.pytorch.Tensor>> torch,
            Bounds bounds) {
        return op(name, d -> {
            long[] shape = shape(d);
            int axis = d.axis(shape.length);
            boolean keepDim = d.flag();
            Trial trial = Trial.many(
                    name + " along " + axis + ", " + keepDim,
                    List.of(operand(operands, d, shape)),
                    in -> ondol.apply(in.getFirst(), axis, keepDim),
                    in -> torch.apply(in.getFirst(), axis, keepDim));
            return bounds.set(trial, shape);
        });
    }
}
