package ondol.op;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import ondol.DType;
import ondol.Reduction;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.kernel.Expr;
import org.jspecify.annotations.Nullable;

/**
 * Losses beside those of {@link ondol.NeuralOps}, with PyTorch's names in {@code torch.nn.functional}: of each element, or the
 * sum or mean of these, as the {@link Reduction} says. Inputs are FLOAT32, class numbers INT64, all on one device. Gradients can
 * be differentiated again.
 */
public final class Losses {
    private static final Expr DISTANCE = ElementLoss.X.sub(ElementLoss.T);
    private static final Expr SETTING = ElementLoss.SETTING;
    private static final Expr HALF = Expr.constant(0.5f);

    private static final ElementLoss.Rule SMOOTH_L1 = smoothL1();
    private static final ElementLoss.Rule HUBER = huber();
    private static final ElementLoss.Rule KL = divergence();
    private static final ElementLoss.Rule KL_OF_LOGS = divergenceOfLogs();

    private Losses() {}

    private static ElementLoss.Rule smoothL1() {
        Expr far = DISTANCE.abs();
        Expr parabola = HALF.mul(DISTANCE).mul(DISTANCE).div(SETTING);
        Expr slope = SETTING.le(far).choose(DISTANCE.sign(), DISTANCE.div(SETTING));
        return ElementLoss.Rule.of(
                "SmoothL1LossBackward0",
                false,
                far.lt(SETTING).choose(parabola, far.sub(HALF.mul(SETTING))),
                slope,
                slope.neg(),
                (x, t, beta) -> {
                    Tensor d = x.sub(t);
                    return bothWays(beta == 0 ? d.sign() : d.div(beta).clamp(-1.0, 1.0));
                });
    }

    private static ElementLoss.Rule huber() {
        Expr far = DISTANCE.abs();
        Expr slope = SETTING.lt(far).choose(DISTANCE.sign().mul(SETTING), DISTANCE);
        return ElementLoss.Rule.of(
                "HuberLossBackward0",
                false,
                far.le(SETTING).choose(HALF.mul(DISTANCE).mul(DISTANCE), SETTING.mul(far.sub(HALF.mul(SETTING)))),
                slope,
                slope.neg(),
                (x, t, delta) -> bothWays(x.sub(t).clamp(-delta, delta)));
    }

    private static Tensor[] bothWays(Tensor slope) {
        return new Tensor[] {slope, slope.neg()};
    }

    private static ElementLoss.Rule divergence() {
        Expr x = ElementLoss.X;
        Expr t = ElementLoss.T;
        Expr entropy = t.eq(Expr.constant(0f)).choose(Expr.constant(0f), t.mul(t.log()));
        return ElementLoss.Rule.of(
                "SubBackward0",
                true,
                entropy.sub(t.mul(x)),
                t.neg(),
                t.log().add(Expr.constant(1f)).sub(x),
                (input, target, unused) ->
                        new Tensor[] {target.neg(), target.log().add(1.0).sub(input)});
    }

    private static ElementLoss.Rule divergenceOfLogs() {
        Expr x = ElementLoss.X;
        Expr t = ElementLoss.T;
        Expr p = t.exp();
        return ElementLoss.Rule.of(
                "MulBackward0",
                true,
                p.mul(t.sub(x)),
                p.neg(),
                p.mul(t.sub(x).add(Expr.constant(1f))),
                (input, target, unused) -> {
                    Tensor e = target.exp();
                    return new Tensor[] {e.neg(), e.mul(target.sub(input).add(1.0))};
                });
    }

    // ---- regression

    /**
     * {@code (x - t)^2 / (2 beta)} where {@code |x - t| < beta}, and {@code |x - t| - beta / 2} elsewhere (Girshick, "Fast R-CNN",
     * 2015); PyTorch's {@code smooth_l1_loss}.
     *
     * @param input any shape
     * @param target the same shape
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param beta where the parabola ends, 0 or more; with 0 it is the absolute error
     * @return a single number, or for {@link Reduction#NONE} the losses in the same shape
     * @throws IllegalArgumentException if shapes, types or devices differ, or beta is negative
     */
    public static Tensor smoothL1Loss(Tensor input, Tensor target, Reduction reduction, double beta) {
        check("smoothL1Loss", input, target, reduction);
        if (!(beta >= 0)) {
            throw new IllegalArgumentException("smoothL1Loss: beta is " + beta + "; it must be 0 or more");
        }
        return new ElementLoss(SMOOTH_L1, reduction, beta).apply(input, target);
    }

