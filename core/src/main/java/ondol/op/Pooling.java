package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.ValuesAndIndices;

/**
 * Pooling as {@code torch.nn.functional}'s {@code max_pool1d} to {@code lp_pool3d}: one number for each window of a plane.
 *
 * <p>With padding p, stride s, dilation d and a kernel of K elements an axis of size I has {@code floor((I + 2 p - d (K - 1) - 1) / s) +
 * 1} windows. In {@linkplain PoolOptions#ceilMode ceil mode} it is {@code ceil}, but a window that would begin after the input and its
 * padding in front is left out. Window o has the places {@code o s - p + k d} for k below K.
 *
 * <p>Maximum pooling takes the largest element of each window, padding never; NaN if there is one. Equal ones: the first in row-major
 * order has the gradient, and of several NaN the first. Average pooling divides the sum of a window, padding counting as zeros, by the
 * number of elements, those of the padding included or not, or by a given number. The sums are taken along one axis after the
 * other, the last first, each in the order of {@link ondol.kernel.ReduceOp#SUM}. Power-average pooling is {@code (sum
 * x^p)^(1/p)}.
 *
 * <p>Inputs are FLOAT32, [N, C, places...], or [C, places...] for one sample. A kernel size of one number is for all axes.
 *
 * <pre>{@code
 * Tensor y = Pooling.maxPool2d(x, 2);                                                      // halves height and width
 * Tensor z = Pooling.avgPool2d(x, new long[] {3, 5}, new PoolOptions().stride(1).padding(1, 2));
 * }</pre>
 */
public final class Pooling {
    private static final String INPUT = "input";

    private Pooling() {}

    // ---- the largest of each window

    /**
     * As {@link #maxPool1d(Tensor, long[], PoolOptions)}, with the defaults: windows side by side.
     *
     * @param input [N, C, L] or [C, L]
     * @param kernelSize the windows' size: a number for each axis, or one for all
     * @return [N, C, windows] or [C, windows]
     */
    public static Tensor maxPool1d(Tensor input, long... kernelSize) {
        return maxPool1d(input, kernelSize, new PoolOptions());
    }

    /**
     * The largest elements of windows over one axis.
     *
     * @param input [N, C, L] or [C, L]
     * @param kernelSize a number for each axis, or one for all
     * @param options stride, padding, dilation and ceil mode
     * @return [N, C, windows] or [C, windows]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor maxPool1d(Tensor input, long[] kernelSize, PoolOptions options) {
        return largest("maxPool1d", 1, input, kernelSize, options, false).getFirst();
    }

    /**
     * As {@link #maxPool1d(Tensor, long[], PoolOptions)}, and where they are: their row-major index in the input's plane.
     *
     * @param input [N, C, L] or [C, L]
     * @param kernelSize the windows' size: a number for each axis, or one for all
     * @param options stride, padding, dilation and ceil mode
     * @return the elements and their indices (INT64), of one shape
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static ValuesAndIndices maxPool1dWithIndices(Tensor input, long[] kernelSize, PoolOptions options) {
        List<Tensor> both = largest("maxPool1dWithIndices", 1, input, kernelSize, options, true);
        return new ValuesAndIndices(both.getFirst(), both.getLast());
    }

    /**
     * As {@link #maxPool2d(Tensor, long[], PoolOptions)}, with the defaults: windows side by side.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param kernelSize the windows' size: a number for each axis, or one for all
     * @return [N, C, windows...] or [C, windows...]
     */
    public static Tensor maxPool2d(Tensor input, long... kernelSize) {
        return maxPool2d(input, kernelSize, new PoolOptions());
    }

    /**
     * The largest elements of windows over two axes.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param kernelSize a number for each axis, or one for all
     * @param options stride, padding, dilation and ceil mode
     * @return [N, C, windows...] or [C, windows...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor maxPool2d(Tensor input, long[] kernelSize, PoolOptions options) {
        return largest("maxPool2d", 2, input, kernelSize, options, false).getFirst();
    }

    /**
     * As {@link #maxPool2d(Tensor, long[], PoolOptions)}, and where they are: their row-major index in the input's plane.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param kernelSize the windows' size: a number for each axis, or one for all
     * @param options stride, padding, dilation and ceil mode
     * @return the elements and their indices (INT64), of one shape
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static ValuesAndIndices maxPool2dWithIndices(Tensor input, long[] kernelSize, PoolOptions options) {
        List<Tensor> both = largest("maxPool2dWithIndices", 2, input, kernelSize, options, true);
        return new ValuesAndIndices(both.getFirst(), both.getLast());
    }

    /**
     * As {@link #maxPool3d(Tensor, long[], PoolOptions)}, with the defaults: windows side by side.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param kernelSize the windows' size: a number for each axis, or one for all
     * @return [N, C, windows...] or [C, windows...]
     */
    public static Tensor maxPool3d(Tensor input, long... kernelSize) {
        return maxPool3d(input, kernelSize, new PoolOptions());
    }

