package ondol.nn;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.StringJoiner;
import ondol.DType;
import ondol.Generator;
import ondol.Ondol;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.ConvOptions;
import ondol.op.PaddingMode;
import org.jspecify.annotations.Nullable;

/** The common parts of the six layers of convolutions: parameters, their first values, checks and printing. */
abstract sealed class ConvolutionLayer extends BuiltInLayer
        permits Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d {
    private static final String[] PLACES = {"L", "H, W", "D, H, W"};

    private final int axes;
    private final boolean transposed;
    private final long inChannels;
    private final long outChannels;
    private final long[] kernelSize;
    private final ConvOptions options;

    /**
     * A layer.
     *
     * @param axes over how many axes it goes
     * @param kernelSize a number for each axis, or one for all
     */
    ConvolutionLayer(
            int axes,
            boolean transposed,
            long inChannels,
            long outChannels,
            long[] kernelSize,
            ConvOptions options,
            Generator generator) {
        String name = getClass().getSimpleName();
        Objects.requireNonNull(options, name + ": the options are null; give new ConvOptions()");
        Objects.requireNonNull(generator, name + ": the generator is null; give Ondol.generator()");
        this.axes = axes;
        this.transposed = transposed;
        this.inChannels = Arguments.positive(name, "inChannels", inChannels);
        this.outChannels = Arguments.positive(name, "outChannels", outChannels);
        this.kernelSize = kernel(name, axes, kernelSize);
        this.options = options;
        checkOptions(name);
        long groups = options.groups();
        long[] sizes = new long[axes + 2];
        sizes[0] = transposed ? inChannels : outChannels;
        sizes[1] = (transposed ? outChannels : inChannels) / groups;
        System.arraycopy(this.kernelSize, 0, sizes, 2, axes);
        long fan = Shape.of(sizes).numel() / sizes[0];
        Drawn.all(this, generator, () -> {
            register("weight", Drawn.uniform(generator, Init.kaimingBound(fan, Math.sqrt(5)), sizes));
            if (options.hasBias()) {
                register("bias", Drawn.uniform(generator, 1 / Math.sqrt((double) fan), outChannels));
            }
        });
    }

    private void checkOptions(String name) {
        options.strides(axes);
        options.paddings(axes);
        options.dilations(axes);
        long[] more = options.outputPaddings(axes);
        long groups = options.groups();
        if (inChannels % groups != 0 || outChannels % groups != 0) {
            throw new IllegalArgumentException(name + ": " + inChannels + " channels to " + outChannels + " in "
                    + groups + " groups; both must be multiples of the groups");
        }
        if (options.isSame() && Arrays.stream(options.strides(axes)).anyMatch(s -> s != 1)) {
            throw new IllegalArgumentException(name + ": padding \"same\" with a stride of "
                    + Arrays.toString(options.strides(axes)) + "; the stride must be 1, or the padding numbers");
        }
        if (!transposed && Arrays.stream(more).anyMatch(p -> p != 0)) {
            throw new IllegalArgumentException(name + ": options with an output padding of " + Arrays.toString(more)
                    + "; only transposed convolutions have one");
        }
        if (transposed && (options.paddingMode() != PaddingMode.ZEROS || options.isSame())) {
            throw new IllegalArgumentException(
                    name
                            + ": padding \"same\" or of another kind than zeros; a transposed convolution takes only numbers of zeros");
        }
    }

    private static long[] kernel(String name, int axes, long[] sizes) {
        if (sizes == null) {
            throw new NullPointerException(name + ": the kernel size is null; give one number, or one for each axis");
        }
        if (sizes.length != 1 && sizes.length != axes) {
            throw new IllegalArgumentException(name + ": the kernel size is " + Arrays.toString(sizes)
                    + "; give one number for all axes" + (axes == 1 ? "" : ", or " + axes + " numbers"));
        }
        long[] all = new long[axes];
        for (int i = 0; i < axes; i++) {
            all[i] = Arguments.positive(name, "kernel size", sizes[sizes.length == 1 ? 0 : i]);
        }
        return all;
    }

    /** The default generator. */
    static Generator generator() {
        return Ondol.generator();
    }

    /** {@return the weight: [out, in / groups, kernel...], of a transposed convolution [in, out / groups, kernel...]} */
    public final Tensor weight() {
        return parameter("weight");
    }

    /** {@return the bias [out], or null if there is none} */
    public final @Nullable Tensor bias() {
        return options.hasBias() ? parameter("bias") : null;
    }

    /** {@return the input's channels} */
    public final long inChannels() {
        return inChannels;
    }

    /** {@return the output's channels} */
    public final long outChannels() {
        return outChannels;
    }

    /** {@return the kernel's size along each axis} */
    public final long[] kernelSize() {
        return kernelSize.clone();
    }

    /** {@return the settings: stride, padding and all else} */
    public final ConvOptions options() {
        return options;
    }

    /** The input, if it is one for this layer. */
    final Tensor checked(Tensor x) {
        int channelAxis = given(x).dim() - axes - 1;
        boolean fits = channelAxis == 0 || channelAxis == 1;
        if (!fits || x.size(channelAxis) != inChannels) {
            String places = PLACES[axes - 1];
            throw new IllegalArgumentException(name() + ".forward: the input has shape " + x.shape()
                    + "; it must be [N, " + inChannels + ", " + places + "] or [" + inChannels + ", " + places + "]");
        }
        if (x.dtype() != DType.FLOAT32) {
            throw new IllegalArgumentException(
                    name() + ".forward: the input is " + x.dtype() + "; it must be FLOAT32: use to(DType.FLOAT32)");
        }
        return x;
    }

    /** The options with the output padding that makes planes of a size; as they are if none is given. */
    final ConvOptions optionsFor(Tensor x, long[] outputSize) {
        long[] wanted = TransposedSizes.lasts(name(), checked(x), axes, outputSize);
        if (wanted.length == 0) {
            return options;
        }
        long[] stride = options.strides(axes);
        long[] padding = options.paddings(axes);
        long[] dilation = options.dilations(axes);
        long[] more = new long[axes];
        for (int i = 0; i < axes; i++) {
            long windows = x.size(x.dim() - axes + i);
            long least = (windows - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernelSize[i] - 1) + 1;
            more[i] = wanted[i] - least;
            if (more[i] < 0 || more[i] >= stride[i]) {
                throw TransposedSizes.outside(name(), x, wanted, i, least, least + stride[i] - 1);
            }
        }
        return options.outputPadding(more);
    }

    @Override
    protected String extraRepr() {
        StringJoiner text = new StringJoiner(", ");
        text.add(inChannels + ", " + outChannels);
        text.add("kernel_size=" + Repr.of(kernelSize));
        text.add("stride=" + Repr.of(options.strides(axes)));
        if (options.isSame() || options.isValid()) {
            text.add("padding=" + (options.isSame() ? "same" : "valid"));
        } else {
            add(text, "padding", options.paddings(axes), 0);
        }
        add(text, "dilation", options.dilations(axes), 1);
        add(text, "output_padding", options.outputPaddings(axes), 0);
        if (options.groups() != 1) {
            text.add("groups=" + options.groups());
        }
        if (!options.hasBias()) {
            text.add("bias=False");
        }
        if (options.paddingMode() != PaddingMode.ZEROS) {
            text.add("padding_mode=" + options.paddingMode().name().toLowerCase(Locale.ROOT));
        }
        return text.toString();
    }

    private static void add(StringJoiner text, String name, long[] values, long usual) {
        if (Arrays.stream(values).anyMatch(v -> v != usual)) {
            text.add(name + "=" + Repr.of(values));
        }
    }
}
