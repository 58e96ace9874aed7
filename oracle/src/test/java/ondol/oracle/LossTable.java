package ondol.oracle;

import java.util.List;
import ondol.Reduction;
import ondol.Tensor;
import ondol.op.Losses;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The operations of {@link Losses}, on moderate numbers. */
final class LossTable extends Operation.Table {
    private static final double EPS = 0x1p-24;

    /** A loss of an input and a target, in one engine. */
    private interface Pair<T> {
        T of(T x, T t);
    }

    LossTable() {
        op("smoothL1Loss", d -> {
            double beta = d.pick(0.75, 0.3, d.uniform(0.1, 3));
            Reduction r = d.pick(Reduction.values());
            return elements(
                    d,
                    "smoothL1Loss(" + r + ", " + beta + ")",
                    (x, t) -> Losses.smoothL1Loss(x, t, r, beta),
                    (x, t) -> torch.smooth_l1_loss(x, t, r.ordinal(), beta));
        });
        op("huberLoss", d -> {
            double delta = d.pick(0.75, 0.3, d.uniform(0.1, 3));
            Reduction r = d.pick(Reduction.values());
            return elements(
                    d,
                    "huberLoss(" + r + ", " + delta + ")",
                    (x, t) -> Losses.huberLoss(x, t, r, delta),
                    (x, t) -> torch.huber_loss(x, t, r.ordinal(), delta));
        });
        op("klDiv", d -> divergence(d, d.pick(Reduction.values())));
        op("klDivBatchMean", d -> divergence(d, null));
        op("nllLoss", d -> classes(d, false));
        op("crossEntropy(weights and smoothing)", d -> classes(d, true));
        op("crossEntropy(probabilities, weights and smoothing)", LossTable::probabilities);
    }

    private static Trial within(Trial trial, long[] shape) {
        long n = Math.max(1, Array.count(shape));
        return trial.within(
                Bound.ulps(16).plusAbsolute(64 * EPS * n),
                Bound.ulps(16).plusNorm(16).plusCotangent(64),
                Bound.ulps(16).plusNorm(64).plusCotangent(256 * n));
    }

    private static Trial elements(Draw d, String name, Pair<Tensor> ondol, Pair<org.bytedeco.pytorch.Tensor> libtorch) {
        long[] shape = d.tame().shape();
        return within(
                Trial.one(
                        name,
                        List.of(d.floats(shape), d.floats(shape)),
                        in -> ondol.of(in.get(0), in.get(1)),
                        in -> libtorch.of(in.get(0), in.get(1))),
                shape);
    }

    /** Of no reduction, the mean over the batch. */
    private static Trial divergence(Draw d, Reduction r) {
        long[] shape = d.tame().shape(1, 4);
        boolean logs = d.flag();
        Operand target = logs ? d.floatsBetween(-3, 0, shape) : d.floatsBetween(0.05, 1, shape);
        return within(
                Trial.one(
                        "klDiv(" + r + ", " + logs + ")",
                        List.of(d.floats(shape), target),
                        in -> r == null
                                ? Losses.klDivBatchMean(in.get(0), in.get(1), logs)
                                : Losses.klDiv(in.get(0), in.get(1), r, logs),
                        in -> r == null
                                ? torch.kl_div(in.get(0), in.get(1), Reduction.SUM.ordinal(), logs)
                                        .div(Torch.number((double) shape[0]))
                                : torch.kl_div(in.get(0), in.get(1), r.ordinal(), logs)),
                shape);
    }

    private static long[] inputShape(Draw d) {
        long[] shape = new long[d.between(1, 4)];
        for (int i = 0; i < shape.length; i++) {
            boolean isOfClasses = i == 1 || shape.length == 1;
            shape[i] = d.between(isOfClasses ? 2 : 1, 5);
        }
        return shape;
    }

    private static long[] targetShape(long[] shape) {
        long[] rest = new long[shape.length - 1];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = shape[i == 0 ? 0 : i + 1];
        }
        return rest;
    }

    private static Trial classes(Draw d, boolean ofLogits) {
        long[] shape = inputShape(d.tame());
        long n = shape[shape.length == 1 ? 0 : 1];
        long ignored = d.pick(-100L, 0L, 1L);
        Reduction r = d.pick(Reduction.values());
        double smoothing = d.pick(0.0, 0.1, 0.5, 0.9);
        boolean weighted = d.flag() || ofLogits && smoothing == 0;
        List<Operand> operands = List.of(
                d.floats(shape),
                d.longs(0, n - 1, targetShape(shape)),
                d.floatsBetween(0.1, 2, n).constant());
        return within(
                Trial.one(
                        (ofLogits ? "crossEntropy(" + smoothing + ", " : "nllLoss(") + r + ", ignoring " + ignored
                                + ")",
                        operands,
                        in -> {
                            Tensor w = weighted ? in.get(2) : null;
                            return ofLogits
                                    ? Losses.crossEntropy(in.get(0), in.get(1), w, r, ignored, smoothing)
                                    : Losses.nllLoss(in.get(0), in.get(1), w, ignored, r);
                        },
                        in -> {
                            TensorOptional w = weighted ? new TensorOptional(in.get(2)) : new TensorOptional();
                            return ofLogits
                                    ? torch.cross_entropy_loss(in.get(0), in.get(1), w, r.ordinal(), ignored, smoothing)
                                    : torch.nll_loss_nd(in.get(0).contiguous(), in.get(1), w, r.ordinal(), ignored);
                        }),
                shape);
    }

    private static Trial probabilities(Draw d) {
        long[] shape = inputShape(d.tame());
        long n = shape[shape.length == 1 ? 0 : 1];
        Reduction r = d.pick(Reduction.values());
        double smoothing = d.pick(0.0, 0.1, 0.5);
        List<Operand> operands = List.of(
                d.floats(shape),
                d.floatsBetween(0, 1, shape),
                d.floatsBetween(0.1, 2, n).constant());
        return within(
                Trial.one(
                        "crossEntropy(" + smoothing + ", " + r + ")",
                        operands,
                        in -> Losses.crossEntropy(in.get(0), in.get(1), in.get(2), r, -100, smoothing)
                                .mul(1.0), // PyTorch divides in C++, and calls that by another name
                        in -> torch.cross_entropy_loss(
                                        in.get(0),
                                        in.get(1),
                                        new TensorOptional(in.get(2)),
                                        r.ordinal(),
                                        -100,
                                        smoothing)
                                .mul(Torch.number(1))),
                shape);
    }
}
