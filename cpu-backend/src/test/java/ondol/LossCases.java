package ondol;

import static ondol.GradientCase.shape;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import ondol.op.Losses;

/** Losses of {@link Losses}, beside the same in plain loops. */
final class LossCases {
    private static final String REGRESSION = "(Tensor,Tensor,Reduction,double)";
    private static final String NLL = "nllLoss(Tensor,Tensor,Tensor,long,Reduction)";
    private static final String CROSS = "crossEntropy(Tensor,Tensor,Tensor,Reduction,long,double)";
    private static final int CLASSES = 3;
    private static final NdArray WEIGHT = NdArray.vector(0.5, 2, 1.25);
    private static final long[] TARGET = {2, 0, 1, 1, 2, 0, 1, 2};

    private LossCases() {}

    static List<GradientCase> all() {
        var b = new GradientCase.Builder().within(16, 1);
        elements(b);
        classes(b);
        probabilities(b);
        return b.cases();
    }

    private static int[][][] pairs() {
        return new int[][][] {{shape(4), shape(4)}, {shape(2, 3), shape(2, 3)}, {shape(), shape()}};
    }

    private static void elements(GradientCase.Builder b) {
        for (Reduction r : Reduction.values()) {
            b.shapes(pairs())
                    .sampler((random, input, s) -> input == 0
                            ? GradientCase.avoiding(-2, 2, 0, -1, 1, -0.5, 0.5).sample(random, input, s)
                            : NdArray.zeros(s))
                    .add(
                            "smoothL1Loss" + REGRESSION,
                            r + ", beta 0.5",
                            in -> Losses.smoothL1Loss(in[0], in[1], r, 0.5),
                            in -> reduced(in, r, (x, t) -> smooth(x - t, 0.5)))
                    .add(
                            "smoothL1Loss" + REGRESSION,
                            r + ", beta 0",
                            in -> Losses.smoothL1Loss(in[0], in[1], r, 0),
                            in -> reduced(in, r, (x, t) -> Math.abs(x - t)))
                    .add(
                            "huberLoss" + REGRESSION,
                            r.toString(),
                            in -> Losses.huberLoss(in[0], in[1], r, 0.5),
                            in -> reduced(in, r, (x, t) -> 0.5 * smooth(x - t, 0.5)))
                    .sampler(GradientCase.between(0.1, 1))
                    .add(
                            "klDiv(Tensor,Tensor,Reduction,boolean)",
                            r.toString(),
                            in -> Losses.klDiv(in[0], in[1], r, false),
                            in -> reduced(in, r, (x, t) -> t * (Math.log(t) - x)))
                    .add(
                            "klDiv(Tensor,Tensor,Reduction,boolean)",
                            r + " of logarithms",
                            in -> Losses.klDiv(in[0], in[1], r, true),
                            in -> reduced(in, r, (x, t) -> Math.exp(t) * (t - x)));
        }
        b.shapes(new int[][] {shape(4, 2), shape(4, 2)})
                .add(
                        "klDivBatchMean(Tensor,Tensor,boolean)",
                        "",
                        in -> Losses.klDivBatchMean(in[0], in[1], false),
                        in -> reduced(in, Reduction.SUM, (x, t) -> t * (Math.log(t) - x) / 4));
    }

    private static double smooth(double d, double beta) {
        return Math.abs(d) < beta ? 0.5 * d * d / beta : Math.abs(d) - 0.5 * beta;
    }

    private static NdArray reduced(NdArray[] in, Reduction reduction, DoubleBinaryOperator loss) {
        return reduced(in[0].zip(in[1], loss), reduction, in[0].data.length);
    }

    private static NdArray reduced(NdArray losses, Reduction reduction, double by) {
        double sum = NdArray.sum(losses.data);
        return switch (reduction) {
            case NONE -> losses;
            case SUM -> NdArray.scalar(sum);
            case MEAN -> NdArray.scalar(sum / by);
        };
    }

    // ---- classes: inputs of shape [4, 3] or [2, 3, 2, 2]

