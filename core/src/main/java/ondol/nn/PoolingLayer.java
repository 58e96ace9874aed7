package ondol.nn;

import java.util.Arrays;
import ondol.DType;
import ondol.Tensor;
import ondol.op.PoolOptions;

/** The common parts of the layers of pooling: windows or output sizes, checks and printing. */
abstract class PoolingLayer extends BuiltInLayer {
    private static final String[] PLACES = {"L", "H, W", "D, H, W"};

    private final int axes;
    private final long[] sizes;
    private final PoolOptions options;

    /**
     * A layer.
     *
     * @param what what the sizes are called: {@code kernelSize}
     * @param sizes a number for each axis, or one for all
     */
    PoolingLayer(int axes, String what, long[] sizes, PoolOptions options) {
        check(getClass().getSimpleName(), axes, what, sizes, options);
        this.axes = axes;
        this.sizes = sizes.clone();
        this.options = options;
    }

    /** Refuses sizes and options that are not for so many axes. */
    static void check(String name, int axes, String what, long[] sizes, PoolOptions options) {
        if (sizes == null) {
            throw new NullPointerException(name + ": the " + what + " is null; give one number, or one for each axis");
        }
        if (options == null) {
            throw new NullPointerException(name + ": the options are null; give new PoolOptions()");
        }
        if (sizes.length != 1 && sizes.length != axes || Arrays.stream(sizes).anyMatch(s -> s < 1)) {
            throw new IllegalArgumentException(name + ": the " + what + " is " + Arrays.toString(sizes)
                    + "; give one number for all axes" + (axes == 1 ? "" : ", or " + axes + " numbers")
                    + ", each 1 or more");
        }
        fits(name, axes, "stride", options.stride());
        fits(name, axes, "padding", options.padding());
        fits(name, axes, "dilation", options.dilation());
    }

    private static void fits(String name, int axes, String what, long[] values) {
        if (values.length > 1 && values.length != axes) {
            throw new IllegalArgumentException(name + ": options with a " + what + " of " + Arrays.toString(values)
                    + "; give one number for all axes" + (axes == 1 ? "" : ", or " + axes + " numbers"));
        }
    }

    /** The sizes as they were given: a number for each axis, or one for all. */
    final long[] sizes() {
        return sizes.clone();
    }

    final PoolOptions settings() {
        return options;
    }

    /** The stride, which is the kernel's size where it was not given. */
    final long[] stride() {
        return options.stride().length == 0 ? sizes : options.stride();
    }

    /** The input, if it is one for this layer. */
    final Tensor checked(Tensor x) {
        return checked(name(), axes, given(x));
    }

    /** A tensor of planes, if it is one for a module over so many axes. */
    static Tensor checked(String name, int axes, Tensor x) {
        int dim = x.dim();
        if (dim != axes + 1 && dim != axes + 2) {
            String places = PLACES[axes - 1];
            throw new IllegalArgumentException(name + ".forward: the input has shape " + x.shape()
                    + "; it must be [N, C, " + places + "] or [C, " + places + "]");
        }
        if (x.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException(
                    name + ".forward: the input is " + x.dtype() + "; it must be FLOAT32: use to(DType.FLOAT32)");
        }
        return x;
    }

    /** Numbers as PyTorch prints what was given: {@code 2} or {@code (2, 3)}. */
    static String text(long[] values) {
        return values.length == 1 ? Long.toString(values[0]) : Repr.of(values);
    }

    /** The printed settings of layers of the largest elements. */
    final String maxRepr() {
        return avgRepr() + ", dilation=" + text(options.dilation()) + ", ceil_mode=" + Repr.of(options.ceilMode());
    }

    /** The printed settings of layers of averages over several axes. */
    final String avgRepr() {
        return "kernel_size=" + text(sizes) + ", stride=" + text(stride()) + ", padding=" + text(options.padding());
    }

    /** The printed settings of layers of power averages. */
    final String powerRepr(double normType) {
        long[] stride = options.stride();
        return "norm_type=" + Repr.of(normType) + ", kernel_size=" + text(sizes) + ", stride="
                + (stride.length == 0 ? "None" : text(stride)) + ", ceil_mode=" + Repr.of(options.ceilMode());
    }
}