    /**
     * The largest elements of windows over three axes.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param kernelSize a number for each axis, or one for all
     * @param options stride, padding, dilation and ceil mode
     * @return [N, C, windows...] or [C, windows...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor maxPool3d(Tensor input, long[] kernelSize, PoolOptions options) {
        return largest("maxPool3d", 3, input, kernelSize, options, false).getFirst();
    }

    /**
     * As {@link #maxPool3d(Tensor, long[], PoolOptions)}, and where they are: their row-major index in the input's plane.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param kernelSize the windows' size: a number for each axis, or one for all
     * @param options stride, padding, dilation and ceil mode
     * @return the elements and their indices (INT64), of one shape
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static ValuesAndIndices maxPool3dWithIndices(Tensor input, long[] kernelSize, PoolOptions options) {
        List<Tensor> both = largest("maxPool3dWithIndices", 3, input, kernelSize, options, true);
        return new ValuesAndIndices(both.getFirst(), both.getLast());
    }

    // ---- averages

    /**
     * As {@link #avgPool1d(Tensor, long[], PoolOptions)}, with the defaults: windows side by side.
     *
     * @param input [N, C, L] or [C, L]
     * @param kernelSize the windows' size: a number for each axis, or one for all
     * @return [N, C, windows] or [C, windows]
     */
    public static Tensor avgPool1d(Tensor input, long... kernelSize) {
        return avgPool1d(input, kernelSize, new PoolOptions());
    }

    /**
     * The averages of windows over one axis.
     *
     * @param input [N, C, L] or [C, L]
     * @param kernelSize a number for each axis, or one for all
     * @param options without dilation
     * @return [N, C, windows] or [C, windows]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor avgPool1d(Tensor input, long[] kernelSize, PoolOptions options) {
        return average("avgPool1d", 1, input, kernelSize, options);
    }

    /**
     * As {@link #avgPool2d(Tensor, long[], PoolOptions)}, with the defaults: windows side by side.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param kernelSize the windows' size: a number for each axis, or one for all
     * @return [N, C, windows...] or [C, windows...]
     */
    public static Tensor avgPool2d(Tensor input, long... kernelSize) {
        return avgPool2d(input, kernelSize, new PoolOptions());
    }

    /**
     * The averages of windows over two axes.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param kernelSize a number for each axis, or one for all
     * @param options without dilation
     * @return [N, C, windows...] or [C, windows...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor avgPool2d(Tensor input, long[] kernelSize, PoolOptions options) {
        return average("avgPool2d", 2, input, kernelSize, options);
    }

    /**
     * As {@link #avgPool3d(Tensor, long[], PoolOptions)}, with the defaults: windows side by side.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param kernelSize the windows' size: a number for each axis, or one for all
     * @return [N, C, windows...] or [C, windows...]
     */
    public static Tensor avgPool3d(Tensor input, long... kernelSize) {
        return avgPool3d(input, kernelSize, new PoolOptions());
    }

