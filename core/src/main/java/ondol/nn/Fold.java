package ondol.nn;

import ondol.Tensor;
import ondol.op.PoolOptions;
import ondol.op.Resizing;

/**
 * The sum of columns at their places in a plane, {@link Resizing#fold}; PyTorch's {@code torch.nn.Fold}. Input [N, C * KH * KW,
 * windows] or without N.
 */
public final class Fold extends ColumnsLayer {
    private final long[] outputSize;

    /**
     * A layer for windows of a size.
     *
     * @param outputSize height and width, or one number for both
     * @param kernelSize a number for each of two axes, or one for both
     * @param options stride, padding and dilation; the stride is 1 where it is not given
     * @throws IllegalArgumentException if a size is less than 1, or there are more than two
     * @throws NullPointerException if something is null
     */
    public Fold(long[] outputSize, long[] kernelSize, PoolOptions options) {
        long[] checked = pair("Fold", "output size", outputSize);
        super("Fold", kernelSize, options);
        this.outputSize = checked;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has another shape, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return Resizing.fold(given(x), outputSize, kernelSize(), options());
    }

    @Override
    protected String extraRepr() {
        return "output_size=" + PoolingLayer.text(outputSize) + ", " + super.extraRepr();
    }
}
