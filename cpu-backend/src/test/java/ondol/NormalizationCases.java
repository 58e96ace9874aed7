package ondol;

import static ondol.GradientCase.shape;

import java.util.List;
import java.util.function.IntUnaryOperator;
import ondol.op.Normalization;

/** Normalisation, beside the same in plain loops. */
final class NormalizationCases {
    private static final double EPS = 0.01;
    private static final int CHANNELS = 4;
    private static final NdArray MEAN = NdArray.vector(0.25, -0.5, 1, 0);
    private static final NdArray VARIANCE = NdArray.vector(0.5, 1, 2, 0.25);
    private static final String CHANNEL_WISE = "(Tensor,Tensor,Tensor,Tensor,Tensor,boolean,double,double)";

    private NormalizationCases() {}

    static List<GradientCase> all() {
        var b = new GradientCase.Builder().within(32, 2).sampler(GradientCase.between(-2, 2));
        channels(b);
        features(b);
        neighbours(b);
        return b.cases();
    }

    private static void channels(GradientCase.Builder b) {
        int[] parameter = shape(CHANNELS);
        int[][][] shapes = {
            {shape(3, CHANNELS), parameter, parameter},
            {shape(2, CHANNELS, 3), parameter, parameter},
            {shape(2, CHANNELS, 2, 2), parameter, parameter}
        };
        b.shapes(shapes)
                .add(
                        "batchNorm" + CHANNEL_WISE,
                        "in training",
                        in -> Normalization.batchNorm(in[0], null, null, in[1], in[2], true, 0.1, EPS),
                        in -> standardized(in, i -> channel(in[0], i), i -> channel(in[0], i)))
                .add(
                        "batchNorm" + CHANNEL_WISE,
                        "by running numbers",
                        in -> Normalization.batchNorm(
                                in[0], MEAN.tensor(), VARIANCE.tensor(), in[1], in[2], false, 0.1, EPS),
                        NormalizationCases::byGiven)
                .add(
                        "batchNorm" + CHANNEL_WISE,
                        "without a weight",
                        in -> Normalization.batchNorm(in[0], null, null, null, in[2], true, 0.1, EPS)
                                .add(in[1].sum()),
                        in -> plus(
                                standardized(
                                        new NdArray[] {in[0], ones(in[1]), in[2]},
                                        i -> channel(in[0], i),
                                        i -> channel(in[0], i)),
                                in[1]))
                .add(
                        "batchNorm" + CHANNEL_WISE,
                        "without a bias",
                        in -> Normalization.batchNorm(in[0], null, null, in[1], null, true, 0.1, EPS)
                                .add(in[2].sum()),
                        in -> plus(
                                standardized(
                                        new NdArray[] {in[0], in[1], NdArray.zeros(CHANNELS)},
                                        i -> channel(in[0], i),
                                        i -> channel(in[0], i)),
                                in[2]))
                .add(
                        "groupNorm(Tensor,long,Tensor,Tensor,double)",
                        "",
                        in -> Normalization.groupNorm(in[0], 2, in[1], in[2], EPS),
                        in -> standardized(in, i -> i / places(in[0]) / 2, i -> channel(in[0], i)));
        b.shapes(shapes[1], shapes[2])
                .add(
                        "instanceNorm" + CHANNEL_WISE,
                        "",
                        in -> Normalization.instanceNorm(in[0], null, null, in[1], in[2], true, 0.1, EPS),
                        in -> standardized(in, i -> i / places(in[0]), i -> channel(in[0], i)))
                .add(
                        "instanceNorm" + CHANNEL_WISE,
                        "by running numbers",
                        in -> Normalization.instanceNorm(
                                in[0], MEAN.tensor(), VARIANCE.tensor(), in[1], in[2], false, 0.1, EPS),
                        NormalizationCases::byGiven);
        b.shapes(GradientCase.single(shape(2, CHANNELS, 3), shape(2, CHANNELS, 2, 2)))
                .sampler(GradientCase.between(-6, 6))
                .one(
                        "instanceNorm(Tensor)",
                        "",
                        Normalization::instanceNorm,
                        x -> standardized(x, i -> i / places(x), 1e-5))
                .one(
                        "groupNorm(Tensor,long)",
                        "",
                        x -> Normalization.groupNorm(x, 2),
                        x -> standardized(x, i -> i / places(x) / 2, 1e-5))
                .sampler(GradientCase.between(-2, 2));
    }

