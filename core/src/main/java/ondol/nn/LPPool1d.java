package ondol.nn;

import ondol.Tensor;
import ondol.op.PoolOptions;
import ondol.op.Pooling;

/**
 * {@code (sum x^p)^(1/p)} of each window over one axis, {@link Pooling#lpPool1d}; PyTorch's {@code torch.nn.LPPool1d}. Input [N, C, L] or [C, L].
 */
public final class LPPool1d extends PoolingLayer {
    private final double normType;

    /**
     * Pooling with PyTorch's defaults: windows side by side.
     *
     * @param normType the power p
     * @param kernelSize the windows' size along every axis, 1 or more
     */
    public LPPool1d(double normType, long kernelSize) {
        this(normType, kernelSize, new PoolOptions());
    }

    /**
     * Pooling of windows of one size along all axes.
     *
     * @param normType the power p
     * @param kernelSize the windows' size along every axis, 1 or more
     * @param options stride and ceil mode
     */
    public LPPool1d(double normType, long kernelSize, PoolOptions options) {
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
    public LPPool1d(double normType, long[] kernelSize, PoolOptions options) {
        super(1, "kernelSize", kernelSize, options);
        this.normType = normType;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes, is too small, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return Pooling.lpPool1d(checked(x), normType, sizes(), settings());
    }

    @Override
    protected String extraRepr() {
        return powerRepr(normType);
    }
}
