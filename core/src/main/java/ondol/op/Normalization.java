package ondol.op;

import java.util.Arrays;
import java.util.List;
import ondol.Fused;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Normalisation: {@code y = (x - mean) / sqrt(var + eps) * weight + bias}, where the mean and the biased variance are those of
 * some of the elements, as the method says; PyTorch's functions of these names in {@code torch.nn.functional}. All tensors are
 * FLOAT32 and on one device. Gradients flow to the input, the weight and the bias, and can be differentiated again.
 *
 * <pre>{@code
 * Tensor y = Normalization.layerNorm(x, new long[] {512}, weight, bias, 1e-5);
 * }</pre>
 */
public final class Normalization {
    /** PyTorch's eps: what is added to a variance. */
    private static final double EPS = 1e-5;

    /** The eps of {@link #rmsNorm(Tensor, long...)}, 2^-23, as PyTorch where none is given. */
    private static final double RMS_EPS = 0x1p-23;

    private static final Kernel.Map RUNNING = running();

    private Normalization() {}

    /** {@code old (1 - momentum) + new momentum} of the mean and of the variance, which are sums by numbers. */
    private static Kernel.Map running() {
        Expr momentum = Expr.scalar(0, Type.F32);
        Expr rest = Expr.scalar(1, Type.F32);
        Expr mean = Expr.input(2, Type.F32).div(Expr.scalar(2, Type.F32));
        Expr variance = Expr.input(3, Type.F32).div(Expr.scalar(3, Type.F32));
        return new Kernel.Map(
                Expr.input(0, Type.F32).mul(rest).add(mean.mul(momentum)),
                Expr.input(1, Type.F32).mul(rest).add(variance.mul(momentum)));
    }

    // ---- over the batch

    /**
     * Each channel by its mean and variance over the batch and all places (Ioffe and Szegedy, "Batch Normalization", 2015);
     * PyTorch's {@code batch_norm}. In training they are the input's, and the running ones, if there are any, move towards
     * them in place:
     *
     * <pre>{@code
     * runningMean = (1 - momentum) runningMean + momentum mean
     * runningVar  = (1 - momentum) runningVar  + momentum var n / (n - 1)
     * }</pre>
     *
     * <p>with n elements of a channel. Otherwise the running ones take their place, and nothing is changed.
     *
     * @param input [N, C] or [N, C, ...]
     * @param runningMean [C]; null, together with the variance, for none
     * @param runningVar [C]
     * @param weight [C], or null for 1
     * @param bias [C], or null for 0
     * @param training whether to use the input's mean and variance
     * @param momentum from 0 to 1: how far running numbers move
     * @param eps 0 or more: what is added to the variance
     * @return of the input's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit, if in training there is one element a channel,
     *     or if there are no running numbers and this is not training; nothing has changed then
     */
    public static Tensor batchNorm(
            Tensor input,
            @Nullable Tensor runningMean,
            @Nullable Tensor runningVar,
            @Nullable Tensor weight,
            @Nullable Tensor bias,
            boolean training,
            double momentum,
            double eps) {
        String name = "batchNorm";
        long[] sizes = channels(name, input, 2, eps);
        long c = sizes[1];
        checkParameters(name, input, weight, bias, c);
        checkRunning(name, input, runningMean, runningVar, !training, momentum, c);
        long[] row = {1, c, 1};
        Standardized.Form form = form("NativeBatchNormBackward0", input, sizes, new int[] {0, 2}, row, c);
        if (runningMean != null && runningVar != null && !training) {
            return byRunning(form, eps, input, weight, bias, runningMean, runningVar);
        }
        long n = form.count();
        if (n == 1) {
            throw new IllegalArgumentException(name + ": the input has shape " + input.shape()
                    + ", one element for each channel; in training there must be more, since one has no variance");
        }
        Standardized.Observer observer = runningMean == null || runningVar == null || input.numel() == 0
                ? null
                : (sums, squares) -> move(runningMean, runningVar, sums.view(c), squares.view(c), momentum, n, n - 1);
        return Standardized.ofItself(form, eps, input, weight, bias, observer);
    }

    /** The gradients need the mean, which training may have moved by then; so what is recorded has a mean of its own. */
    private static Tensor byRunning(
            Standardized.Form form,
            double eps,
            Tensor input,
            @Nullable Tensor weight,
            @Nullable Tensor bias,
            Tensor mean,
            Tensor variance) {
        if (!Autograd.isGradEnabled()) {
            return Standardized.given(form, eps, input, weight, bias, mean, variance);
        }
        return Scope.result(() ->
                Standardized.given(form, eps, input, weight, bias, mean.detach().clone(), variance));
    }

