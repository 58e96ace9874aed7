package ondol.nn;

import ondol.Tensor;
import ondol.op.PoolOptions;
import ondol.op.Pooling;

/**
 * {@code (sum x^p)^(1/p)} of each window over two axes, {@link Pooling#lpPool2d}; PyTorch's {@code torch.nn.LPPool2d}. Input [N, C, H, W] or [C, H, W].
 */
public final class LPPool2d extends PoolingLayer {
    private final double normType;

    /**
     * Pooling with PyTorch's defaults: windows side by side.
     *
     * @param normType the power p
     * @param kernelSize the windows' size along every axis, 1 or more
     */
    public LPPool2d(double normType, long kernelSize) {
        this(normType, kernelSize, new PoolOptions());
    }

    /**
     * Pooling of windows of one size along all axes.
     *
     * @param normType the power p
     * @param kernelSize the windows' size along every axis, 1 or more
     * @param options stride and ceil mode
     */
    public LPPool2d(double normType, long kernelSize, PoolOptions options) {
        this(normType, new long[] {kernelSize}, options);
    }

    /**
     * Pooling of windows of a size along each axis.
     *
     * @param normType the power p
     * @param kernelSize a number for each axis, or one for all
     * @param options stride and ceil mode
     * @throws IllegalArgumentException if a size is less than 1, or there is another number of them
     * @throws NullPointerException if something is null
     */
    public LPPool2d(double normType, long[] kernelSize, PoolOptions options) {
        super(2, "kernelSize", kernelSize, options);
        this.normType = normType;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes, is too small, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return Pooling.lpPool2d(checked(x), normType, sizes(), settings());
    }

    @Override
    protected String extraRepr() {
        return powerRepr(normType);
    }
}
