package ondol.nn;

import ondol.Tensor;
import ondol.op.PoolOptions;
import ondol.op.Pooling;

/**
 * The largest element of each window over one axis, {@link Pooling#maxPool1d}; PyTorch's {@code torch.nn.MaxPool1d}. Input
 * [N, C, L] or [C, L]. For the places of the elements call {@link Pooling#maxPool1dWithIndices}.
 */
public final class MaxPool1d extends PoolingLayer {
    /**
     * Pooling with PyTorch's defaults: windows side by side.
     *
     * @param kernelSize the windows' size along every axis, 1 or more
     */
    public MaxPool1d(long kernelSize) {
        this(kernelSize, new PoolOptions());
    }

    /**
     * Pooling of windows of one size along all axes.
     *
     * @param kernelSize the windows' size along every axis, 1 or more
     * @param options stride, padding, dilation and ceil mode
     */
    public MaxPool1d(long kernelSize, PoolOptions options) {
        this(new long[] {kernelSize}, options);
    }

    /**
     * Pooling of windows of a size along each axis.
     *
     * @param kernelSize a number for each axis, or one for all
     * @param options stride, padding, dilation and ceil mode
     * @throws IllegalArgumentException if a size is less than 1, or there is another number of them
     * @throws NullPointerException if something is null
     */
    public MaxPool1d(long[] kernelSize, PoolOptions options) {
        super(1, "kernelSize", kernelSize, options);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes, is too small, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return Pooling.maxPool1d(checked(x), sizes(), settings());
    }

    @Override
    protected String extraRepr() {
        return maxRepr();
    }
}