    /**
     * {@code (x - t)^2 / 2} where {@code |x - t| <= delta}, and {@code delta (|x - t| - delta / 2)} elsewhere (Huber 1964);
     * PyTorch's {@code huber_loss}.
     *
     * @param input any shape
     * @param target the same shape
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param delta where the parabola ends, more than 0
     * @return a single number, or for {@link Reduction#NONE} the losses in the same shape
     * @throws IllegalArgumentException if shapes, types or devices differ, or delta is not more than 0
     */
    public static Tensor huberLoss(Tensor input, Tensor target, Reduction reduction, double delta) {
        check("huberLoss", input, target, reduction);
        if (!(delta > 0)) {
            throw new IllegalArgumentException("huberLoss: delta is " + delta + "; it must be more than 0");
        }
        return new ElementLoss(HUBER, reduction, delta).apply(input, target);
    }

    // ---- distributions

    /**
     * The Kullback-Leibler divergence {@code t (log(t) - x)} of log-probabilities x from probabilities t, 0 where t is 0; or
     * {@code e^t (t - x)} if the targets are logarithms too. PyTorch's {@code kl_div}.
     *
     * @param input log-probabilities, any shape
     * @param target the same shape
     * @param reduction over all elements; for the mean over the first axis see {@link #klDivBatchMean}
     * @param logTarget whether the targets are logarithms
     * @return a single number, or for {@link Reduction#NONE} the losses in the same shape
     * @throws IllegalArgumentException if shapes, types or devices differ
     */
    public static Tensor klDiv(Tensor input, Tensor target, Reduction reduction, boolean logTarget) {
        check("klDiv", input, target, reduction);
        return new ElementLoss(logTarget ? KL_OF_LOGS : KL, reduction, 0).apply(input, target);
    }

    /**
     * The sum of {@link #klDiv} by the input's first size, which is the divergence's mean over the examples; PyTorch's {@code
     * reduction="batchmean"}.
     *
     * @param input logarithms of probabilities, of any shape with at least one axis
     * @param target probabilities of the same shape
     * @param logTarget whether targets are logarithms of probabilities
     * @return a single number
     * @throws IllegalArgumentException if shapes, types or devices differ, or the input is a single number
     */
    public static Tensor klDivBatchMean(Tensor input, Tensor target, boolean logTarget) {
        check("klDivBatchMean", input, target, Reduction.SUM);
        Arguments.axes("klDivBatchMean", "input", input, 1, 63);
        return Scope.result(() -> klDiv(input, target, Reduction.SUM, logTarget).div((double) input.size(0)));
    }

    private static void check(String name, Tensor input, Tensor target, Reduction reduction) {
        Arguments.floats(name, "input", input);
        Arguments.floats(name, "target", target);
        checkReduction(name, reduction);
        Arguments.sameDevice(name, input, target);
        if (!input.shape().equals(target.shape())) {
            throw new IllegalArgumentException(name + ": input " + input.shape() + " and target " + target.shape()
                    + " differ; reshape one, or broadcast it explicitly with expand");
        }
    }

    private static void checkReduction(String name, Reduction reduction) {
        Objects.requireNonNull(reduction, () -> name + ": the reduction is null; give MEAN, SUM or NONE");
    }

    // ---- classes

