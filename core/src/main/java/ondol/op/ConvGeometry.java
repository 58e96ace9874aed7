package ondol.op;

/**
 * The sizes of a convolution, an array element for each spatial axis: window o of an input begins at
 * {@code o * stride - low}, and its elements are {@code dilation} apart.
 *
 * @param groups into how many groups the channels are cut
 * @param input the sizes of the convolution's input
 * @param low how much padding there is before it
 * @param high how much behind it
 * @param kernel the windows' sizes
 * @param output how many windows there are
 */
@SuppressWarnings("ArrayRecordComponent")
record ConvGeometry(
        long groups,
        long[] input,
        long[] low,
        long[] high,
        long[] kernel,
        long[] stride,
        long[] dilation,
        long[] output) {
    /** How many spatial axes there are. */
    int axes() {
        return kernel.length;
    }

    /** How many elements a window spans along an axis. */
    long span(int axis) {
        return (kernel[axis] - 1) * dilation[axis] + 1;
    }

    /** How many elements all windows together span. */
    long reach(int axis) {
        return (output[axis] - 1) * stride[axis] + span(axis);
    }

    /** The same windows of an input that has its padding already. */
    ConvGeometry ofPadded() {
        long[] padded = input.clone();
        for (int i = 0; i < padded.length; i++) {
            padded[i] += low[i] + high[i];
        }
        long[] none = new long[padded.length];
        return new ConvGeometry(groups, padded, none, none, kernel, stride, dilation, output);
    }
}
