package ondol.op;

import java.util.Arrays;
import ondol.Tensor;

/** Views and padded copies for convolutions. Images here are [samples, groups, channels, places...]. */
final class ConvWindows {
    /** The axes before the places. */
    static final int LEADING = 3;

    private ConvWindows() {}

    /** A tensor with an axis cut into groups. */
    static Tensor grouped(Tensor t, int axis, long groups) {
        long[] sizes = t.shape().toArray();
        long[] cut = new long[sizes.length + 1];
        System.arraycopy(sizes, 0, cut, 0, axis);
        cut[axis] = groups;
        cut[axis + 1] = sizes[axis] / groups;
        System.arraycopy(sizes, axis + 1, cut, axis + 2, sizes.length - axis - 1);
        return t.view(cut);
    }

    /** An image with zeros around it: a copy, unless there are none. */
    static Tensor padded(Tensor image, long[] low, long[] high) {
        if (Arrays.stream(low).sum() + Arrays.stream(high).sum() == 0) {
            return image;
        }
        return new ConstantPadding(low, high, 0).of(image);
    }

    /** The windows of an image as [samples, groups, channels, windows..., kernel...], padded as the geometry says. */
    static Tensor of(Tensor image, ConvGeometry g) {
        Tensor windows = padded(image, g.low(), g.high());
        int n = g.axes();
        for (int i = 0; i < n; i++) {
            windows = windows.slice(LEADING + i, 0, g.reach(i)).unfold(LEADING + i, g.span(i), g.stride()[i]);
        }
        for (int i = 0; i < n; i++) {
            windows = windows.slice(LEADING + n + i, 0, g.span(i), g.dilation()[i]);
        }
        return windows;
    }

    /** A view with its axes in another order: those from {@code first}, then of {@code second}, and so on. */
    static Tensor ordered(Tensor t, int[]... axes) {
        return t.permute(Arrays.stream(axes).flatMapToInt(Arrays::stream).toArray());
    }

    /** Axis numbers from {@code from}, so many. */
    static int[] axes(int from, int count) {
        int[] axes = new int[count];
        Arrays.setAll(axes, i -> from + i);
        return axes;
    }
}
