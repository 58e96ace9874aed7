package ondol.nn;

import ondol.Tensor;
import ondol.op.PoolOptions;
import ondol.op.Pooling;

/**
 * The average of each window over two axes, {@link Pooling#avgPool2d}; PyTorch's {@code torch.nn.AvgPool2d}. Input [N, C, H, W] or [C, H, W].
 */
public final class AvgPool2d extends PoolingLayer {
    /**
     * Pooling with PyTorch's defaults: windows side by side.
     *
     * @param kernelSize the windows' size along every axis, 1 or more
     */
    public AvgPool2d(long kernelSize) {
        this(kernelSize, new PoolOptions());
    }

    /**
     * Pooling of windows of one size along all axes.
     *
     * @param kernelSize the windows' size along every axis, 1 or more
     * @param options stride, padding, ceil mode and the divisor
     */
    public AvgPool2d(long kernelSize, PoolOptions options) {
        this(new long[] {kernelSize}, options);
    }

    /**
     * Pooling of windows of a size along each axis.
     *
     * @param kernelSize a number for each axis, or one for all
     * @param options stride, padding, ceil mode and the divisor
     * @throws IllegalArgumentException if a size is less than 1, or there is another number of them
     * @throws NullPointerException if something is null
     */
    public AvgPool2d(long[] kernelSize, PoolOptions options) {
        super(2, "kernelSize", kernelSize, options);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes, is too small, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return Pooling.avgPool2d(checked(x), sizes(), settings());
    }

    @Override
    protected String extraRepr() {
        return avgRepr();
    }
}