    /**
     * {@code -w[t] x[t]} of log-probabilities x and a class t; PyTorch's {@code nll_loss}. The mean is by the sum of the targets'
     * weights w[t]. Targets equal to {@code ignoreIndex} do not count; if none does, the mean is NaN, and the gradient 0.
     *
     * @param input log-probabilities, [C], [N, C] or [N, C, ...]
     * @param target class numbers (INT64), [], [N] or [N, ...]
     * @param weight [C], or null for 1
     * @param ignoreIndex the class number that does not count
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @return a single number, or for {@link Reduction#NONE} the losses in the target's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     * @throws IndexOutOfBoundsException if a class number is out of range
     */
    public static Tensor nllLoss(
            Tensor input, Tensor target, @Nullable Tensor weight, long ignoreIndex, Reduction reduction) {
        int axis = checkClasses("nllLoss", input, target, weight, reduction);
        return Scope.result(() -> ofClasses("nllLoss", input, target, axis, ignoreIndex, () -> {
            Likelihood.Targets targets = Likelihood.Targets.of(target, axis, weight, ignoreIndex);
            return picked(input, targets, axis, reduction);
        }));
    }

    /**
     * The cross-entropy of logits x and a class t, with weights w and smoothed labels (Szegedy et al. 2016); PyTorch's {@code
     * cross_entropy}. With {@code p = logSoftmax(x)}, of C classes:
     *
     * <pre>{@code
     * -(1 - s) w[t] p[t] - s / C sum(w p)
     * }</pre>
     *
     * <p>where s is the smoothing. The mean is by the sum of the targets' weights w[t]. A target of probabilities q counts as
     * {@code -sum(w p ((1 - s) q + s / C))}, and the mean is by the number of rows.
     *
     * @param input logits, [C], [N, C] or [N, C, ...]
     * @param target class numbers (INT64), [], [N] or [N, ...]; or probabilities of the input's shape
     * @param weight [C], or null for 1
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param ignoreIndex the class number that does not count; if none counts, the mean is NaN, and the gradient 0. For
     *     probabilities it must be negative
     * @param labelSmoothing s, from 0 to 1
     * @return a single number, or for {@link Reduction#NONE} the losses in the shape of class numbers
     * @throws IllegalArgumentException if shapes, types or devices do not fit, s is not from 0 to 1, or there are probabilities
     *     beside an ignoreIndex of 0 or more
     * @throws IndexOutOfBoundsException if a class number is out of range
     */
    public static Tensor crossEntropy(
            Tensor input,
            Tensor target,
            @Nullable Tensor weight,
            Reduction reduction,
            long ignoreIndex,
            double labelSmoothing) {
        String name = "crossEntropy";
        if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
            throw new IllegalArgumentException(
                    name + ": the label smoothing is " + labelSmoothing + "; it must be from 0 to 1");
        }
        if (weight == null && labelSmoothing == 0) {
            return plain(
                    Arguments.given(name, "input", input),
                    Arguments.given(name, "target", target),
                    reduction,
                    ignoreIndex);
        }
        Arguments.given(name, "target", target);
        if (target.dtype() == DType.FLOAT32) {
            check(name, input, target, reduction);
            int axis = checkWeight(name, input, weight);
            if (ignoreIndex >= 0) {
                throw new IllegalArgumentException(name + ": ignoreIndex is " + ignoreIndex + " and the target "
                        + target.shape() + " has probabilities; only class numbers can be ignored: leave it -100");
            }
            return Scope.result(() -> ofProbabilities(input, target, weight, axis, reduction, labelSmoothing));
        }
        int axis = checkClasses(name, input, target, weight, reduction);
        return Scope.result(() -> ofClasses(name, input, target, axis, ignoreIndex, () -> {
            Likelihood.Targets targets = Likelihood.Targets.of(target, axis, weight, ignoreIndex);
            Tensor logs = input.logSoftmax(axis);
            Tensor sharp = picked(logs, targets, axis, reduction);
            return labelSmoothing == 0
                    ? sharp
                    : sharp.mul(1 - labelSmoothing)
                            .add(even(logs, targets, weight, axis, reduction).mul(labelSmoothing / input.size(axis)));
        }));
    }

    /** The cross-entropy without weights and smoothing. */
    private static Tensor plain(Tensor input, Tensor target, Reduction reduction, long ignoreIndex) {
        Supplier<Tensor> loss = () -> input.crossEntropy(target, reduction, ignoreIndex);
        return target.dtype() != DType.INT64 || input.dim() == 0
                ? loss.get()
                : ofClasses("crossEntropy", input, target, input.dim() == 1 ? 0 : 1, ignoreIndex, loss);
    }

    /** Computes a loss that looks at the classes of a target, which are refused where the input has no such classes. */
    private static Tensor ofClasses(
            String name, Tensor input, Tensor target, int axis, long ignoreIndex, Supplier<Tensor> loss) {
        long classes = input.size(axis);
        return Range.named(
                () -> Likelihood.Targets.of(target, axis, null, ignoreIndex).classes(),
                range -> new IndexOutOfBoundsException(name + ": the target has class " + range.wrong()
                        + ", but the input " + input.shape() + " has " + classes + " classes"
                        + (classes == 0 ? "" : ", 0 to " + (classes - 1))),
                loss);
    }

    private static Tensor picked(Tensor logs, Likelihood.Targets targets, int axis, Reduction reduction) {
        String name = logs.dim() > 2 ? "NllLoss2DBackward0" : "NllLossBackward0";
        boolean viewed = reduction == Reduction.NONE && logs.dim() > 2 && logs.dim() != 4;
        return new Likelihood(targets, axis, reduction, viewed ? "ViewBackward0" : name).apply(logs);
    }

    /** The loss if all classes are equally right, times their number. */
    private static Tensor even(
            Tensor logs, Likelihood.Targets targets, @Nullable Tensor weight, int axis, Reduction reduction) {
        Tensor sums = weighted(logs, weight, axis).sum(axis).neg();
        Tensor each = Tensor.where(targets.counts(), sums, Tensor.zerosLike(sums));
        return switch (reduction) {
            case NONE -> each;
            case SUM -> each.sum();
            case MEAN -> each.sum().div(targets.weightSum());
        };
    }

    private static Tensor ofProbabilities(
            Tensor input, Tensor target, @Nullable Tensor weight, int axis, Reduction reduction, double smoothing) {
        long classes = input.size(axis);
        Tensor smoothed = smoothing == 0 ? target : target.mul(1 - smoothing).add(smoothing / classes);
        Tensor products = weighted(input.logSoftmax(axis).mul(smoothed), weight, axis);
        return switch (reduction) {
            case NONE -> products.sum(axis).neg();
            case SUM -> products.sum().neg();
            case MEAN -> products.sum().neg().div((double) input.numel() / classes);
        };
    }

    private static Tensor weighted(Tensor logs, @Nullable Tensor weight, int axis) {
        if (weight == null) {
            return logs;
        }
        long[] row = new long[logs.dim()];
        Arrays.fill(row, 1);
        row[axis] = weight.numel();
        return logs.mul(weight.detach().reshape(row));
    }

    /** The axis of the classes. */
    private static int checkClasses(
            String name, Tensor input, Tensor target, @Nullable Tensor weight, Reduction reduction) {
        Arguments.floats(name, "input", input);
        Arguments.longs(name, "target", target);
        checkReduction(name, reduction);
        Arguments.sameDevice(name, input, target);
        int axis = checkWeight(name, input, weight);
        long[] sizes = input.shape().toArray();
        long[] wanted = new long[sizes.length - 1];
        for (int i = 0; i < sizes.length; i++) {
            if (i != axis) {
                wanted[i > axis ? i - 1 : i] = sizes[i];
            }
        }
        if (!target.shape().equals(Shape.of(wanted))) {
            throw new IllegalArgumentException(name + ": input " + input.shape() + " and target " + target.shape()
                    + "; the target must have shape " + Arrays.toString(wanted) + ", a class number for each row");
        }
        return axis;
    }

    private static int checkWeight(String name, Tensor input, @Nullable Tensor weight) {
        Arguments.axes(name, "input", input, 1, 62);
        int axis = input.dim() == 1 ? 0 : 1;
        if (weight != null) {
            Arguments.shape(name, "weight", Arguments.floats(name, "weight", weight), input.size(axis));
            Arguments.sameDevice(name, input, weight);
        }
        return axis;
    }
}