    private static void move(
            Tensor mean, Tensor variance, Tensor sums, Tensor squares, double momentum, long n, long degrees) {
        List<Tensor> running = List.of(mean.detach(), variance.detach());
        Fused.update(
                RUNNING,
                List.of(running.get(0), running.get(1), sums, squares),
                running,
                momentum,
                1 - momentum,
                n,
                degrees);
    }

    // ---- over places

    /**
     * Each channel of each example by its mean and variance over all places (Ulyanov et al., "Instance Normalization", 2016);
     * PyTorch's {@code instance_norm}. All else is as for {@link #batchNorm}, except that running numbers move towards the
     * mean of all examples'.
     *
     * @param input [N, C, ...] with at least one axis of places
     * @param runningMean the running mean [C]; null together with the variance for none
     * @param runningVar the running variance [C]
     * @param weight [C], or null for 1
     * @param bias [C], or null for 0
     * @param useInputStats whether to use the input's mean and variance, as in training
     * @param momentum how far running numbers move towards the input's, from 0 to 1
     * @param eps the number added to the variance, 0 or more
     * @return a new tensor of the input's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit, if by the input's own there is one element a
     *     channel, or if there are no running numbers and they are to be used; nothing has changed then
     */
    public static Tensor instanceNorm(
            Tensor input,
            @Nullable Tensor runningMean,
            @Nullable Tensor runningVar,
            @Nullable Tensor weight,
            @Nullable Tensor bias,
            boolean useInputStats,
            double momentum,
            double eps) {
        String name = "instanceNorm";
        long[] sizes = channels(name, input, 3, eps);
        long c = sizes[1];
        checkParameters(name, input, weight, bias, c);
        checkRunning(name, input, runningMean, runningVar, !useInputStats, momentum, c);
        Standardized.Form form = form("ViewBackward0", input, sizes, new int[] {2}, new long[] {1, c, 1}, c);
        if (runningMean != null && runningVar != null && !useInputStats) {
            return byRunning(form, eps, input, weight, bias, runningMean, runningVar);
        }
        long n = form.count();
        if (n == 1) {
            throw new IllegalArgumentException(name + ": the input has shape " + input.shape()
                    + ", one element for each channel of an example; there must be more, since one has no variance");
        }
        int[] examples = {0, 2};
        Standardized.Observer observer = runningMean == null || runningVar == null || input.numel() == 0
                ? null
                : (sums, squares) -> move(
                        runningMean,
                        runningVar,
                        sums.sum(examples),
                        squares.sum(examples),
                        momentum,
                        n * sizes[0],
                        (n - 1) * sizes[0]);
        return Standardized.ofItself(form, eps, input, weight, bias, observer);
    }

    /**
     * Instance normalisation by the input's own mean and variance, with eps 1e-5, without weight and bias.
     *
     * @param input [N, C, ...], FLOAT32
     * @return a new tensor of the input's shape
     */
    public static Tensor instanceNorm(Tensor input) {
        return instanceNorm(input, null, null, null, null, true, 0.1, EPS);
    }

    // ---- over features

    /**
     * Each example by its mean and variance over its last axes (Ba, Kiros and Hinton, "Layer Normalization", 2016); PyTorch's
     * {@code layer_norm}.
     *
     * @param input [..., normalizedShape...]
     * @param normalizedShape the last sizes of the input; at least one
     * @param weight of that shape, or null for 1
     * @param bias of that shape, or null for 0
     * @param eps 0 or more: what is added to the variance
     * @return of the input's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public static Tensor layerNorm(
            Tensor input, long[] normalizedShape, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
        long[] rows = rows("layerNorm", input, normalizedShape, eps);
        checkParameters("layerNorm", input, weight, bias, normalizedShape);
        long[] row = {1, rows[1]};
        Standardized.Form form =
                form("NativeLayerNormBackward0", input, rows, new int[] {1}, row, normalizedShape.clone());
        return Standardized.ofItself(form, eps, input, weight, bias, null);
    }

    /**
     * Layer normalisation with eps 1e-5, without weight and bias.
     *
     * @param input [..., normalizedShape...], FLOAT32
     * @param normalizedShape the input's last sizes, one or more
     * @return a new tensor of the input's shape
     */
    public static Tensor layerNorm(Tensor input, long... normalizedShape) {
        return layerNorm(input, normalizedShape, null, null, EPS);
    }

