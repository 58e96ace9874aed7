package ondol.op;

import java.util.Arrays;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions over one, two and three axes, as {@code torch.nn.functional}'s {@code conv1d} to {@code conv_transpose3d}.
 *
 * <p>With padding p, stride s, dilation d and a kernel of K elements an axis of size I has
 * {@code O = floor((I + 2 p - d (K - 1) - 1) / s) + 1} windows. The output's channel c at window o is
 *
 * <pre>{@code out[n, c, o] = bias[c] + sum over channels i of c's group and kernel elements k of
 *                 weight[c, i, k] * input[n, i, s o + d k - p]}</pre>
 *
 * <p>where the input is 0 outside of itself. The sum is one chain of fused multiply-adds from +0 over i and k in row-major order;
 * the bias is added to it at the end. So a sample has the same bits alone and in any batch, on every device.
 *
 * <p>A transposed convolution is the adjoint of a convolution in its input, and has what PyTorch calls its output padding for
 * the sizes that a convolution's output leaves open.
 *
 * <p>Inputs are [N, C, places...], or [C, places...] for one sample. Gradients of any order are convolutions in turn. No windows
 * are unfolded in memory; zeros around an input are one copy of it.
 */
public final class Convolution {
    private Convolution() {}

    // ---- convolutions

    /**
     * As {@link #conv1d(Tensor, Tensor, Tensor, ConvOptions)}, without a bias and with the defaults.
     *
     * @param input [N, C, L] or [C, L]
     * @param weight [out, C, K]
     * @return [N, out, windows] or [out, windows]
     */
    public static Tensor conv1d(Tensor input, Tensor weight) {
        return conv1d(input, weight, null, new ConvOptions());
    }

    /**
     * A convolution over one axis.
     *
     * @param input [N, C, L] or [C, L]
     * @param weight [out, C / groups, K]
     * @param bias [out], or null
     * @param options stride, padding, dilation and groups
     * @return [N, out, windows] or [out, windows]
     * @throws IllegalArgumentException if shapes, types, devices or options do not fit
     * @throws IllegalStateException if a tensor is closed
     */
    public static Tensor conv1d(Tensor input, Tensor weight, @Nullable Tensor bias, ConvOptions options) {
        return convolution("conv1d", 1, input, weight, bias, options);
    }

    /**
     * As {@link #conv2d(Tensor, Tensor, Tensor, ConvOptions)}, without a bias and with the defaults.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param weight [out, C, KH, KW]
     * @return [N, out, windows...] or [out, windows...]
     */
    public static Tensor conv2d(Tensor input, Tensor weight) {
        return conv2d(input, weight, null, new ConvOptions());
    }

    /**
     * A convolution over two axes.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param weight [out, C / groups, KH, KW]
     * @param bias [out], or null
     * @param options stride, padding, dilation and groups
     * @return [N, out, windows...] or [out, windows...]
     * @throws IllegalArgumentException if shapes, types, devices or options do not fit
     * @throws IllegalStateException if a tensor is closed
     */
    public static Tensor conv2d(Tensor input, Tensor weight, @Nullable Tensor bias, ConvOptions options) {
        return convolution("conv2d", 2, input, weight, bias, options);
    }

    /**
     * As {@link #conv3d(Tensor, Tensor, Tensor, ConvOptions)}, without a bias and with the defaults.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param weight [out, C, KD, KH, KW]
     * @return [N, out, windows...] or [out, windows...]
     */
    public static Tensor conv3d(Tensor input, Tensor weight) {
        return conv3d(input, weight, null, new ConvOptions());
    }

    /**
     * A convolution over three axes.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param weight [out, C / groups, KD, KH, KW]
     * @param bias [out], or null
     * @param options stride, padding, dilation and groups
     * @return [N, out, windows...] or [out, windows...]
     * @throws IllegalArgumentException if shapes, types, devices or options do not fit
     * @throws IllegalStateException if a tensor is closed
     */
    public static Tensor conv3d(Tensor input, Tensor weight, @Nullable Tensor bias, ConvOptions options) {
        return convolution("conv3d", 3, input, weight, bias, options);
    }

