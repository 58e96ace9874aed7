package ondol.oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import ondol.Generator;
import ondol.nn.Conv1d;
import ondol.nn.Conv2d;
import ondol.nn.Conv3d;
import ondol.nn.ConvTranspose1d;
import ondol.nn.ConvTranspose2d;
import ondol.nn.ConvTranspose3d;
import ondol.nn.Layer;
import ondol.op.ConvOptions;
import ondol.op.Convolution;
import ondol.op.PaddingMode;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Convolutions, transposed ones, and their layers. */
final class ConvolutionTable extends Operation.Table {
    private static final double EPS = 0x1p-24;

    ConvolutionTable() {
        for (int axes = 1; axes <= 3; axes++) {
            int n = axes;
            op("conv" + n + "d", d -> function(d, Sizes.of(d, n, false)));
            op("conv" + n + "d(same)", d -> function(d, Sizes.of(d, n, false).same()));
            op("convTranspose" + n + "d", d -> function(d, Sizes.of(d, n, true)))
                    .explain(Difference.TRANSPOSED_SIZES, ConvolutionTable::refused);
            op("forward(Conv" + n + "d)", d -> layer(d, Sizes.of(d, n, false)));
            op(
                    "forward(Conv" + n + "d, padding mode)",
                    d -> layer(d, Sizes.of(d, n, false).mode(d)));
            op("forward(ConvTranspose" + n + "d)", d -> layer(d, Sizes.of(d, n, true)))
                    .explain(Difference.TRANSPOSED_SIZES, ConvolutionTable::refused);
            op("forward(ConvTranspose" + n + "d, output size)", d -> sized(d, Sizes.of(d, n, true)))
                    .explain(Difference.TRANSPOSED_SIZES, ConvolutionTable::refused);
        }
    }

    private static boolean refused(Mismatch m) {
        return m.is(Mismatch.Stage.FORWARD, Mismatch.Kind.ONLY_ONDOL_FAILS);
    }

    /** What a convolution is given, in both engines' words. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Sizes(
            int axes,
            boolean transposed,
            long[] input,
            long[] weight,
            long channels,
            long[] stride,
            long[] padding,
            long[] dilation,
            long[] more,
            long groups,
            boolean bias,
            boolean isSame,
            PaddingMode mode) {
        static Sizes of(Draw d, int n, boolean transposed) {
            long groups = d.chance(0.6) ? 1 : d.between(2, 3);
            boolean depthwise = d.chance(0.2);
            long in = depthwise ? 1 : d.between(1, 4);
            long out = depthwise ? 1 : d.between(1, 4);
            int most = n == 1 ? 20 : n == 2 ? 8 : 5;
            List<Long> input = new ArrayList<>();
            if (d.chance(0.85)) {
                input.add(d.chance(0.04) ? 0L : d.between(1, 3));
            }
            input.add(in * groups + (d.chance(0.02) ? 1 : 0));
            long[] weight = new long[n + 2];
            weight[0] = transposed ? in * groups : out * groups;
            weight[1] = transposed ? out : in;
            for (int i = 0; i < n; i++) {
                input.add((long) d.between(1, most));
                weight[i + 2] = d.between(1, 4);
            }
            long[] dilation = each(d, n, 1, 2);
            long[] stride = each(d, n, 1, 3);
            long[] more = transposed && d.flag() ? each(d, n, 0, 2) : new long[n];
            return new Sizes(
                    n,
                    transposed,
                    input.stream().mapToLong(s -> s).toArray(),
                    weight,
                    out * groups,
                    stride,
                    each(d, n, 0, 3),
                    dilation,
                    more,
                    groups,
                    d.flag(),
                    false,
                    PaddingMode.ZEROS);
        }

        private static long[] each(Draw d, int n, int low, int high) {
            long[] values = new long[n];
            Arrays.setAll(values, i -> d.between(low, high));
            return values;
        }

        Sizes same() {
            long[] ones = new long[axes];
            Arrays.fill(ones, 1);
            return new Sizes(
                    axes, transposed, input, weight, channels, ones, padding, dilation, more, groups, bias, true, mode);
        }

        Sizes mode(Draw d) {
            PaddingMode other = d.pick(PaddingMode.REFLECT, PaddingMode.REPLICATE, PaddingMode.CIRCULAR);
            return new Sizes(
                    axes,
                    transposed,
                    input,
                    weight,
                    channels,
                    stride,
                    padding,
                    dilation,
                    more,
                    groups,
                    bias,
                    false,
                    other);
        }

        /** With an output padding that an output size can stand for. */
        Sizes belowTheStride() {
            long[] less = more.clone();
            Arrays.setAll(less, i -> Math.min(more[i], stride[i] - 1));
            return new Sizes(
                    axes,
                    transposed,
                    input,
                    weight,
                    channels,
                    stride,
                    padding,
                    dilation,
                    less,
                    groups,
                    bias,
                    isSame,
                    mode);
        }

