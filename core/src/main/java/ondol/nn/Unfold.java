package ondol.nn;

import ondol.Tensor;
import ondol.op.PoolOptions;
import ondol.op.Resizing;

/**
 * Windows of planes as columns, {@link Resizing#unfold}; PyTorch's {@code torch.nn.Unfold}. Input [N, C, H, W] or [C, H, W].
 */
public final class Unfold extends ColumnsLayer {
    /**
     * A layer for windows of a size.
     *
     * @param kernelSize a number for each of two axes, or one for both
     * @param options stride, padding and dilation; the stride is 1 where it is not given
     * @throws IllegalArgumentException if a size is less than 1, or there are more than two
     * @throws NullPointerException if something is null
     */
    public Unfold(long[] kernelSize, PoolOptions options) {
        super("Unfold", kernelSize, options);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has another shape, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return Resizing.unfold(given(x), kernelSize(), options());
    }
}