    private static void features(GradientCase.Builder b) {
        int[][][] shapes = {{shape(3, 4), shape(4), shape(4)}, {shape(2, 3, 4), shape(4), shape(4)}};
        b.shapes(shapes)
                .add(
                        "layerNorm(Tensor,long[],Tensor,Tensor,double)",
                        "",
                        in -> Normalization.layerNorm(in[0], new long[] {4}, in[1], in[2], EPS),
                        in -> standardized(in, i -> i / 4, i -> i % 4))
                .add(
                        "layerNorm(Tensor,long[],Tensor,Tensor,double)",
                        "without a weight",
                        in -> Normalization.layerNorm(in[0], new long[] {4}, null, in[2], EPS)
                                .add(in[1].sum()),
                        in -> plus(
                                standardized(new NdArray[] {in[0], ones(in[1]), in[2]}, i -> i / 4, i -> i % 4), in[1]))
                .add(
                        "rmsNorm(Tensor,long[],Tensor,Double)",
                        "",
                        in -> Normalization.rmsNorm(in[0], new long[] {4}, in[1], EPS)
                                .add(in[2]),
                        in -> affine(rooted(in[0], 4, EPS), in[1], in[2], i -> i % 4));
        b.shapes(new int[][] {shape(2, 3, 2), shape(3, 2), shape(3, 2)})
                .add(
                        "layerNorm(Tensor,long[],Tensor,Tensor,double)",
                        "over two axes",
                        in -> Normalization.layerNorm(in[0], new long[] {3, 2}, in[1], in[2], EPS),
                        in -> standardized(in, i -> i / 6, i -> i % 6));
        b.shapes(GradientCase.single(shape(2, 3, 4), shape(5, 4)))
                .sampler(GradientCase.between(-6, 6))
                .one(
                        "layerNorm(Tensor,long[])",
                        "",
                        x -> Normalization.layerNorm(x, 4),
                        x -> standardized(x, i -> i / 4, 1e-5))
                .one("rmsNorm(Tensor,long[])", "", x -> Normalization.rmsNorm(x, 4), x -> rooted(x, 4, 0x1p-23))
                .sampler(GradientCase.between(-2, 2));
    }

    private static void neighbours(GradientCase.Builder b) {
        b.shapes(GradientCase.single(shape(2, CHANNELS, 3), shape(1, CHANNELS, 2, 2)));
        for (int size = 1; size <= 5; size++) {
            int n = size;
            b.one(
                    "localResponseNorm(Tensor,long,double,double,double)",
                    "over " + n,
                    x -> Normalization.localResponseNorm(x, n, 0.5, 0.75, 2),
                    x -> responses(x, n, 0.5, 0.75, 2));
        }
        b.one(
                "localResponseNorm(Tensor,long)",
                "",
                x -> Normalization.localResponseNorm(x, 3),
                x -> responses(x, 3, 1e-4, 0.75, 1));
    }

    // ---- in plain loops

    private static int places(NdArray x) {
        int n = 1;
        for (int i = 2; i < x.shape.length; i++) {
            n *= x.shape[i];
        }
        return n;
    }

    private static int channel(NdArray x, int i) {
        return i / places(x) % x.shape[1];
    }

    private static NdArray ones(NdArray like) {
        return like.map(v -> 1);
    }

    /** With the sum of another added to each element, so that this has a gradient. */
    private static NdArray plus(NdArray x, NdArray other) {
        double sum = NdArray.sum(other.data);
        return x.map(v -> v + sum);
    }

    /** Of x, weight and bias. */
    private static NdArray standardized(NdArray[] in, IntUnaryOperator group, IntUnaryOperator parameter) {
        return affine(standardized(in[0], group, EPS), in[1], in[2], parameter);
    }

    private static NdArray affine(NdArray x, NdArray weight, NdArray bias, IntUnaryOperator parameter) {
        NdArray out = NdArray.zeros(x.shape);
        for (int i = 0; i < out.data.length; i++) {
            int p = parameter.applyAsInt(i);
            out.data[i] = x.data[i] * weight.data[p] + bias.data[p];
        }
        return out;
    }

    static NdArray standardized(NdArray x, IntUnaryOperator group, double eps) {
        int n = x.data.length;
        double[] count = new double[n];
        double[] mean = new double[n];
        double[] variance = new double[n];
        for (int i = 0; i < n; i++) {
            count[group.applyAsInt(i)]++;
        }
        for (int i = 0; i < n; i++) {
            int g = group.applyAsInt(i);
            mean[g] += x.data[i] / count[g];
        }
        for (int i = 0; i < n; i++) {
            int g = group.applyAsInt(i);
            variance[g] += (x.data[i] - mean[g]) * (x.data[i] - mean[g]) / count[g];
        }
        NdArray out = NdArray.zeros(x.shape);
        for (int i = 0; i < n; i++) {
            int g = group.applyAsInt(i);
            out.data[i] = (x.data[i] - mean[g]) / Math.sqrt(variance[g] + eps);
        }
        return out;
    }

    private static NdArray byGiven(NdArray[] in) {
        NdArray unit = NdArray.zeros(in[0].shape);
        for (int i = 0; i < unit.data.length; i++) {
            int c = channel(in[0], i);
            unit.data[i] = (in[0].data[i] - MEAN.data[c]) / Math.sqrt(VARIANCE.data[c] + EPS);
        }
        return affine(unit, in[1], in[2], i -> channel(in[0], i));
    }

    private static NdArray rooted(NdArray x, int n, double eps) {
        double[] squares = new double[x.data.length / n];
        for (int i = 0; i < x.data.length; i++) {
            squares[i / n] += x.data[i] * x.data[i] / n;
        }
        NdArray out = NdArray.zeros(x.shape);
        for (int i = 0; i < x.data.length; i++) {
            out.data[i] = x.data[i] / Math.sqrt(squares[i / n] + eps);
        }
        return out;
    }

    private static NdArray responses(NdArray x, int size, double alpha, double beta, double k) {
        int places = places(x);
        NdArray out = NdArray.zeros(x.shape);
        for (int i = 0; i < x.data.length; i++) {
            int c = channel(x, i);
            double sum = 0;
            for (int other = c - size / 2; other <= c + (size - 1) / 2; other++) {
                if (other >= 0 && other < x.shape[1]) {
                    double v = x.data[i + (other - c) * places];
                    sum += v * v;
                }
            }
            out.data[i] = x.data[i] / Math.pow(k + alpha / size * sum, beta);
        }
        return out;
    }
}