        ConvOptions options() {
            ConvOptions options = new ConvOptions()
                    .stride(stride)
                    .padding(padding)
                    .dilation(dilation)
                    .outputPadding(more)
                    .groups(groups)
                    .bias(bias)
                    .paddingMode(mode);
            return isSame ? options.paddingSame() : options;
        }

        /** How many products a number is a sum of, at most, in the result and in the gradients. */
        long terms() {
            long samples = input.length == axes + 2 ? input[0] : 1;
            long places = 1;
            for (int i = 0; i < axes; i++) {
                places *= input[input.length - axes + i] + 2 * padding[i] + (transposed ? 4 : 0);
            }
            return Math.max(Array.count(weight), samples * places);
        }

        Tensor torch(Tensor x, Tensor w, TensorOptional b) {
            if (mode != PaddingMode.ZEROS) {
                long[] pads = new long[2 * axes];
                Arrays.setAll(pads, i -> padding[axes - 1 - i / 2]);
                Tensor padded = torch.pad(x, pads, mode.name().toLowerCase(Locale.ROOT), new DoubleOptional());
                return convolved(padded, w, b, new long[axes]);
            }
            if (transposed) {
                return switch (axes) {
                    case 1 -> torch.conv_transpose1d(x, w, b, stride, padding, more, groups, dilation);
                    case 2 -> torch.conv_transpose2d(x, w, b, stride, padding, more, groups, dilation);
                    default -> torch.conv_transpose3d(x, w, b, stride, padding, more, groups, dilation);
                };
            }
            if (isSame) {
                return switch (axes) {
                    case 1 -> torch.conv1d(x, w, b, stride, "same", dilation, groups);
                    case 2 -> torch.conv2d(x, w, b, stride, "same", dilation, groups);
                    default -> torch.conv3d(x, w, b, stride, "same", dilation, groups);
                };
            }
            return convolved(x, w, b, padding);
        }

        private Tensor convolved(Tensor x, Tensor w, TensorOptional b, long[] pads) {
            return switch (axes) {
                case 1 -> torch.conv1d(x, w, b, stride, pads, dilation, groups);
                case 2 -> torch.conv2d(x, w, b, stride, pads, dilation, groups);
                default -> torch.conv3d(x, w, b, stride, pads, dilation, groups);
            };
        }

        ondol.Tensor ondol(ondol.Tensor x, ondol.Tensor w, ondol.Tensor b) {
            ConvOptions options = options();
            if (transposed) {
                return switch (axes) {
                    case 1 -> Convolution.convTranspose1d(x, w, b, options);
                    case 2 -> Convolution.convTranspose2d(x, w, b, options);
                    default -> Convolution.convTranspose3d(x, w, b, options);
                };
            }
            return switch (axes) {
                case 1 -> Convolution.conv1d(x, w, b, options);
                case 2 -> Convolution.conv2d(x, w, b, options);
                default -> Convolution.conv3d(x, w, b, options);
            };
        }

