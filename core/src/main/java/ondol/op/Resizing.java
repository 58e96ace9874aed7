package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.DType;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Images of other sizes, as {@code torch.nn.functional}'s {@code interpolate}, {@code pixel_shuffle}, {@code unfold} and {@code fold}.
 *
 * <p>Element o of an output axis stands at {@code (o + 0.5) in / out - 0.5} of the input's, or with {@code alignCorners} at {@code o
 * (in - 1) / (out - 1)}, so that the first and the last elements stay in place. With a scale factor, {@code 1 / factor} takes the
 * place of {@code in / out}. {@link InterpolationMode} says what is computed from its neighbours: axis by axis, the first of
 * them first; beyond the edges the elements at the edges are taken. Places and weights are rounded to FLOAT32, as in PyTorch.
 *
 * <pre>{@code
 * Tensor twice = Resizing.interpolate(image, new double[] {2}, InterpolationMode.BILINEAR);
 * Tensor square = Resizing.interpolate(image, new long[] {224}, InterpolationMode.BICUBIC, true);
 * }</pre>
 *
 * <p>Inputs are FLOAT32, [N, C, places...] with one to three axes of places.
 */
public final class Resizing {
    private static final String INTERPOLATE = "interpolate";

    private Resizing() {}

    /**
     * As {@link #interpolate(Tensor, long[], InterpolationMode, boolean)}, without aligned corners.
     *
     * @param input [N, C, L], [N, C, H, W] or [N, C, D, H, W]
     * @param size the new size: a number for each axis of places, or one for all
     * @param mode how elements are made of their neighbours
     * @return a new tensor, [N, C, size...]
     */
    public static Tensor interpolate(Tensor input, long[] size, InterpolationMode mode) {
        return interpolate(input, size, mode, false);
    }

    /**
     * An image of another size.
     *
     * @param input [N, C, L], [N, C, H, W] or [N, C, D, H, W]
     * @param size a number for each axis of places, or one for all
     * @param mode how elements are made of their neighbours
     * @param alignCorners whether the first and last elements stay in place: of linear modes and BICUBIC
     * @return a new tensor, [N, C, size...]
     * @throws IllegalArgumentException if shape, type, size or mode do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor interpolate(Tensor input, long[] size, InterpolationMode mode, boolean alignCorners) {
        int n = checked(input, mode, alignCorners);
        String name = INTERPOLATE + ", size";
        long[] sizes = PerAxis.of(name, PerAxis.checked(name, 1, size), n);
        return resized(input, sizes, new double[n], mode, alignCorners);
    }

    /**
     * As {@link #interpolate(Tensor, double[], InterpolationMode, boolean)}, without aligned corners.
     *
     * @param input [N, C, L], [N, C, H, W] or [N, C, D, H, W]
     * @param scaleFactor a number for each axis of places, or one for all
     * @param mode how elements are made of their neighbours
     * @return a new tensor, [N, C, size...]
     */
    public static Tensor interpolate(Tensor input, double[] scaleFactor, InterpolationMode mode) {
        return interpolate(input, scaleFactor, mode, false);
    }