    // ---- transposed convolutions

    /**
     * As {@link #convTranspose1d(Tensor, Tensor, Tensor, ConvOptions)}, without a bias and with the defaults.
     *
     * @param input [N, C, L] or [C, L]
     * @param weight [C, out, K]
     * @return [N, out, places...] or [out, places...]
     */
    public static Tensor convTranspose1d(Tensor input, Tensor weight) {
        return convTranspose1d(input, weight, null, new ConvOptions());
    }

    /**
     * A transposed convolution over one axis, of {@code (L - 1) s - 2 p + d (K - 1) + outputPadding + 1} places.
     *
     * @param input [N, C, L] or [C, L]
     * @param weight [C, out / groups, K]
     * @param bias [out], or null
     * @param options stride, padding, output padding, dilation and groups
     * @return [N, out, places...] or [out, places...]
     * @throws IllegalArgumentException if shapes, types, devices or options do not fit
     * @throws IllegalStateException if a tensor is closed
     */
    public static Tensor convTranspose1d(Tensor input, Tensor weight, @Nullable Tensor bias, ConvOptions options) {
        return transposed("convTranspose1d", 1, input, weight, bias, options);
    }

    /**
     * As {@link #convTranspose2d(Tensor, Tensor, Tensor, ConvOptions)}, without a bias and with the defaults.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param weight [C, out, KH, KW]
     * @return [N, out, places...] or [out, places...]
     */
    public static Tensor convTranspose2d(Tensor input, Tensor weight) {
        return convTranspose2d(input, weight, null, new ConvOptions());
    }

    /**
     * A transposed convolution over two axes.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param weight [C, out / groups, KH, KW]
     * @param bias [out], or null
     * @param options stride, padding, output padding, dilation and groups
     * @return [N, out, places...] or [out, places...]
     * @throws IllegalArgumentException if shapes, types, devices or options do not fit
     * @throws IllegalStateException if a tensor is closed
     */
    public static Tensor convTranspose2d(Tensor input, Tensor weight, @Nullable Tensor bias, ConvOptions options) {
        return transposed("convTranspose2d", 2, input, weight, bias, options);
    }

    /**
     * As {@link #convTranspose3d(Tensor, Tensor, Tensor, ConvOptions)}, without a bias and with the defaults.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param weight [C, out, KD, KH, KW]
     * @return [N, out, places...] or [out, places...]
     */
    public static Tensor convTranspose3d(Tensor input, Tensor weight) {
        return convTranspose3d(input, weight, null, new ConvOptions());
    }

    /**
     * A transposed convolution over three axes.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param weight [C, out / groups, KD, KH, KW]
     * @param bias [out], or null
     * @param options stride, padding, output padding, dilation and groups
     * @return [N, out, places...] or [out, places...]
     * @throws IllegalArgumentException if shapes, types, devices or options do not fit
     * @throws IllegalStateException if a tensor is closed
     */
    public static Tensor convTranspose3d(Tensor input, Tensor weight, @Nullable Tensor bias, ConvOptions options) {
        return transposed("convTranspose3d", 3, input, weight, bias, options);
    }

    // ---- both

