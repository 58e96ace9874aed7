package ondol.nn;

import java.util.List;
import ondol.Generator;
import ondol.Tensor;
import ondol.op.ConvOptions;
import ondol.op.Convolution;

/**
 * A transposed convolution over three axes, {@link Convolution#convTranspose3d}; PyTorch's {@code torch.nn.ConvTranspose3d}. Input [N, in, D, H, W] or
 * [in, D, H, W].
 *
 * <p>The parameters are {@code weight} [in, out / groups, KD, KH, KW] and {@code bias} [out], on the {@linkplain
 * ondol.Ondol#defaultDevice default device}. They start uniform between {@code -b} and {@code b} with {@code b = 1 / sqrt(fan)}, the
 * fan being {@code out / groups} times the kernel's elements, the weight drawn first and then the bias: with one seed the same
 * numbers as PyTorch's.
 */
public final class ConvTranspose3d extends ConvolutionLayer {
    /**
     * A transposed convolution with PyTorch's defaults: stride 1, no padding, a bias.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize the kernel's size along every axis, 1 or more
     */
    public ConvTranspose3d(long inChannels, long outChannels, long kernelSize) {
        this(inChannels, outChannels, kernelSize, new ConvOptions());
    }

    /**
     * A transposed convolution with a kernel of one size along all axes.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize the kernel's size along every axis, 1 or more
     * @param options stride, padding, output padding, dilation, groups and bias
     */
    public ConvTranspose3d(long inChannels, long outChannels, long kernelSize, ConvOptions options) {
        this(inChannels, outChannels, new long[] {kernelSize}, options, generator());
    }

    /**
     * A transposed convolution with a kernel of a size along each axis.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize the kernel's size: a number for each axis, or one for all
     * @param options stride, padding, output padding, dilation, groups and bias
     */
    public ConvTranspose3d(long inChannels, long outChannels, long[] kernelSize, ConvOptions options) {
        this(inChannels, outChannels, kernelSize, options, generator());
    }

    /**
     * A transposed convolution whose first parameters are drawn from a generator.
     *
     * @param inChannels the input's channels
     * @param outChannels the output's channels
     * @param kernelSize a number for each axis, or one for all
     * @param options stride, padding, output padding, dilation, groups and bias
     * @param generator where the first parameters are drawn
     * @throws IllegalArgumentException if a size is less than 1, or the options do not fit
     * @throws NullPointerException if something is null
     */
    public ConvTranspose3d(
            long inChannels, long outChannels, long[] kernelSize, ConvOptions options, Generator generator) {
        super(3, true, inChannels, outChannels, kernelSize, options, generator);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes or channels, is too small, or is not FLOAT32 on the
     *     parameters' device
     */
    @Override
    public Tensor forward(Tensor x) {
        return Convolution.convTranspose3d(checked(x), weight(), bias(), options());
    }

    /**
     * Computes planes of a size: with a stride, several sizes have the same number of windows. PyTorch's {@code output_size}.
     *
     * @param x [N, C, places...] or [C, places...]
     * @param outputSize the planes' sizes along all axes, or the whole output's; from what no output padding gives to less than a
     *     stride more. It replaces the output padding of the options
     * @return [N, out, places...] or [out, places...]
     * @throws IllegalArgumentException as {@link #forward(Tensor)}, or if the output cannot have this size
     */
    public Tensor forward(Tensor x, long... outputSize) {
        return Convolution.convTranspose3d(checked(x), weight(), bias(), optionsFor(x, outputSize));
    }

    /**
     * {@link #forward(Tensor, long...)}, with the hooks that are registered at this layer.
     *
     * @param x [N, C, places...] or [C, places...]
     * @param outputSize the planes' sizes along all axes, or the whole output's
     * @return [N, out, places...] or [out, places...]
     */
    public Tensor call(Tensor x, long... outputSize) {
        return callWithHooks(List.of(given(x)), in -> List.of(forward(in.getFirst(), outputSize)))
                .getFirst();
    }
}
