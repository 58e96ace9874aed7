package ondol.nn;

import java.util.Arrays;
import ondol.Tensor;
import ondol.op.PoolOptions;
import ondol.op.Resizing;

/**
 * The sum of columns at their places in a plane, {@link Resizing#fold}; PyTorch's {@code torch.nn.Fold}. Input [N, C * KH * KW,
 * windows] or without N.
 */
public final class Fold extends Layer {
    private final long[] outputSize;
    private final long[] kernelSize;
    private final PoolOptions options;

    /**
     * With windows of a size.
     *
     * @param outputSize height and width, or one number for both
     * @param kernelSize a number for each of two axes, or one for both
     * @param options stride, padding and dilation; the stride is 1 where it is not given
     * @throws IllegalArgumentException if a size is less than 1, or there are more than two
     * @throws NullPointerException if something is null
     */
    public Fold(long[] outputSize, long[] kernelSize, PoolOptions options) {
        this.outputSize = pair("output size", outputSize);
        this.kernelSize = pair("kernel size", kernelSize);
        if (options == null) {
            throw new NullPointerException("Fold: the options are null; give new PoolOptions()");
        }
        this.options = options;
    }

    private static long[] pair(String what, long[] values) {
        if (values == null) {
            throw new NullPointerException("Fold: the " + what + " is null; give one number, or two");
        }
        if (values.length < 1 || values.length > 2 || Arrays.stream(values).anyMatch(v -> v < 1)) {
            throw new IllegalArgumentException("Fold: the " + what + " is " + Arrays.toString(values)
                    + "; give one number for both axes, or two, each 1 or more");
        }
        return values.clone();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has another shape, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return Resizing.fold(given(x), outputSize, kernelSize, options);
    }

    @Override
    protected String extraRepr() {
        long[] stride = options.stride();
        return "output_size=" + PoolingLayer.text(outputSize) + ", kernel_size=" + PoolingLayer.text(kernelSize)
                + ", dilation="
                + PoolingLayer.text(options.dilation()) + ", padding=" + PoolingLayer.text(options.padding())
                + ", stride=" + (stride.length == 0 ? "1" : PoolingLayer.text(stride));
    }
}
