package ondol.nn;

import ondol.Generator;
import ondol.Tensor;
import ondol.op.ConvOptions;
import ondol.op.Convolution;

/**
 * A convolution over three axes, {@link Convolution#conv3d}; PyTorch's {@code torch.nn.Conv3d}. Input [N, in, D, H, W] or
 * [in, D, H, W].
 *
 * <p>The parameters are {@code weight} [out, in / groups, KD, KH, KW] and {@code bias} [out], on the {@linkplain
 * ondol.Ondol#defaultDevice default device}. They start uniform between {@code -b} and {@code b} with {@code b = 1 / sqrt(fan)}, the
 * fan being {@code in / groups} times the kernel's elements, the weight drawn first and then the bias: with one seed the same
 * numbers as PyTorch's.
 */
public final class Conv3d extends ConvolutionLayer {
    /**
     * A convolution with PyTorch's defaults: stride 1, no padding, a bias.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize the kernel's size along every axis, 1 or more
     */
    public Conv3d(long inChannels, long outChannels, long kernelSize) {
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
    public Conv3d(long inChannels, long outChannels, long kernelSize, ConvOptions options) {
        this(inChannels, outChannels, new long[] {kernelSize}, options, generator());
    }

    /**
     * A convolution with a kernel of a size along each axis.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize the kernel's size: a number for each axis, or one for all
     * @param options stride, padding, dilation, groups and bias
     */
    public Conv3d(long inChannels, long outChannels, long[] kernelSize, ConvOptions options) {
        this(inChannels, outChannels, kernelSize, options, generator());
    }

    /**
     * A convolution whose first parameters are drawn from a generator.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize a number for each axis, or one for all
     * @param options stride, padding, dilation, groups and bias
     * @param generator where the first parameters are drawn
     * @throws IllegalArgumentException if a size is less than 1, or the options do not fit
     * @throws NullPointerException if something is null
     */
    public Conv3d(long inChannels, long outChannels, long[] kernelSize, ConvOptions options, Generator generator) {
        super(3, false, inChannels, outChannels, kernelSize, options, generator);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes or channels, is too small, or is not FLOAT32 on the
     *     parameters' device
     */
    @Override
    public Tensor forward(Tensor x) {
        return Convolution.conv3d(checked(x), weight(), bias(), options());
    }
}
