package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.DType;
import ondol.Shape;
import ondol.Tensor;
import ondol.ValuesAndIndices;

/**
 * Pooling to a given size, as {@code torch.nn.functional}'s {@code adaptive_max_pool1d} to {@code adaptive_avg_pool3d}: along an axis of
 * n elements window i of o has the places from {@code floor(i n / o)} to below {@code ceil((i + 1) n / o)}.
 *
 * <p>Which element is the largest, and in which order is added, is as in {@link Pooling}.
 *
 * <pre>{@code
 * Tensor features = AdaptivePooling.adaptiveAvgPool2d(x, 1).flatten(1, -1);    // one mean for each channel, of any image
 * }</pre>
 */
public final class AdaptivePooling {
    private AdaptivePooling() {}

    /**
     * The largest elements of so many windows over one axis.
     *
     * @param input [N, C, L] or [C, L]
     * @param outputSize a number for each axis, or one for all
     * @return [N, C, outputSize] or [C, outputSize]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor adaptiveMaxPool1d(Tensor input, long... outputSize) {
        return largest("adaptiveMaxPool1d", 1, input, outputSize, false).getFirst();
    }

    /**
     * As {@link #adaptiveMaxPool1d}, and where they are: their row-major index in the input's plane.
     *
     * @param input [N, C, L] or [C, L]
     * @param outputSize a number for each axis, or one for all
     * @return the elements and their indices (INT64), of one shape
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static ValuesAndIndices adaptiveMaxPool1dWithIndices(Tensor input, long... outputSize) {
        List<Tensor> both = largest("adaptiveMaxPool1dWithIndices", 1, input, outputSize, true);
        return new ValuesAndIndices(both.getFirst(), both.getLast());
    }

    /**
     * The averages of so many windows over one axis.
     *
     * @param input [N, C, L] or [C, L]
     * @param outputSize a number for each axis, or one for all
     * @return [N, C, outputSize] or [C, outputSize]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor adaptiveAvgPool1d(Tensor input, long... outputSize) {
        return average("adaptiveAvgPool1d", 1, input, outputSize);
    }

    /**
     * The largest elements of so many windows over two axes.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param outputSize a number for each axis, or one for all
     * @return [N, C, outputSize...] or [C, outputSize...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor adaptiveMaxPool2d(Tensor input, long... outputSize) {
        return largest("adaptiveMaxPool2d", 2, input, outputSize, false).getFirst();
    }

    /**
     * As {@link #adaptiveMaxPool2d}, and where they are: their row-major index in the input's plane.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param outputSize a number for each axis, or one for all
     * @return the elements and their indices (INT64), of one shape
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static ValuesAndIndices adaptiveMaxPool2dWithIndices(Tensor input, long... outputSize) {
        List<Tensor> both = largest("adaptiveMaxPool2dWithIndices", 2, input, outputSize, true);
        return new ValuesAndIndices(both.getFirst(), both.getLast());
    }

    /**
     * The averages of so many windows over two axes.
     *
     * @param input [N, C, H, W] or [C, H, W]
     * @param outputSize a number for each axis, or one for all
     * @return [N, C, outputSize...] or [C, outputSize...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor adaptiveAvgPool2d(Tensor input, long... outputSize) {
        return average("adaptiveAvgPool2d", 2, input, outputSize);
    }

    /**
     * The largest elements of so many windows over three axes.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param outputSize a number for each axis, or one for all
     * @return [N, C, outputSize...] or [C, outputSize...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor adaptiveMaxPool3d(Tensor input, long... outputSize) {
        return largest("adaptiveMaxPool3d", 3, input, outputSize, false).getFirst();
    }

    /**
     * As {@link #adaptiveMaxPool3d}, and where they are: their row-major index in the input's plane.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param outputSize a number for each axis, or one for all
     * @return the elements and their indices (INT64), of one shape
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static ValuesAndIndices adaptiveMaxPool3dWithIndices(Tensor input, long... outputSize) {
        List<Tensor> both = largest("adaptiveMaxPool3dWithIndices", 3, input, outputSize, true);
        return new ValuesAndIndices(both.getFirst(), both.getLast());
    }

    /**
     * The averages of so many windows over three axes.
     *
     * @param input [N, C, D, H, W] or [C, D, H, W]
     * @param outputSize a number for each axis, or one for all
     * @return [N, C, outputSize...] or [C, outputSize...]
     * @throws IllegalArgumentException if shape, type or options do not fit
     * @throws IllegalStateException if the tensor is closed
     * @throws NullPointerException if something is null
     */
    public static Tensor adaptiveAvgPool3d(Tensor input, long... outputSize) {
        return average("adaptiveAvgPool3d", 3, input, outputSize);
    }

    private static List<Tensor> largest(String operation, int n, Tensor input, long[] outputSize, boolean withIndices) {
        List<PoolAxis> axes = axes(operation, n, input, outputSize);
        double elements = 1;
        for (PoolAxis axis : axes) {
            elements *= axis.kernel();
        }
        if (elements > 1 << 24) {
            throw new IllegalArgumentException(operation + ": an input of shape " + input.shape() + " to "
                    + Arrays.toString(outputSize) + " windows; at most 16,777,216 elements a window are possible");
        }
        String name = n == 1 ? "SqueezeBackward1" : "AdaptiveMaxPool" + n + "DBackward0";
        return new MaxPooling(name, input.shape().toArray(), axes, withIndices).apply(input);
    }

    /** PyTorch takes the mean where there is one window alone, and two axes where there is one. */
    private static Tensor average(String operation, int n, Tensor input, long[] outputSize) {
        List<PoolAxis> axes = axes(operation, n, input, outputSize);
        boolean one = axes.stream().allMatch(axis -> axis.windows() == 1);
        String several = one ? "MeanBackward1" : "AdaptiveAvgPool" + n + "DBackward0";
        String name = n == 1 ? "SqueezeBackward1" : several;
        return new LinearFunction(name, new AveragePooling(axes, true, 0, false)).apply(input);
    }

    private static List<PoolAxis> axes(String operation, int n, Tensor input, long[] outputSize) {
        Pooling.checked(operation, n, input);
        String name = operation + ", outputSize";
        long[] windows = PerAxis.of(name, PerAxis.checked(name, 1, outputSize), n);
        List<PoolAxis> axes = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            long size = Arguments.positive(
                    operation, "size of a pooled axis of the input", input.size(input.dim() - n + i));
            if (windows[i] > Integer.MAX_VALUE || size > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(operation + ": an input of shape " + input.shape() + " to "
                        + Arrays.toString(windows) + " windows; at most 2^31 - 1 along an axis are possible");
            }
            Tensor.empty(Shape.of(windows[i]), DType.INT64, input.device()).close(); // is there room?
            axes.add(PoolAxis.adaptive(size, windows[i]));
        }
        return axes;
    }
}
