package ondol.nn;

import ondol.op.PoolOptions;
import ondol.op.Pooling;

/**
 * Back from the largest elements of windows over three axes to planes that are zero elsewhere, {@link Pooling#maxUnpool3d}; PyTorch's
 * {@code torch.nn.MaxUnpool3d}. Input and indices [N, C, D, H, W] or [C, D, H, W], as {@link Pooling#maxPool3dWithIndices} gives them.
 *
 * <pre>{@code
 * ValuesAndIndices largest = Pooling.maxPool3dWithIndices(x, new long[] {2}, new PoolOptions());
 * Tensor y = new MaxUnpool3d(2).forward(largest.values(), largest.indices());
 * }</pre>
 */
public final class MaxUnpool3d extends UnpoolingModule {
    /**
     * The inverse of a pooling of windows side by side.
     *
     * @param kernelSize the windows' size along every axis, 1 or more
     */
    public MaxUnpool3d(long kernelSize) {
        this(kernelSize, new PoolOptions());
    }

    /**
     * The inverse of a pooling of windows of one size along all axes.
     *
     * @param kernelSize the windows' size along every axis, 1 or more
     * @param options the pooling's stride and padding
     */
    public MaxUnpool3d(long kernelSize, PoolOptions options) {
        this(new long[] {kernelSize}, options);
    }

    /**
     * The inverse of a pooling of windows of a size along each axis.
     *
     * @param kernelSize a number for each axis, or one for all
     * @param options stride and padding
     * @throws IllegalArgumentException if a size is less than 1, there is another number of them, or for other options
     * @throws NullPointerException if something is null
     */
    public MaxUnpool3d(long[] kernelSize, PoolOptions options) {
        super(3, kernelSize, options);
    }
}
