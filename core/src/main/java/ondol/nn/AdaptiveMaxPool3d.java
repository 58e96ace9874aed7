package ondol.nn;

import ondol.Tensor;
import ondol.op.AdaptivePooling;
import ondol.op.PoolOptions;

/**
 * The largest element of each of so many windows over three axes, {@link AdaptivePooling#adaptiveMaxPool3d}; PyTorch's {@code torch.nn.AdaptiveMaxPool3d}. Input
 * [N, C, D, H, W] or [C, D, H, W].
 */
public final class AdaptiveMaxPool3d extends PoolingLayer {
    /**
     * To an output of a size.
     *
     * @param outputSize a number for each axis, or one for all
     * @throws IllegalArgumentException if a size is less than 1, or there is another number of them
     * @throws NullPointerException if it is null
     */
    public AdaptiveMaxPool3d(long... outputSize) {
        super(3, "outputSize", outputSize, new PoolOptions());
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes, is too small, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return AdaptivePooling.adaptiveMaxPool3d(checked(x), sizes());
    }

    @Override
    protected String extraRepr() {
        return "output_size=" + text(sizes());
    }
}
