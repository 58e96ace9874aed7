package ondol.nn;

import ondol.Tensor;
import ondol.op.AdaptivePooling;
import ondol.op.PoolOptions;

/**
 * The average of each of so many windows over one axis, {@link AdaptivePooling#adaptiveAvgPool1d}; PyTorch's {@code torch.nn.AdaptiveAvgPool1d}. Input
 * [N, C, L] or [C, L].
 */
public final class AdaptiveAvgPool1d extends PoolingLayer {
    /**
     * To an output of a size.
     *
     * @param outputSize a number for each axis, or one for all
     * @throws IllegalArgumentException if a size is less than 1, or there is another number of them
     * @throws NullPointerException if it is null
     */
    public AdaptiveAvgPool1d(long... outputSize) {
        super(1, "outputSize", outputSize, new PoolOptions());
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes, is too small, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return AdaptivePooling.adaptiveAvgPool1d(checked(x), sizes());
    }

    @Override
    protected String extraRepr() {
        return "output_size=" + text(sizes());
    }
}
