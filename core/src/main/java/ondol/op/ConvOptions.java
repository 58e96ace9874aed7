package ondol.op;

/**
 * How a convolution goes about its input: what PyTorch's {@code conv2d} and {@code nn.Conv2d} take as keyword arguments, with
 * their defaults. It is immutable: each method returns options with one thing changed.
 *
 * <pre>{@code
 * new Conv2d(3, 64, 7, new ConvOptions().stride(2).padding(3).bias(false));
 * Convolution.conv2d(x, weight, null, new ConvOptions().padding(1, 2).groups(4));
 * }</pre>
 *
 * <p>Where a number for each axis is wanted, one number alone is for all of them.
 */
public final class ConvOptions {
    private static final int MOST_AXES = 3;

    private enum Auto {
        NONE,
        SAME,
        VALID
    }

    private long[] stride = {1};
    private long[] padding = {0};
    private long[] dilation = {1};
    private long[] outputPadding = {0};
    private long groups = 1;
    private boolean bias = true;
    private Auto auto = Auto.NONE;
    private PaddingMode paddingMode = PaddingMode.ZEROS;

    /** PyTorch's defaults: stride 1, no padding, dilation 1, one group, with a bias. */
    public ConvOptions() {}

    private ConvOptions copy() {
        ConvOptions copy = new ConvOptions();
        copy.stride = stride;
        copy.padding = padding;
        copy.dilation = dilation;
        copy.outputPadding = outputPadding;
        copy.groups = groups;
        copy.bias = bias;
        copy.auto = auto;
        copy.paddingMode = paddingMode;
        return copy;
    }

    private static long[] checked(String name, long least, long[] values) {
        return PerAxis.checked("ConvOptions." + name, least, values);
    }

    /**
     * Sets how far apart windows are.
     *
     * @param perAxis a number for each axis, or one for all
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if a number is less than 1
     */
    public ConvOptions stride(long... perAxis) {
        ConvOptions copy = copy();
        copy.stride = checked("stride", 1, perAxis);
        return copy;
    }

    /**
     * Sets how many elements are added at both ends of an axis.
     *
     * @param perAxis a number for each axis, or one for all
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if a number is negative
     */
    public ConvOptions padding(long... perAxis) {
        ConvOptions copy = copy();
        copy.padding = checked("padding", 0, perAxis);
        copy.auto = Auto.NONE;
        return copy;
    }

    /**
     * Sets PyTorch's {@code padding="same"}: as much padding as makes the output as large as the input, one more at the far end
     * where it is odd. The stride must be 1.
     *
     * @return a copy of these options with that setting
     */
    public ConvOptions paddingSame() {
        ConvOptions copy = copy();
        copy.auto = Auto.SAME;
        return copy;
    }

    /**
     * Sets PyTorch's {@code padding="valid"}: no padding.
     *
     * @return a copy of these options with that setting
     */
    public ConvOptions paddingValid() {
        ConvOptions copy = copy();
        copy.auto = Auto.VALID;
        copy.padding = new long[] {0};
        return copy;
    }

    /**
     * Sets how far apart the elements of a window are.
     *
     * @param perAxis a number for each axis, or one for all
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if a number is less than 1
     */
    public ConvOptions dilation(long... perAxis) {
        ConvOptions copy = copy();
        copy.dilation = checked("dilation", 1, perAxis);
        return copy;
    }

    /**
     * Sets into how many groups the channels are cut; each group is convolved by itself.
     *
     * @param number the number of groups, a divisor of the channels on both sides; 1 by default
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is less than 1
     */
    public ConvOptions groups(long number) {
        ConvOptions copy = copy();
        copy.groups = Arguments.positive("ConvOptions.groups", "number", number);
        return copy;
    }

    /**
     * Sets how many elements longer the output of a transposed convolution is: several sizes have the same number of windows.
     *
     * @param perAxis a number for each axis, or one for all
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if a number is negative
     */
    public ConvOptions outputPadding(long... perAxis) {
        ConvOptions copy = copy();
        copy.outputPadding = checked("outputPadding", 0, perAxis);
        return copy;
    }

    /**
     * Sets the elements that the padding is made of.
     *
     * @param mode zeros, as by default, or the tensor's own elements
     * @return a copy of these options with that setting
     * @throws NullPointerException if it is null
     */
    public ConvOptions paddingMode(PaddingMode mode) {
        if (mode == null) {
            throw new NullPointerException(
                    "ConvOptions.paddingMode: the mode is null; give PaddingMode.ZEROS or another");
        }
        ConvOptions copy = copy();
        copy.paddingMode = mode;
        return copy;
    }

    /**
     * Sets whether a layer has a bias. A function has one if it is given one.
     *
     * @param wanted true, as by default, or false
     * @return a copy of these options with that setting
     */
    public ConvOptions bias(boolean wanted) {
        ConvOptions copy = copy();
        copy.bias = wanted;
        return copy;
    }

    /**
     * {@return the stride along each of so many axes}
     *
     * @param axes from 1 to 3
     * @throws IllegalArgumentException if the options are for another number of them
     */
    public long[] strides(int axes) {
        return perAxis("stride", stride, axes);
    }

    /**
     * {@return the padding, likewise, as a number; 0 for {@link #paddingSame}}
     *
     * @param axes the number of axes of places, from 1 to 3
     */
    public long[] paddings(int axes) {
        return perAxis("padding", isSame() ? new long[1] : padding, axes);
    }

    /**
     * {@return the dilation, likewise}
     *
     * @param axes the number of axes of places, from 1 to 3
     */
    public long[] dilations(int axes) {
        return perAxis("dilation", dilation, axes);
    }

    /**
     * {@return the output padding, likewise}
     *
     * @param axes the number of axes of places, from 1 to 3
     */
    public long[] outputPaddings(int axes) {
        return perAxis("outputPadding", outputPadding, axes);
    }

    private static long[] perAxis(String name, long[] values, int axes) {
        if (axes < 1 || axes > MOST_AXES) {
            throw new IllegalArgumentException(
                    "ConvOptions." + name + ": " + axes + " axes; a convolution has 1 to " + MOST_AXES);
        }
        return PerAxis.of("ConvOptions." + name, values, axes);
    }

    /** {@return the number of groups} */
    public long groups() {
        return groups;
    }

    /** {@return the elements that the padding is made of} */
    public PaddingMode paddingMode() {
        return paddingMode;
    }

    /** {@return whether a layer has a bias} */
    public boolean hasBias() {
        return bias;
    }

    /** {@return whether the padding is {@link #paddingSame}} */
    public boolean isSame() {
        return auto == Auto.SAME;
    }

    /** {@return whether the padding is {@link #paddingValid}} */
    public boolean isValid() {
        return auto == Auto.VALID;
    }
}
