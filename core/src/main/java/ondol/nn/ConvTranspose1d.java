package ondol.nn;

import java.util.List;
import ondol.Generator;
import ondol.Tensor;
import ondol.op.ConvOptions;
import ondol.op.Convolution;

/**
 * A transposed convolution over one axis, {@link Convolution#convTranspose1d}; PyTorch's {@code torch.nn.ConvTranspose1d}. Input [N, in, L] or
 * [in, L].
 *
 * <p>The parameters are {@code weight} [in, out / groups, K] and {@code bias} [out], on the {@linkplain
 * ondol.Ondol#defaultDevice default device}. They start uniform between {@code -b} and {@code b} with {@code b = 1 / sqrt(fan)}, the
 * fan being {@code out / groups} times the kernel's elements, the weight drawn first and then the bias: with one seed the same
 * numbers as PyTorch's.
 */
public final class ConvTranspose1d extends ConvolutionLayer {
    /** With PyTorch's defaults: stride 1, no padding, a bias. */
    public ConvTranspose1d(long inChannels, long outChannels, long kernelSize) {
        this(inChannels, outChannels, kernelSize, new ConvOptions());
    }

    /** With a kernel of that size. */
    public ConvTranspose1d(long inChannels, long outChannels, long kernelSize, ConvOptions options) {
        this(inChannels, outChannels, new long[] {kernelSize}, options, generator());
    }

    /**
     * Drawn from a generator.
     *
     * @param kernelSize one number
     * @throws IllegalArgumentException if a size is less than 1, or the options do not fit
     * @throws NullPointerException if something is null
     */
    public ConvTranspose1d(
            long inChannels, long outChannels, long[] kernelSize, ConvOptions options, Generator generator) {
        super(1, true, inChannels, outChannels, kernelSize, options, generator);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes or channels, is too small, or is not FLOAT32 on the
     *     parameters' device
     */
    @Override
    public Tensor forward(Tensor x) {
        return Convolution.convTranspose1d(checked(x), weight(), bias(), options());
    }

    /**
     * To planes of a size: with a stride, several sizes have the same number of windows. PyTorch's {@code output_size}.
     *
     * @param outputSize the planes' sizes along all axes, or the whole output's; from what no output padding gives to less than a
     *     stride more. It replaces the output padding of the options
     * @throws IllegalArgumentException as {@link #forward(Tensor)}, or if the output cannot have this size
     */
    public Tensor forward(Tensor x, long... outputSize) {
        return Convolution.convTranspose1d(checked(x), weight(), bias(), optionsFor(x, outputSize));
    }

    /** {@link #forward(Tensor, long...)}, with the hooks that are registered at this layer. */
    public Tensor call(Tensor x, long... outputSize) {
        return callWithHooks(List.of(given(x)), in -> List.of(forward(in.getFirst(), outputSize)))
                .getFirst();
    }
}