    /**
     * Each group of channels of each example by its mean and variance (Wu and He, "Group Normalization", 2018); PyTorch's
     * {@code group_norm}.
     *
     * @param input [N, C] or [N, C, ...]
     * @param groups how many groups; C must be a multiple
     * @param weight [C], or null for 1
     * @param bias [C], or null for 0
     * @param eps 0 or more: what is added to the variance
     * @return of the input's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit, or if there is but one element in all groups
     */
    public static Tensor groupNorm(
            Tensor input, long groups, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
        String name = "groupNorm";
        long[] sizes = channels(name, input, 2, eps);
        Arguments.positive(name, "number of groups", groups);
        long c = sizes[1];
        if (c % groups != 0) {
            throw new IllegalArgumentException(name + ": the input has shape " + input.shape() + ", " + c
                    + " channels, in " + groups + " groups; the channels must be a multiple of the groups");
        }
        checkParameters(name, input, weight, bias, c);
        long each = c / groups;
        if (sizes[0] * each * sizes[2] == 1) {
            throw new IllegalArgumentException(name + ": the input has shape " + input.shape() + ", in " + groups
                    + " groups of one element; there must be more, since one has no variance");
        }
        long[] grouped = {sizes[0], groups, each, sizes[2]};
        long[] row = {1, groups, each, 1};
        Standardized.Form form = form("NativeGroupNormBackward0", input, grouped, new int[] {2, 3}, row, c);
        return Standardized.ofItself(form, eps, input, weight, bias, null);
    }

    /**
     * Group normalisation with eps 1e-5, without weight and bias.
     *
     * @param input [N, C, ...], FLOAT32
     * @param groups into how many groups the channels are cut
     * @return a new tensor of the input's shape
     */
    public static Tensor groupNorm(Tensor input, long groups) {
        return groupNorm(input, groups, null, null, EPS);
    }

    /**
     * {@code x / sqrt(mean(x^2) + eps) * weight}, the mean being over the last axes (Zhang and Sennrich, "Root Mean Square
     * Layer Normalization", 2019); PyTorch's {@code rms_norm}.
     *
     * @param input [..., normalizedShape...]
     * @param normalizedShape the last sizes of the input; at least one
     * @param weight of that shape, or null for 1
     * @param eps 0 or more: what is added to the mean of the squares; null for 2^-23
     * @return of the input's shape
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public static Tensor rmsNorm(Tensor input, long[] normalizedShape, @Nullable Tensor weight, @Nullable Double eps) {
        double added = eps == null ? RMS_EPS : eps;
        long[] rows = rows("rmsNorm", input, normalizedShape, added);
        checkParameters("rmsNorm", input, weight, null, normalizedShape);
        return RootMeanSquare.of(rows[0], rows[1], added, input, weight);
    }

    /**
     * RMS normalisation with eps 2^-23, without weight.
     *
     * @param input [..., normalizedShape...], FLOAT32
     * @param normalizedShape the input's last sizes, one or more
     * @return a new tensor of the input's shape
     */
    public static Tensor rmsNorm(Tensor input, long... normalizedShape) {
        return rmsNorm(input, normalizedShape, null, null);
    }

    // ---- over neighbouring channels

    /**
     * {@code x / (k + alpha / size sum(x^2))^beta}, the sum being over the {@code size} channels around, {@code size / 2} below
     * to {@code (size - 1) / 2} above, as many as there are (Krizhevsky et al. 2012); PyTorch's {@code local_response_norm}.
     *
     * @param input [N, C, ...] with at least one axis of places
     * @param size 1 or more
     * @param alpha the factor of the mean of squares
     * @param beta the power of the divisor
     * @param k the number added to it
     * @return of the input's shape
     * @throws IllegalArgumentException if the input has fewer axes or another type, or the size is less than 1
     */
    public static Tensor localResponseNorm(Tensor input, long size, double alpha, double beta, double k) {
        String name = "localResponseNorm";
        Arguments.axes(name, "input", Arguments.floats(name, "input", input), 3, 61);
        Arguments.positive(name, "size", size);
        if (input.numel() == 0) {
            return input.mul(1.0);
        }
        return Scope.result(() -> {
            Tensor squares = input.mul(input);
            Tensor padded = padded(squares, size / 2, (size - 1) / 2);
            Tensor mean = padded.unfold(1, size, 1).mean(-1);
            return input.div(mean.mul(alpha).add(k).pow(beta));
        });
    }