    private static Tensor convolution(
            String operation, int n, Tensor input, Tensor weight, @Nullable Tensor bias, ConvOptions options) {
        check(operation, n, input, weight, bias, options);
        if (!all(options.outputPaddings(n), 0)) {
            throw new IllegalArgumentException(operation + ": options with an output padding of "
                    + Arrays.toString(options.outputPaddings(n)) + "; only transposed convolutions have one");
        }
        long groups = options.groups();
        long channels = input.size(input.dim() - n - 1);
        if (weight.size(0) % groups != 0) {
            throw new IllegalArgumentException(operation + ": a weight of shape " + weight.shape() + " and " + groups
                    + " groups; the weight's first size, the output channels, must be a multiple of the groups");
        }
        if (channels != weight.size(1) * groups) {
            throw new IllegalArgumentException(operation + ": the input of shape " + input.shape() + " has " + channels
                    + " channels, but a weight of shape " + weight.shape() + " in " + groups
                    + (groups == 1 ? " group" : " groups") + " takes " + weight.size(1) * groups);
        }
        checkBias(operation, bias, weight.size(0));
        Tensor image = input;
        ConvGeometry g = Sizes.convolution(operation, n, input, weight, options);
        if (options.paddingMode() != PaddingMode.ZEROS && !(all(g.low(), 0) && all(g.high(), 0))) {
            image = ImagePadding.pad(operation, input, options.paddingMode(), g.low(), g.high());
            g = g.ofPadded();
        }
        return apply(new ConvFunction.Product(g, false), n, image, weight, bias);
    }

    private static Tensor transposed(
            String operation, int n, Tensor input, Tensor weight, @Nullable Tensor bias, ConvOptions options) {
        check(operation, n, input, weight, bias, options);
        if (options.paddingMode() != PaddingMode.ZEROS || options.isSame()) {
            throw new IllegalArgumentException(
                    operation + ": " + (options.isSame() ? "padding \"same\"" : options.paddingMode())
                            + (options.isSame() ? "" : " padding")
                            + " of a transposed convolution; only numbers of zeros are possible");
        }
        long groups = options.groups();
        long channels = input.size(input.dim() - n - 1);
        if (channels != weight.size(0)) {
            throw new IllegalArgumentException(operation + ": the input of shape " + input.shape() + " has " + channels
                    + " channels, but a weight of shape " + weight.shape() + " takes " + weight.size(0));
        }
        if (channels % groups != 0) {
            throw new IllegalArgumentException(operation + ": the input of shape " + input.shape() + " has " + channels
                    + " channels; they must be a multiple of the " + groups + " groups");
        }
        checkBias(operation, bias, weight.size(1) * groups);
        return apply(
                new ConvFunction.Product(Sizes.transposed(operation, n, input, weight, options), true),
                n,
                input,
                weight,
                bias);
    }

    private static Tensor apply(ConvFunction function, int n, Tensor input, Tensor weight, @Nullable Tensor bias) {
        boolean one = input.dim() == n + 1;
        Tensor image = one ? input.unsqueeze(0) : input;
        Tensor out = bias == null ? function.apply(image, weight) : function.apply(image, weight, bias);
        return one ? out.squeeze(0) : out;
    }

    private static void check(
            String operation, int n, Tensor input, Tensor weight, @Nullable Tensor bias, ConvOptions options) {
        Arguments.axes(operation, "input", Arguments.floats(operation, "input", input), n + 1, n + 2);
        Arguments.axes(operation, "weight", Arguments.floats(operation, "weight", weight), n + 2, n + 2);
        Arguments.sameDevice(operation, input, weight);
        if (bias != null) {
            Arguments.sameDevice(operation, Arguments.floats(operation, "bias", bias), input);
        }
        if (options == null) {
            throw new NullPointerException(operation + ": the options are null; give new ConvOptions()");
        }
        if (Arrays.stream(weight.shape().toArray()).anyMatch(size -> size == 0)) {
            throw new IllegalArgumentException(
                    operation + ": the weight has shape " + weight.shape() + "; all its sizes must be 1 or more");
        }
    }

    private static void checkBias(String operation, @Nullable Tensor bias, long channels) {
        if (bias != null) {
            Arguments.shape(operation, "bias", bias, channels);
        }
    }

    private static boolean all(long[] values, long value) {
        return Arrays.stream(values).allMatch(v -> v == value);
    }

    /** Works out how many windows there are. */
    private static final class Sizes {
        private static long[] lasts(Tensor t, int n) {
            long[] sizes = t.shape().toArray();
            return Arrays.copyOfRange(sizes, sizes.length - n, sizes.length);
        }

