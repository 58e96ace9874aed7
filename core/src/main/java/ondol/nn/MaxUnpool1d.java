package ondol.nn;

import ondol.op.PoolOptions;
import ondol.op.Pooling;

/**
 * Back from the largest elements of windows over one axis to planes that are zero elsewhere, {@link Pooling#maxUnpool1d}; PyTorch's
 * {@code torch.nn.MaxUnpool1d}. Input and indices [N, C, L] or [C, L], as {@link Pooling#maxPool1dWithIndices} gives them.
 *
 * <pre>{@code
 * ValuesAndIndices largest = Pooling.maxPool1dWithIndices(x, new long[] {2}, new PoolOptions());
 * Tensor y = new MaxUnpool1d(2).forward(largest.values(), largest.indices());
 * }</pre>
 */
public final class MaxUnpool1d extends UnpoolingModule {
    /**
     * The inverse of a pooling of windows side by side.
     *
     * @param kernelSize the windows' size along every axis, 1 or more
     */
    public MaxUnpool1d(long kernelSize) {
        this(kernelSize, new PoolOptions());
    }

    /**
     * The inverse of a pooling of windows of one size along all axes.
     *
     * @param kernelSize the windows' size along every axis, 1 or more
     * @param options the pooling's stride and padding
     */
    public MaxUnpool1d(long kernelSize, PoolOptions options) {
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
    public MaxUnpool1d(long[] kernelSize, PoolOptions options) {
        super(1, kernelSize, options);
    }
}