    private static void classes(GradientCase.Builder b) {
        b.shapes(GradientCase.single(shape(4, CLASSES), shape(2, CLASSES, 2), shape(2, CLASSES, 2, 2)))
                .sampler(GradientCase.between(-2, 2));
        for (Reduction r : Reduction.values()) {
            for (long ignored : new long[] {-100, 1}) {
                String title = r + ", ignoring " + ignored;
                b.one(
                        NLL,
                        title + ", weighted",
                        x -> Losses.nllLoss(x, target(x), WEIGHT.tensor(), ignored, r),
                        x -> likelihood(x, WEIGHT, ignored, r, 0));
                b.one(
                        NLL,
                        title,
                        x -> Losses.nllLoss(x, target(x), null, ignored, r),
                        x -> likelihood(x, WEIGHT.map(w -> 1), ignored, r, 0));
                b.one(
                        CROSS,
                        title + ", weighted",
                        x -> Losses.crossEntropy(x, target(x), WEIGHT.tensor(), r, ignored, 0),
                        x -> likelihood(logSoftmax(x), WEIGHT, ignored, r, 0));
                b.one(
                        CROSS,
                        title + ", smoothed",
                        x -> Losses.crossEntropy(x, target(x), null, r, ignored, 0.3),
                        x -> likelihood(logSoftmax(x), WEIGHT.map(w -> 1), ignored, r, 0.3));
                b.one(
                        CROSS,
                        title + ", weighted and smoothed",
                        x -> Losses.crossEntropy(x, target(x), WEIGHT.tensor(), r, ignored, 0.3),
                        x -> likelihood(logSoftmax(x), WEIGHT, ignored, r, 0.3));
            }
        }
    }

    private static void probabilities(GradientCase.Builder b) {
        b.shapes(
                new int[][] {shape(4, CLASSES), shape(4, CLASSES)},
                new int[][] {shape(2, CLASSES, 2), shape(2, CLASSES, 2)});
        for (Reduction r : Reduction.values()) {
            b.add(
                    CROSS,
                    r + ", of probabilities",
                    in -> Losses.crossEntropy(in[0], in[1], WEIGHT.tensor(), r, -100, 0.3),
                    in -> ofProbabilities(in, r));
        }
    }

    private static Tensor target(Tensor x) {
        long[] sizes = x.shape().toArray();
        long[] rest = new long[sizes.length - 1];
        rest[0] = sizes[0];
        System.arraycopy(sizes, 2, rest, 1, sizes.length - 2);
        int n = (int) (x.numel() / CLASSES);
        return Tensor.tensor(Arrays.copyOf(TARGET, n)).reshape(rest);
    }

    /** Where row r's class c is. */
    private static int place(NdArray x, int row, int c) {
        int places = x.data.length / x.shape[0] / CLASSES;
        return (row / places * CLASSES + c) * places + row % places;
    }

    private static NdArray rows(NdArray x) {
        int[] rest = new int[x.shape.length - 1];
        rest[0] = x.shape[0];
        System.arraycopy(x.shape, 2, rest, 1, x.shape.length - 2);
        return NdArray.zeros(rest);
    }

    private static NdArray logSoftmax(NdArray x) {
        NdArray out = NdArray.zeros(x.shape);
        for (int row = 0; row < x.data.length / CLASSES; row++) {
            double sum = 0;
            for (int c = 0; c < CLASSES; c++) {
                sum += Math.exp(x.data[place(x, row, c)]);
            }
            for (int c = 0; c < CLASSES; c++) {
                int at = place(x, row, c);
                out.data[at] = x.data[at] - Math.log(sum);
            }
        }
        return out;
    }

    private static NdArray likelihood(NdArray logs, NdArray weight, long ignored, Reduction r, double smoothing) {
        NdArray losses = rows(logs);
        double weights = 0;
        for (int row = 0; row < losses.data.length; row++) {
            int t = (int) TARGET[row];
            if (t == ignored) {
                continue;
            }
            weights += weight.data[t];
            losses.data[row] = -(1 - smoothing) * weight.data[t] * logs.data[place(logs, row, t)];
            for (int c = 0; c < CLASSES; c++) {
                losses.data[row] -= smoothing / CLASSES * weight.data[c] * logs.data[place(logs, row, c)];
            }
        }
        return reduced(losses, r, weights);
    }

    private static NdArray ofProbabilities(NdArray[] in, Reduction r) {
        NdArray logs = logSoftmax(in[0]);
        NdArray losses = rows(logs);
        for (int row = 0; row < losses.data.length; row++) {
            for (int c = 0; c < CLASSES; c++) {
                int at = place(logs, row, c);
                losses.data[row] -= WEIGHT.data[c] * logs.data[at] * (0.7 * in[1].data[at] + 0.1);
            }
        }
        return reduced(losses, r, losses.data.length);
    }
}