    /**
     * An image {@code scaleFactor} times as large, rounded down.
     *
     * @param input [N, C, L], [N, C, H, W] or [N, C, D, H, W]
     * @param scaleFactor a number for each axis of places, or one for all
     * @param mode how elements are made of their neighbours
     * @param alignCorners whether the first and last elements stay in place: of linear modes and BICUBIC
     * @return a new tensor, [N, C, size...]
     * @throws IllegalArgumentException if shape, type, factor or mode do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor interpolate(Tensor input, double[] scaleFactor, InterpolationMode mode, boolean alignCorners) {
        int n = checked(input, mode, alignCorners);
        if (scaleFactor == null) {
            throw new NullPointerException(
                    "interpolate: the scale factor is null; give one number for all axes, or one for each");
        }
        if (scaleFactor.length != 1 && scaleFactor.length != n) {
            throw new IllegalArgumentException("interpolate: the scale factor is " + Arrays.toString(scaleFactor)
                    + " for " + n + (n == 1 ? " axis" : " axes") + "; give one number for all, or one for each");
        }
        double[] factors = new double[n];
        long[] sizes = new long[n];
        for (int i = 0; i < n; i++) {
            factors[i] = scaleFactor[scaleFactor.length == 1 ? 0 : i];
            double size = Math.floor(input.size(2 + i) * factors[i]);
            if (!(size >= 1 && size <= Integer.MAX_VALUE)) {
                throw new IllegalArgumentException("interpolate: an input of shape " + input.shape() + " by "
                        + Arrays.toString(scaleFactor) + " has " + size
                        + " elements along an axis; 1 to 2^31 - 1 are possible");
            }
            sizes[i] = (long) size;
        }
        return resized(input, sizes, factors, mode, alignCorners);
    }

    private static int checked(Tensor input, InterpolationMode mode, boolean alignCorners) {
        if (mode == null) {
            throw new NullPointerException("interpolate: the mode is null; give InterpolationMode.BILINEAR or another");
        }
        Arguments.axes(INTERPOLATE, "input", Arguments.floats(INTERPOLATE, "input", input), 3, 5);
        int n = input.dim() - 2;
        if (!mode.fits(n)) {
            throw new IllegalArgumentException("interpolate: " + mode + " for an input of shape " + input.shape()
                    + "; LINEAR is for one axis of places, BILINEAR and BICUBIC are for two, TRILINEAR is for three");
        }
        if (alignCorners && !mode.takesAlignCorners()) {
            throw new IllegalArgumentException(
                    "interpolate: aligned corners with " + mode + "; only linear modes and BICUBIC have them");
        }
        for (int i = 0; i < n; i++) {
            Arguments.positive(INTERPOLATE, "size of an axis of places", input.size(2 + i));
        }
        return n;
    }

    private static Tensor resized(
            Tensor input, long[] sizes, double[] factors, InterpolationMode mode, boolean alignCorners) {
        int n = sizes.length;
        if (mode == InterpolationMode.AREA) {
            return switch (n) {
                case 1 -> AdaptivePooling.adaptiveAvgPool1d(input, sizes);
                case 2 -> AdaptivePooling.adaptiveAvgPool2d(input, sizes);
                default -> AdaptivePooling.adaptiveAvgPool3d(input, sizes);
            };
        }
        @Nullable AxisTaps[] taps = new @Nullable AxisTaps[n];
        for (int i = 0; i < n; i++) {
            Tensor.empty(Shape.of(sizes[i], 4), DType.INT64, input.device()).close(); // is there room?
            taps[i] = new ResizedAxis(input.size(2 + i), sizes[i], factors[i]).taps(mode, alignCorners);
        }
        return new LinearFunction(mode.gradName(n), AxisTaps.along(taps)).apply(input);
    }

    /**
     * Channels made places (Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel
     * convolutional neural network", 2016): {@code out[c, h r + i, w r + j] = in[c r r + i r + j, h, w]}.
     *
     * @param input [..., C r r, H, W]
     * @param upscaleFactor r
     * @return [..., C, H r, W r]
     * @throws IllegalArgumentException if the channels are no multiple of r r, or there are fewer than 3 axes
     * @throws IllegalStateException if the tensor is closed
     */
    public static Tensor pixelShuffle(Tensor input, long upscaleFactor) {
        String operation = "pixelShuffle";
        Arguments.axes(operation, "input", Arguments.floats(operation, "input", input), 3, 60);
        long channels = input.size(-3);
        factor(operation, upscaleFactor);
        if (channels % (upscaleFactor * upscaleFactor) != 0) {
            throw new IllegalArgumentException("pixelShuffle: the input has shape " + input.shape() + "; its "
                    + channels + " channels must be a multiple of " + upscaleFactor + " * " + upscaleFactor);
        }
        return new LinearFunction("PixelShuffleBackward0", new PixelShuffling(upscaleFactor, false)).apply(input);
    }

