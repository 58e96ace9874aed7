package ondol;

import static ondol.GradientCase.between;
import static ondol.GradientCase.shape;
import static ondol.GradientCase.single;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/** Gradient cases of {@link ReductionOps}. */
final class ReductionCases {
    private static final int[][] TWO_AXES = {{0}, {1}, {-1}, {0, 1}, {-1, 0}};
    private static final int[][] THREE_AXES = {{0}, {1}, {2}, {0, 2}, {1, 2}, {-3, 1}, {0, 1, 2}};

    private final GradientCase.Builder cases = new GradientCase.Builder();

    private ReductionCases() {}

    static List<GradientCase> all() {
        ReductionCases c = new ReductionCases();
        c.sums();
        c.products();
        c.extremes();
        c.spread();
        c.norms();
        c.scans();
        return c.cases.cases();
    }

    private void whole(String method, Function<Tensor, Tensor> op, ToDoubleFunction<double[]> f) {
        cases.shapes(GradientCase.ANY_RANK).one(method, "", op, x -> x.reduce(f, false));
    }

    private void axis(String method, BiFunction<Tensor, Integer, Tensor> op, ToDoubleFunction<double[]> f) {
        axis(method, op, f, false);
    }

    private void axis(
            String method, BiFunction<Tensor, Integer, Tensor> op, ToDoubleFunction<double[]> f, boolean keep) {
        for (int axis : new int[] {0, 1, -1}) {
            int[][][] shapes = axis == 1 ? single(shape(3, 4), shape(2, 3, 4)) : GradientCase.ANY_RANK;
            cases.shapes(shapes).one(method, "axis " + axis, x -> op.apply(x, axis), x -> x.reduce(f, keep, axis));
        }
    }

    private void axes(String method, BiFunction<Tensor, int[], Tensor> op, ToDoubleFunction<double[]> f, boolean keep) {
        for (int[] axes : TWO_AXES) {
            cases.shapes(single(shape(3, 4)));
            cases.one(method, Arrays.toString(axes), x -> op.apply(x, axes), x -> x.reduce(f, keep, axes));
        }
        for (int[] axes : THREE_AXES) {
            cases.shapes(single(shape(2, 3, 4)));
            cases.one(method, Arrays.toString(axes), x -> op.apply(x, axes), x -> x.reduce(f, keep, axes));
        }
    }

    private void sums() {
        cases.sampler(between(-2, 2)).within(4, 4);
        whole("sum()", Tensor::sum, NdArray::sum);
        axes("sum(int[])", (x, a) -> x.sum(a), NdArray::sum, false);
        axes("sum(int[],boolean)", (x, a) -> x.sum(a, true), NdArray::sum, true);
        axis("sum(int,boolean)", (x, a) -> x.sum(a, true), NdArray::sum, true);
        ToDoubleFunction<double[]> mean = ReductionCases::mean;
        whole("mean()", Tensor::mean, mean);
        axes("mean(int[])", (x, a) -> x.mean(a), mean, false);
        axes("mean(int[],boolean)", (x, a) -> x.mean(a, true), mean, true);
        axis("mean(int,boolean)", (x, a) -> x.mean(a, true), mean, true);
    }

    private void products() {
        GradientCase.Sampler factors = GradientCase.avoiding(-1.5, 1.5, -0.4, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4);
        cases.sampler(factors).within(32, 0);
        whole("prod()", Tensor::prod, ReductionCases::product);
        cases.add(cases.last().with("with a zero", 0, 2));
        cases.add(cases.last().with("with two zeros", 0, 1));
        axis("prod(int,boolean)", (x, a) -> x.prod(a, false), ReductionCases::product);
        cases.add(cases.last().with("axis -1, with zeros", 0, 1, 4, 5));
        axis("prod(int,boolean)", (x, a) -> x.prod(a, true), ReductionCases::product, true);
        axis("prod(int)", Tensor::prod, ReductionCases::product);
    }

    private void extremes() {
        cases.sampler(GradientCase.distinct()).within(0, 0);
        ToDoubleFunction<double[]> max = row -> Arrays.stream(row).max().getAsDouble();
        ToDoubleFunction<double[]> min = row -> Arrays.stream(row).min().getAsDouble();
        whole("max()", Tensor::max, max);
        whole("min()", Tensor::min, min);
        axis("max(int)", (x, a) -> x.max(a).values(), max);
        axis("min(int)", (x, a) -> x.min(a).values(), min);
        axis("max(int,boolean)", (x, a) -> x.max(a, true).values(), max, true);
        axis("min(int,boolean)", (x, a) -> x.min(a, true).values(), min, true);
        axes("amax(int[],boolean)", (x, a) -> x.amax(a, false), max, false);
        axes("amin(int[],boolean)", (x, a) -> x.amin(a, true), min, true);
        axes("amax(int[])", (x, a) -> x.amax(a), max, false);
        axes("amin(int[])", (x, a) -> x.amin(a), min, false);
        axis("amax(int,boolean)", (x, a) -> x.amax(a, true), max, true);
        axis("amin(int,boolean)", (x, a) -> x.amin(a, false), min);
    }