    /**
     * The averages of windows over three axes.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param kernelSize a number for each axis, or one for all
     * @param options without dilation
     * @return [N, C, windows...] or [C, windows...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor avgPool3d(Tensor input, long[] kernelSize, PoolOptions options) {
        return average("avgPool3d", 3, input, kernelSize, options);
    }

    /**
     * Power averages {@code (sum x^p)^(1/p)} of windows over one axis; where the sum is 0, the gradient is not finite.
     *
     * @param input [N, C, L] or [C, L]
     * @param normType p
     * @param kernelSize a number for each axis, or one for all
     * @param options stride and ceil mode
     * @return [N, C, windows] or [C, windows]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor lpPool1d(Tensor input, double normType, long[] kernelSize, PoolOptions options) {
        return power("lpPool1d", 1, input, normType, kernelSize, options);
    }

    /**
     * Power averages {@code (sum x^p)^(1/p)} of windows over two axes; where the sum is 0, the gradient is not finite.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param normType p
     * @param kernelSize a number for each axis, or one for all
     * @param options stride and ceil mode
     * @return [N, C, windows...] or [C, windows...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor lpPool2d(Tensor input, double normType, long[] kernelSize, PoolOptions options) {
        return power("lpPool2d", 2, input, normType, kernelSize, options);
    }

    /**
     * Power averages {@code (sum x^p)^(1/p)} of windows over three axes; where the sum is 0, the gradient is not finite.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param normType p
     * @param kernelSize a number for each axis, or one for all
     * @param options stride and ceil mode
     * @return [N, C, windows...] or [C, windows...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor lpPool3d(Tensor input, double normType, long[] kernelSize, PoolOptions options) {
        return power("lpPool3d", 3, input, normType, kernelSize, options);
    }

    // ---- back to larger planes

    /**
     * Zeros, and the elements of an input at places of a plane of one axis, as {@link #maxPool1dWithIndices} gives them. Of several
     * for one place the last stays; the gradient goes to all of them.
     *
     * @param input [N, C, L] or [C, L]
     * @param indices of the input's shape (INT64): row-major indices in the output's planes
     * @param outputSize a number for each axis, or one for all
     * @return [N, C, outputSize...] or [C, outputSize...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor maxUnpool1d(Tensor input, Tensor indices, long... outputSize) {
        return unpooled("maxUnpool1d", 1, input, indices, outputSize);
    }

    /**
     * Zeros, and the elements of an input at places of a plane of two axes, as {@link #maxPool2dWithIndices} gives them. Of several
     * for one place the last stays; the gradient goes to all of them.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param indices of the input's shape (INT64): row-major indices in the output's planes
     * @param outputSize a number for each axis, or one for all
     * @return [N, C, outputSize...] or [C, outputSize...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor maxUnpool2d(Tensor input, Tensor indices, long... outputSize) {
        return unpooled("maxUnpool2d", 2, input, indices, outputSize);
    }

    /**
     * Zeros, and the elements of an input at places of a plane of three axes, as {@link #maxPool3dWithIndices} gives them. Of several
     * for one place the last stays; the gradient goes to all of them.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param indices of the input's shape (INT64): row-major indices in the output's planes
     * @param outputSize a number for each axis, or one for all
     * @return [N, C, outputSize...] or [C, outputSize...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor maxUnpool3d(Tensor input, Tensor indices, long... outputSize) {
        return unpooled("maxUnpool3d", 3, input, indices, outputSize);
    }

    // ---- what they share

    private static List<Tensor> largest(
            String operation, int n, Tensor input, long[] kernelSize, PoolOptions options, boolean withIndices) {
        List<PoolAxis> axes = axes(operation, n, input, kernelSize, options);
        double elements = 1;
        for (PoolAxis axis : axes) {
            elements *= axis.kernel();
            if (!axis.everyWindowHasElements()) {
                throw new IllegalArgumentException(operation + ": an input of shape " + input.shape() + " with kernel "
                        + Arrays.toString(kernelSize) + ", dilation " + Arrays.toString(options.dilation())
                        + " and padding " + Arrays.toString(options.padding())
                        + " has a window without an element of the input; use less padding, or a dilation of at most "
                        + axis.size());
            }
        }
        if (elements > 1 << 24) {
            throw new IllegalArgumentException(operation + ": windows of " + Arrays.toString(kernelSize)
                    + "; at most 16,777,216 elements are possible");
        }
        String name = n == 1 ? "SqueezeBackward1" : "MaxPool" + n + "DWithIndicesBackward0";
        return new MaxPooling(name, input.shape().toArray(), axes, withIndices).apply(input);
    }

    private static Tensor average(String operation, int n, Tensor input, long[] kernelSize, PoolOptions options) {
        List<PoolAxis> axes = axes(operation, n, input, kernelSize, options);
        for (PoolAxis axis : axes) {
            if (axis.dilation() != 1) {
                throw new IllegalArgumentException(operation + ": options with a dilation of "
                        + Arrays.toString(options.dilation()) + "; only maximum pooling has one");
            }
        }
        String name = n == 1 ? "SqueezeBackward1" : "AvgPool" + n + "DBackward0";
        LinearMap map = new AveragePooling(axes, options.countIncludePad(), options.divisorOverride(), false);
        return new LinearFunction(name, map).apply(input);
    }

    private static Tensor power(
            String operation, int n, Tensor input, double normType, long[] kernelSize, PoolOptions options) {
        List<PoolAxis> axes = axes(operation, n, input, kernelSize, options);
        double elements = 1;
        for (PoolAxis axis : axes) {
            elements *= axis.kernel();
            if (axis.padding() != 0) {
                throw new IllegalArgumentException(operation + ": options with a padding of "
                        + Arrays.toString(options.padding()) + "; use Padding.pad before it");
            }
        }
        double count = elements;
        return Scope.result(() -> {
            Tensor sums = average(operation, n, input.pow(normType), kernelSize, options.divisorOverride(0));
            return sums.sign().mul(sums.abs().relu()).mul(count).pow(1 / normType);
        });
    }

    private static Tensor unpooled(String operation, int n, Tensor input, Tensor indices, long[] outputSize) {
        checked(operation, n, input);
        Arguments.shape(
                operation,
                "indices",
                Arguments.longs(operation, "indices", indices),
                input.shape().toArray());
        Arguments.sameDevice(operation, input, indices);
        String name = operation + ", outputSize";
        long[] plane = PerAxis.of(name, PerAxis.checked(name, 1, outputSize), n);
        String gradName = n == 1 ? "SqueezeBackward1" : "MaxUnpool" + n + "DBackward0";
        return Range.named(
                () -> indices,
                range -> new IllegalArgumentException(operation + ": the indices go from " + range.least() + " to "
                        + range.most() + ", in planes of " + Arrays.toString(plane) + "; they must be 0 to "
                        + (Shape.of(plane).numel() - 1)),
                () -> new Unpooling(gradName, plane).apply(input, indices));
    }

    /** The input, if it is one for pooling over n axes. */
    static Tensor checked(String operation, int n, Tensor input) {
        return Arguments.axes(operation, INPUT, Arguments.floats(operation, INPUT, input), n + 1, n + 2);
    }