    /**
     * Places made channels, what {@link #pixelShuffle} undoes.
     *
     * @param input [..., C, H r, W r]
     * @param downscaleFactor r
     * @return [..., C r r, H, W]
     * @throws IllegalArgumentException if height or width is no multiple of r, or there are fewer than 3 axes
     * @throws IllegalStateException if the tensor is closed
     */
    public static Tensor pixelUnshuffle(Tensor input, long downscaleFactor) {
        String operation = "pixelUnshuffle";
        Arguments.axes(operation, "input", Arguments.floats(operation, "input", input), 3, 60);
        factor(operation, downscaleFactor);
        if (input.size(-1) % downscaleFactor != 0 || input.size(-2) % downscaleFactor != 0) {
            throw new IllegalArgumentException("pixelUnshuffle: the input has shape " + input.shape()
                    + "; height and width must be multiples of " + downscaleFactor);
        }
        return new LinearFunction("PixelUnshuffleBackward0", new PixelShuffling(downscaleFactor, true)).apply(input);
    }

    private static void factor(String operation, long factor) {
        if (Arguments.positive(operation, "factor", factor) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(operation + ": the factor is " + factor + "; it must be below 2^31");
        }
    }

    /**
     * Windows of planes as columns (im2col): a matrix product with the rows of a weight is a convolution.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param kernelSize a number for each of two axes, or one for both
     * @param options stride, padding and dilation; the stride is 1 where it is not given
     * @return [N, C * KH * KW, windows] or [C * KH * KW, windows]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor unfold(Tensor input, long[] kernelSize, PoolOptions options) {
        String operation = "unfold";
        Arguments.axes(operation, "input", Arguments.floats(operation, "input", input), 3, 4);
        Columns columns = columns(operation, new long[] {input.size(-2), input.size(-1)}, kernelSize, options);
        LinearFunction function = new LinearFunction("Im2ColBackward0", columns);
        return input.dim() == 4
                ? function.apply(input)
                : Scope.result(() -> function.apply(input.unsqueeze(0)).squeeze(0));
    }

    /**
     * The sum of columns at the places that their windows have in a plane (col2im), the adjoint of {@link #unfold}.
     *
     * @param input [N, C * KH * KW, windows] or [C * KH * KW, windows]
     * @param outputSize height and width, or one number for both
     * @param kernelSize a number for each of two axes, or one for both
     * @param options as of {@link #unfold}
     * @return [N, C, H, W] or [C, H, W]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor fold(Tensor input, long[] outputSize, long[] kernelSize, PoolOptions options) {
        String operation = "fold";
        Arguments.axes(operation, "input", Arguments.floats(operation, "input", input), 2, 3);
        String name = operation + ", outputSize";
        long[] sizes = PerAxis.of(name, PerAxis.checked(name, 1, outputSize), 2);
        Columns columns = columns(operation, sizes, kernelSize, options);
        long block = columns.vertical().kernel() * columns.horizontal().kernel();
        long windows = columns.vertical().windows() * columns.horizontal().windows();
        if (input.size(-2) % block != 0 || input.size(-1) != windows) {
            throw new IllegalArgumentException("fold: the input has shape " + input.shape() + "; it must be [N, C * "
                    + block + ", " + windows + "] or [C * " + block + ", " + windows + "]");
        }
        LinearFunction function = new LinearFunction("Col2ImBackward0", columns.adjoint());
        return input.dim() == 3
                ? function.apply(input)
                : Scope.result(() -> function.apply(input.unsqueeze(0)).squeeze(0));
    }

    private static Columns columns(String operation, long[] sizes, long[] kernelSize, PoolOptions options) {
        if (options == null) {
            throw new NullPointerException(operation + ": the options are null; give new PoolOptions()");
        }
        String name = operation + ", kernelSize";
        long[] kernel = PerAxis.of(name, PerAxis.checked(name, 1, kernelSize), 2);
        long[] stride = options.strides(new long[] {1, 1});
        long[] padding = options.paddings(2);
        long[] dilation = options.dilations(2);
        List<PoolAxis> axes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            axes.add(Pooling.windows(operation, sizes[i], kernel[i], stride[i], padding[i], dilation[i]));
        }
        return new Columns(axes.getFirst(), axes.getLast(), false);
    }
}