    /**
     * {@link #localResponseNorm(Tensor, long, double, double, double)} with alpha 1e-4, beta 0.75 and k 1.
     *
     * @param input [N, C, ...], FLOAT32
     * @param size over how many channels the sum goes, 1 or more
     * @return a new tensor of the input's shape
     */
    public static Tensor localResponseNorm(Tensor input, long size) {
        return localResponseNorm(input, size, 1e-4, 0.75, 1);
    }

    /** The tensor with channels of zeros below and above. */
    private static Tensor padded(Tensor t, long below, long above) {
        if (below == 0 && above == 0) {
            return t;
        }
        return Tensor.cat(1, zeros(t, below), t, zeros(t, above));
    }

    private static Tensor zeros(Tensor like, long channels) {
        long[] sizes = like.shape().toArray();
        sizes[1] = channels;
        return Tensor.zeros(Shape.of(sizes), like.dtype(), like.device());
    }

    // ---- checks

    private static Standardized.Form form(
            String name, Tensor input, long[] sizes, int[] reduced, long[] parameters, long... parameterShape) {
        return new Standardized.Form(
                name, sizes, reduced, parameters, input.shape().toArray(), parameterShape);
    }

    /** The input's shape as [N, C, places]. */
    private static long[] channels(String name, Tensor input, int least, double eps) {
        Arguments.axes(name, "input", Arguments.floats(name, "input", input), least, 62);
        checkEps(name, eps);
        long places = 1;
        for (int i = 2; i < input.dim(); i++) {
            places *= input.size(i);
        }
        return new long[] {input.size(0), input.size(1), places};
    }

    /** The input's shape as [rows, elements of a row]. */
    private static long[] rows(String name, Tensor input, long[] normalizedShape, double eps) {
        Arguments.floats(name, "input", input);
        if (normalizedShape == null) {
            throw new NullPointerException(name + ": the normalized shape is null; give the input's last sizes");
        }
        checkEps(name, eps);
        long[] sizes = input.shape().toArray();
        int from = sizes.length - normalizedShape.length;
        boolean fits = from >= 0 && normalizedShape.length > 0;
        if (!fits || !Arrays.equals(Arrays.copyOfRange(sizes, from, sizes.length), normalizedShape)) {
            throw new IllegalArgumentException(name + ": the input has shape " + input.shape()
                    + "; it must end with the normalized shape " + Arrays.toString(normalizedShape)
                    + ", which must have one size or more");
        }
        long[] rows = {1, 1};
        for (int i = 0; i < sizes.length; i++) {
            rows[i < from ? 0 : 1] *= sizes[i];
        }
        return rows;
    }

    private static void checkEps(String name, double eps) {
        if (!(eps >= 0)) {
            throw new IllegalArgumentException(name + ": eps is " + eps + "; it must be 0 or more");
        }
    }

    private static void checkParameters(
            String name, Tensor input, @Nullable Tensor weight, @Nullable Tensor bias, long... shape) {
        if (weight != null) {
            Arguments.shape(name, "weight", Arguments.floats(name, "weight", weight), shape);
            Arguments.sameDevice(name, input, weight);
        }
        if (bias != null) {
            Arguments.shape(name, "bias", Arguments.floats(name, "bias", bias), shape);
            Arguments.sameDevice(name, input, bias);
        }
    }

    private static void checkRunning(
            String name,
            Tensor input,
            @Nullable Tensor mean,
            @Nullable Tensor variance,
            boolean needed,
            double momentum,
            long channels) {
        if ((mean == null) != (variance == null) || needed && mean == null) {
            throw new IllegalArgumentException(name + ": the running mean is "
                    + (mean == null ? "null" : "given") + " and the running variance "
                    + (variance == null ? "null" : "given")
                    + "; give both, or none and use the input's own");
        }
        if (!(momentum >= 0 && momentum <= 1)) {
            throw new IllegalArgumentException(name + ": the momentum is " + momentum + "; it must be from 0 to 1");
        }
        if (mean != null && variance != null) {
            Arguments.shape(name, "running mean", Arguments.floats(name, "running mean", mean), channels);
            Arguments.shape(name, "running variance", Arguments.floats(name, "running variance", variance), channels);
            Arguments.sameDevice(name, input, mean, variance);
        }
    }
}
