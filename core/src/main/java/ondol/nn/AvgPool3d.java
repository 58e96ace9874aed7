package ondol.nn;

import ondol.Tensor;
import ondol.op.PoolOptions;
import ondol.op.Pooling;

/**
 * The average of each window over three axes, {@link Pooling#avgPool3d}; PyTorch's {@code torch.nn.AvgPool3d}. Input [N, C, D, H, W] or [C, D, H, W].
 */
public final class AvgPool3d extends PoolingLayer {
    /** With PyTorch's defaults: windows side by side. */
    public AvgPool3d(long kernelSize) {
        this(kernelSize, new PoolOptions());
    }

    /** With windows of one size along all axes. */
    public AvgPool3d(long kernelSize, PoolOptions options) {
        this(new long[] {kernelSize}, options);
    }

    /**
     * With windows of a size along each axis.
     *
     * @param kernelSize a number for each axis, or one for all
     * @throws IllegalArgumentException if a size is less than 1, or there is another number of them
     * @throws NullPointerException if something is null
     */
    public AvgPool3d(long[] kernelSize, PoolOptions options) {
        super(3, "kernelSize", kernelSize, options);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes, is too small, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return Pooling.avgPool3d(checked(x), sizes(), settings());
    }

    @Override
    protected String extraRepr() {
        return avgRepr();
    }
}
