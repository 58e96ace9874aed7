package ondol.nn;

import ondol.Generator;
import ondol.Tensor;
import ondol.op.ConvOptions;
import ondol.op.Convolution;

/**
 * A convolution over one axis, {@link Convolution#conv1d}; PyTorch's {@code torch.nn.Conv1d}. Input [N, in, L] or
 * [in, L].
 *
 * <p>The parameters are {@code weight} [out, in / groups, K] and {@code bias} [out], on the {@linkplain
 * ondol.Ondol#defaultDevice default device}. They start uniform between {@code -b} and {@code b} with {@code b = 1 / sqrt(fan)}, the
 * fan being {@code in / groups} times the kernel's elements, the weight drawn first and then the bias: with one seed the same
 * numbers as PyTorch's.
 */
public final class Conv1d extends ConvolutionLayer {
    /**
     * A convolution with PyTorch's defaults: stride 1, no padding, a bias.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize the kernel's size along every axis, 1 or more
     */
    public Conv1d(long inChannels, long outChannels, long kernelSize) {
        this(inChannels, outChannels, kernelSize, new ConvOptions());
    }

    /**
     * A convolution with a kernel of one size along all axes.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize the kernel's size along every axis, 1 or more
     * @param options stride, padding, dilation, groups and bias
     */
    public Conv1d(long inChannels, long outChannels, long kernelSize, ConvOptions options) {
        this(inChannels, outChannels, new long[] {kernelSize}, options, generator());
    }

    /**
     * A convolution whose first parameters are drawn from a generator.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize one number
     * @param options stride, padding, dilation, groups and bias
     * @param generator where the first parameters are drawn
     * @throws IllegalArgumentException if a size is less than 1, or the options do not fit
     * @throws NullPointerException if something is null
     */
    public Conv1d(long inChannels, long outChannels, long[] kernelSize, ConvOptions options, Generator generator) {
        super(1, false, inChannels, outChannels, kernelSize, options, generator);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes or channels, is too small, or is not FLOAT32 on the
     *     parameters' device
     */
    @Override
    public Tensor forward(Tensor x) {
        return Convolution.conv1d(checked(x), weight(), bias(), options());
    }
}