        Layer module(Generator generator) {
            long[] kernel = Arrays.copyOfRange(weight, 2, weight.length);
            long in = transposed ? weight[0] : weight[1] * groups;
            ConvOptions options = options();
            if (transposed) {
                return switch (axes) {
                    case 1 -> new ConvTranspose1d(in, channels, kernel, options, generator);
                    case 2 -> new ConvTranspose2d(in, channels, kernel, options, generator);
                    default -> new ConvTranspose3d(in, channels, kernel, options, generator);
                };
            }
            return switch (axes) {
                case 1 -> new Conv1d(in, channels, kernel, options, generator);
                case 2 -> new Conv2d(in, channels, kernel, options, generator);
                default -> new Conv3d(in, channels, kernel, options, generator);
            };
        }

        String call(String name) {
            return name + "(stride " + Arrays.toString(stride) + ", padding "
                    + (isSame ? "same" : Arrays.toString(padding))
                    + ", dilation " + Arrays.toString(dilation) + ", output padding " + Arrays.toString(more)
                    + ", groups "
                    + groups + ", " + mode + ")";
        }
    }

    private static Trial bounded(Trial trial, Sizes s) {
        Bound sums = Bound.terms(4 + Math.sqrt(s.terms()));
        return trial.within(sums, sums, sums.plusNorm(16));
    }

    private static Trial function(Draw d, Sizes s) {
        d.tame();
        List<Operand> operands = new ArrayList<>(List.of(d.floats(s.input), d.floats(s.weight)));
        if (s.bias) {
            operands.add(d.floats(s.channels + (d.chance(0.02) ? 1 : 0)));
        }
        Trial trial = Trial.one(
                s.call(s.transposed ? "convTranspose" : "conv"),
                operands,
                in -> s.ondol(in.get(0), in.get(1), s.bias ? in.get(2) : null),
                in -> s.torch(in.get(0), in.get(1), s.bias ? new TensorOptional(in.get(2)) : new TensorOptional()));
        return bounded(trial, s);
    }

    private interface Forward {
        ondol.Tensor of(Layer layer, ondol.Tensor x);
    }

    /** The layer's parameters are what PyTorch is given; that they start alike is tested with the modules. */
    private static Trial layer(Draw d, Sizes s) {
        return layer(d, s, Layer::forward);
    }

    /** What PyTorch gets as an output padding is the output's size here. */
    private static Trial sized(Draw d, Sizes drawn) {
        Sizes s = drawn.belowTheStride();
        long[] size = new long[s.axes];
        Arrays.setAll(size, i -> {
            long windows = s.input[s.input.length - s.axes + i];
            long span = s.dilation[i] * (s.weight[2 + i] - 1) + 1;
            return (windows - 1) * s.stride[i] - 2 * s.padding[i] + span + s.more[i];
        });
        return layer(d, s, (layer, x) -> switch (layer) {
            case ConvTranspose1d c -> c.forward(x, size);
            case ConvTranspose2d c -> c.forward(x, size);
            case ConvTranspose3d c -> c.forward(x, size);
            default -> throw new AssertionError(layer);
        });
    }

    private static Trial layer(Draw d, Sizes s, Forward forward) {
        Layer layer = s.module(new Generator(d.below(1000L)));
        Array weight = Array.of(layer.namedParameters().get("weight"));
        Array bias = s.bias ? Array.of(layer.namedParameters().get("bias")) : null;
        Trial trial = Trial.one(
                layer.toString(),
                List.of(d.tame().floats(s.input)),
                in -> forward.of(layer.to(in.get(0).device()), in.get(0)),
                in -> s.torch(
                        in.get(0),
                        weight.torch().set_requires_grad(true),
                        bias == null
                                ? new TensorOptional()
                                : new TensorOptional(bias.torch().set_requires_grad(true))));
        // moderate numbers, and weights of which the sum of a number's terms is a few
        Bound sums = Bound.norm(16).plusAbsolute(64 * EPS);
        return trial.within(sums, sums.plusCotangent(64), sums.plusCotangent(256));
    }
}
