package ondol.op;

/**
 * How a pooling goes about its input: what PyTorch's {@code max_pool2d}, {@code avg_pool2d} and their layers take as keyword
 * arguments, with their defaults. It is immutable: each method returns options with one thing changed.
 *
 * <pre>{@code
 * new MaxPool2d(3, new PoolOptions().stride(2).padding(1));
 * Pooling.avgPool2d(x, new long[] {2, 3}, new PoolOptions().ceilMode(true));
 * }</pre>
 *
 * <p>Where a number for each axis is wanted, one number alone is for all of them.
 *
 * @param stride how far apart windows are; empty for as far as they are long
 * @param padding how many elements are added at both ends of an axis, at most half a window
 * @param dilation how far apart a window's elements are, of maximum pooling
 * @param ceilMode whether a last window that reaches beyond the padded input counts, if it begins before its end
 * @param countIncludePad whether an average counts the padding's zeros
 * @param divisorOverride what an average divides by, instead of the number of elements; 0 for that number
 */
@SuppressWarnings("ArrayRecordComponent")
public record PoolOptions(
        long[] stride,
        long[] padding,
        long[] dilation,
        boolean ceilMode,
        boolean countIncludePad,
        long divisorOverride) {
    private static final String NAME = "PoolOptions.";

    /**
     * Checks all settings.
     *
     * @throws IllegalArgumentException if a stride or dilation is less than 1, or a padding or the divisor negative
     * @throws NullPointerException if an array is null
     */
    public PoolOptions {
        if (stride == null || stride.length > 0) {
            stride = PerAxis.checked(NAME + "stride", 1, stride);
        }
        padding = PerAxis.checked(NAME + "padding", 0, padding);
        dilation = PerAxis.checked(NAME + "dilation", 1, dilation);
        Arguments.notNegative(NAME + "divisorOverride", "divisor", divisorOverride);
    }

    /** PyTorch's defaults: windows side by side, no padding, dilation 1. */
    public PoolOptions() {
        this(new long[0], new long[] {0}, new long[] {1}, false, true, 0);
    }

    /**
     * Sets how far apart windows are.
     *
     * @param perAxis a number for each axis, or one for all
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if a number is less than 1
     */
    public PoolOptions stride(long... perAxis) {
        return new PoolOptions(perAxis, padding, dilation, ceilMode, countIncludePad, divisorOverride);
    }

    /**
     * Sets how many elements are added at both ends of an axis, at most half a window.
     *
     * @param perAxis a number for each axis, or one for all
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if a number is negative
     */
    public PoolOptions padding(long... perAxis) {
        return new PoolOptions(stride, perAxis, dilation, ceilMode, countIncludePad, divisorOverride);
    }

    /**
     * Sets how far apart the elements of a window are. Only maximum pooling has it.
     *
     * @param perAxis a number for each axis, or one for all
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if a number is less than 1
     */
    public PoolOptions dilation(long... perAxis) {
        return new PoolOptions(stride, padding, perAxis, ceilMode, countIncludePad, divisorOverride);
    }

    /**
     * Sets whether a last window that reaches beyond the padded input counts, if it begins before its end.
     *
     * @param wanted true or, as by default, false
     * @return a copy of these options with that setting
     */
    public PoolOptions ceilMode(boolean wanted) {
        return new PoolOptions(stride, padding, dilation, wanted, countIncludePad, divisorOverride);
    }

    /**
     * Sets whether an average counts the padding's zeros.
     *
     * @param wanted true, as by default, or false
     * @return a copy of these options with that setting
     */
    public PoolOptions countIncludePad(boolean wanted) {
        return new PoolOptions(stride, padding, dilation, ceilMode, wanted, divisorOverride);
    }

    /**
     * Sets the number that an average divides by, instead of the number of elements; 0 for that number.
     *
     * @param divisor the divisor, 0 by default
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is negative
     */
    public PoolOptions divisorOverride(long divisor) {
        return new PoolOptions(stride, padding, dilation, ceilMode, countIncludePad, divisor);
    }

    /** {@return how far apart windows are, in a new array} */
    @Override
    public long[] stride() {
        return stride.clone();
    }

    /** {@return how many elements are added at both ends of an axis, in a new array} */
    @Override
    public long[] padding() {
        return padding.clone();
    }

    /** {@return how far apart a window's elements are, in a new array} */
    @Override
    public long[] dilation() {
        return dilation.clone();
    }

    /** The stride along each of so many axes. */
    long[] strides(long[] kernel) {
        return stride.length == 0 ? kernel : PerAxis.of(NAME + "stride", stride, kernel.length);
    }

    long[] paddings(int axes) {
        return PerAxis.of(NAME + "padding", padding, axes);
    }

    long[] dilations(int axes) {
        return PerAxis.of(NAME + "dilation", dilation, axes);
    }
}