    private void spread() {
        cases.sampler(between(-2, 2)).within(16, 1);
        // One number has no sample variance: at least two elements.
        int[][][] several = single(shape(5), shape(3, 4), shape(2, 3, 4));
        cases.shapes(several).one("var()", "", Tensor::var, x -> x.reduce(variance(1), false));
        cases.one("std()", "", Tensor::std, x -> x.reduce(root(variance(1)), false));
        cases.shapes(single(shape(3, 4), shape(2, 3, 4)));
        for (int axis : new int[] {0, 1, -1}) {
            String title = "axis " + axis;
            cases.one("var(int,boolean)", title, x -> x.var(axis, true), x -> x.reduce(variance(1), true, axis));
            cases.one(
                    "std(int,boolean)", title, x -> x.std(axis, false), x -> x.reduce(root(variance(1)), false, axis));
        }
        axes("var(int[])", (x, a) -> x.var(a), variance(1), false);
        axes("var(int[],boolean)", (x, a) -> x.var(a, true), variance(1), true);
        axes("std(int[])", (x, a) -> x.std(a), root(variance(1)), false);
        axes("std(int[],boolean)", (x, a) -> x.std(a, true), root(variance(1)), true);
        // Of n - 0 and n - 1.
        for (int c : new int[] {0, 1}) {
            axes("var(int[],int,boolean)", (x, a) -> x.var(a, c, false), variance(c), false);
            axes("std(int[],int,boolean)", (x, a) -> x.std(a, c, true), root(variance(c)), true);
        }
    }

    private void norms() {
        GradientCase.Sampler nonzero = GradientCase.avoiding(-2, 2, -0.2, -0.1, 0, 0.1, 0.2);
        cases.sampler(nonzero).within(16, 1);
        whole("norm()", Tensor::norm, norm(2));
        for (double p : new double[] {0, 0.5, 1, 1.5, 2, 3}) {
            for (int[] axes : new int[][] {{}, {0}, {-1}, {0, -1}}) {
                boolean keep = p == 1;
                String title = p + " " + Arrays.toString(axes);
                cases.shapes(single(shape(3, 4), shape(2, 3, 4)))
                        .one(
                                "norm(double,int[],boolean)",
                                title,
                                x -> x.norm(p, axes, keep),
                                x -> x.reduce(norm(p), keep, axes));
            }
        }
        axes("norm(double,int[])", (x, a) -> x.norm(2, a), norm(2), false);
        axis("norm(double,int,boolean)", (x, a) -> x.norm(3, a, true), norm(3), true);
        // Distinct magnitudes: the largest is where it is.
        cases.sampler((random, input, shape) ->
                TestInputs.distinct(random, 0.1, shape).map(v -> (float) ((random.nextBoolean() ? 1 : -1) * (v + 10))));
        for (int[] axes : new int[][] {{}, {0}, {-1}}) {
            cases.one(
                    "norm(double,int[],boolean)",
                    "infinity " + Arrays.toString(axes),
                    x -> x.norm(Double.POSITIVE_INFINITY, axes, false),
                    x -> x.reduce(r -> Arrays.stream(r).map(Math::abs).max().getAsDouble(), false, axes));
        }
    }

    private void rows(String method, BiFunction<Tensor, Integer, Tensor> op, UnaryOperator<double[]> f) {
        for (int axis : new int[] {0, 1, -1}) {
            int[][][] shapes = axis == 1 ? single(shape(3, 4), shape(2, 3, 4)) : GradientCase.ANY_RANK;
            cases.shapes(shapes).one(method, "axis " + axis, x -> op.apply(x, axis), x -> x.along(axis, f));
        }
    }

    private void scans() {
        cases.sampler(between(-2, 2)).within(16, 1);
        rows("cumsum(int)", Tensor::cumsum, ReductionCases::runningSum);
        rows("softmax(int)", Tensor::softmax, ReductionCases::softmax);
        rows("logSoftmax(int)", Tensor::logSoftmax, ReductionCases::logSoftmax);
        axis("logSumExp(int,boolean)", (x, a) -> x.logSumExp(a, false), ReductionCases::logSumExp);
        axis("logSumExp(int,boolean)", (x, a) -> x.logSumExp(a, true), ReductionCases::logSumExp, true);
        axes("logSumExp(int[])", (x, a) -> x.logSumExp(a), ReductionCases::logSumExp, false);
        axes("logSumExp(int[],boolean)", (x, a) -> x.logSumExp(a, true), ReductionCases::logSumExp, true);
    }

    // ---- the same in double precision

    static double mean(double[] row) {
        return NdArray.sum(row) / row.length;
    }

    static double product(double[] row) {
        return Arrays.stream(row).reduce(1, (a, b) -> a * b);
    }

    static ToDoubleFunction<double[]> variance(int correction) {
        return row -> {
            double mean = mean(row);
            double sum = Arrays.stream(row).map(x -> (x - mean) * (x - mean)).sum();
            return sum / (row.length - correction);
        };
    }

    static ToDoubleFunction<double[]> root(ToDoubleFunction<double[]> f) {
        return row -> Math.sqrt(f.applyAsDouble(row));
    }

    static ToDoubleFunction<double[]> norm(double p) {
        if (p == 0) {
            return row -> Arrays.stream(row).filter(x -> x != 0).count();
        }
        DoubleUnaryOperator power = x -> Math.pow(Math.abs(x), p);
        return row -> Math.pow(Arrays.stream(row).map(power).sum(), 1 / p);
    }

    static double[] runningSum(double[] row) {
        double[] out = row.clone();
        for (int i = 1; i < out.length; i++) {
            out[i] += out[i - 1];
        }
        return out;
    }

    static double logSumExp(double[] row) {
        double max = Arrays.stream(row).max().orElse(0);
        return max + Math.log(Arrays.stream(row).map(x -> Math.exp(x - max)).sum());
    }

    static double[] logSoftmax(double[] row) {
        double all = logSumExp(row);
        return Arrays.stream(row).map(x -> x - all).toArray();
    }

    static double[] softmax(double[] row) {
        return Arrays.stream(logSoftmax(row)).map(Math::exp).toArray();
    }
}