        static ConvGeometry convolution(String operation, int n, Tensor input, Tensor weight, ConvOptions options) {
            long[] sizes = lasts(input, n);
            long[] kernel = lasts(weight, n);
            long[] stride = options.strides(n);
            long[] dilation = options.dilations(n);
            long[] low = options.paddings(n);
            long[] high = low.clone();
            if (options.isSame() && !all(stride, 1)) {
                throw new IllegalArgumentException(operation + ": padding \"same\" with a stride of "
                        + Arrays.toString(stride) + "; the stride must be 1, or the padding numbers");
            }
            long[] windows = new long[n];
            for (int i = 0; i < n; i++) {
                long span = span(operation, kernel[i], dilation[i]);
                if (options.isSame()) {
                    low[i] = (span - 1) / 2;
                    high[i] = span - 1 - low[i];
                }
                long padded = padded(operation, sizes[i], low[i], high[i]);
                if (padded < span) {
                    throw new IllegalArgumentException(operation + ": an input of shape " + input.shape()
                            + " with padding "
                            + Arrays.toString(low) + " is smaller than the kernel " + Arrays.toString(kernel)
                            + (dilation[i] > 1 ? " with dilation " + Arrays.toString(dilation) : "") + ": " + padded
                            + " elements along an axis for " + span + "; use a larger input, or more padding");
                }
                windows[i] = (padded - span) / stride[i] + 1;
            }
            return new ConvGeometry(options.groups(), sizes, low, high, kernel, stride, dilation, windows);
        }

        static ConvGeometry transposed(String operation, int n, Tensor input, Tensor weight, ConvOptions options) {
            long[] windows = lasts(input, n);
            long[] kernel = lasts(weight, n);
            long[] stride = options.strides(n);
            long[] dilation = options.dilations(n);
            long[] padding = options.paddings(n);
            long[] more = options.outputPaddings(n);
            long[] sizes = new long[n];
            long[] high = new long[n];
            for (int i = 0; i < n; i++) {
                if (more[i] >= Math.max(stride[i], dilation[i])) {
                    throw new IllegalArgumentException(operation + ": an output padding of " + Arrays.toString(more)
                            + " with stride " + Arrays.toString(stride) + " and dilation " + Arrays.toString(dilation)
                            + "; it must be smaller than one of them");
                }
                try {
                    long reach = Math.addExact(
                            Math.multiplyExact(windows[i] - 1, stride[i]), span(operation, kernel[i], dilation[i]));
                    sizes[i] = Math.addExact(reach, more[i]) - Math.multiplyExact(2, padding[i]);
                } catch (ArithmeticException e) {
                    throw tooLarge(operation, e);
                }
                if (sizes[i] < 1 || windows[i] < 1) {
                    throw new IllegalArgumentException(operation + ": an input of shape " + input.shape()
                            + " with a kernel " + Arrays.toString(kernel) + " and padding " + Arrays.toString(padding)
                            + " gives an output of size " + sizes[i]
                            + " along an axis; use a larger input, or less padding");
                }
                high[i] = Math.max(0, padding[i] - more[i]);
            }
            return new ConvGeometry(options.groups(), sizes, padding, high, kernel, stride, dilation, windows);
        }

        private static long span(String operation, long kernel, long dilation) {
            try {
                return Math.addExact(Math.multiplyExact(kernel - 1, dilation), 1);
            } catch (ArithmeticException e) {
                throw tooLarge(operation, e);
            }
        }

        private static long padded(String operation, long size, long low, long high) {
            try {
                return Math.addExact(size, Math.addExact(low, high));
            } catch (ArithmeticException e) {
                throw tooLarge(operation, e);
            }
        }

        private static IllegalArgumentException tooLarge(String operation, ArithmeticException cause) {
            return new IllegalArgumentException(
                    operation + ": stride, padding or dilation lead beyond 2^63 elements; use smaller ones", cause);
        }
    }
}