    private static List<PoolAxis> axes(String operation, int n, Tensor input, long[] kernelSize, PoolOptions options) {
        if (options == null) {
            throw new NullPointerException(operation + ": the options are null; give new PoolOptions()");
        }
        checked(operation, n, input);
        String name = operation + ", kernelSize";
        long[] kernel = PerAxis.of(name, PerAxis.checked(name, 1, kernelSize), n);
        long[] stride = options.strides(kernel);
        long[] padding = options.paddings(n);
        long[] dilation = options.dilations(n);
        List<PoolAxis> axes = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            long size = input.size(input.dim() - n + i);
            checkSmall(operation, kernel[i], stride[i], padding[i], dilation[i]);
            long span = (kernel[i] - 1) * dilation[i] + 1;
            if (padding[i] > span / 2) {
                throw new IllegalArgumentException(operation + ": padding " + Arrays.toString(padding)
                        + " for windows of " + span + " elements along an axis; at most half a window is possible");
            }
            long windows = windows(size, span, stride[i], padding[i], options.ceilMode());
            if (windows < 1) {
                throw new IllegalArgumentException(operation + ": an input of shape " + input.shape() + " with padding "
                        + Arrays.toString(padding) + " is smaller than the kernel " + Arrays.toString(kernel)
                        + "; use a larger input, or a smaller kernel");
            }
            axes.add(new PoolAxis(size, windows, kernel[i], stride[i], dilation[i], padding[i], true));
        }
        return axes;
    }

    private static void checkSmall(String operation, long... numbers) {
        for (long number : numbers) {
            if (number > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        operation + ": kernel, stride, padding or dilation of " + number + "; use less than 2^31");
            }
        }
    }

    /** Windows with any padding. */
    static PoolAxis windows(String operation, long size, long kernel, long stride, long padding, long dilation) {
        checkSmall(operation, kernel, stride, padding, dilation);
        long span = (kernel - 1) * dilation + 1;
        long windows = windows(size, span, stride, padding, false);
        if (windows < 1) {
            throw new IllegalArgumentException(operation + ": windows of " + span + " elements along an axis of " + size
                    + " with padding " + padding + "; use a larger input, or more padding");
        }
        return new PoolAxis(size, windows, kernel, stride, dilation, padding, true);
    }

    private static long windows(long size, long span, long stride, long padding, boolean ceil) {
        long windows = Math.floorDiv(size + 2 * padding - span + (ceil ? stride - 1 : 0), stride) + 1;
        boolean beginsTooLate = ceil && (windows - 1) * stride >= size + padding;
        return beginsTooLate ? windows - 1 : windows;
    }
}
