package ondol.nn;

import java.util.Arrays;
import ondol.op.PoolOptions;

/** The common part of {@link Unfold} and {@link Fold}: the windows of a plane. */
abstract sealed class ColumnsLayer extends BuiltInLayer permits Unfold, Fold {
    private final long[] kernelSize;
    private final PoolOptions options;

    ColumnsLayer(String layer, long[] kernelSize, PoolOptions options) {
        this.kernelSize = pair(layer, "kernel size", kernelSize);
        if (options == null) {
            throw new NullPointerException(layer + ": the options are null; give new PoolOptions()");
        }
        this.options = options;
    }

    /** A copy of a number for both axes, or two. */
    static long[] pair(String layer, String what, long[] values) {
        if (values == null) {
            throw new NullPointerException(layer + ": the " + what + " is null; give one number, or two");
        }
        if (values.length < 1 || values.length > 2 || Arrays.stream(values).anyMatch(v -> v < 1)) {
            throw new IllegalArgumentException(layer + ": the " + what + " is " + Arrays.toString(values)
                    + "; give one number for both axes, or two, each 1 or more");
        }
        return values.clone();
    }

    final long[] kernelSize() {
        return kernelSize.clone();
    }

    final PoolOptions options() {
        return options;
    }

    @Override
    protected String extraRepr() {
        long[] stride = options.stride();
        return "kernel_size=" + PoolingLayer.text(kernelSize) + ", dilation="
                + PoolingLayer.text(options.dilation()) + ", padding=" + PoolingLayer.text(options.padding())
                + ", stride=" + (stride.length == 0 ? "1" : PoolingLayer.text(stride));
    }
}
