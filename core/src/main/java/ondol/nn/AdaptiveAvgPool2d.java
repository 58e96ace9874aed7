package ondol.nn;

import ondol.Tensor;
import ondol.op.AdaptivePooling;
import ondol.op.PoolOptions;

/**
 * The average of each of so many windows over two axes, {@link AdaptivePooling#adaptiveAvgPool2d}; PyTorch's {@code torch.nn.AdaptiveAvgPool2d}. Input
 * [N, C, H, W] or [C, H, W].
 */
public final class AdaptiveAvgPool2d extends PoolingLayer {
    /**
     * To an output of a size.
     *
     * @param outputSize a number for each axis, or one for all
     * @throws IllegalArgumentException if a size is less than 1, or there is another number of them
     * @throws NullPointerException if it is null
     */
    public AdaptiveAvgPool2d(long... outputSize) {
        super(2, "outputSize", outputSize, new PoolOptions());
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes, is too small, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return AdaptivePooling.adaptiveAvgPool2d(checked(x), sizes());
    }

    @Override
    protected String extraRepr() {
        return "output_size=" + text(sizes());
    }
}
