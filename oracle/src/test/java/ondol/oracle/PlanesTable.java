package ondol.oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import ondol.ValuesAndIndices;
import ondol.op.AdaptivePooling;
import ondol.op.InterpolationMode;
import ondol.op.Padding;
import ondol.op.PaddingMode;
import ondol.op.PoolOptions;
import ondol.op.Pooling;
import ondol.op.Resizing;
import ondol.oracle.Draw.Operand;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Padding, pooling and resizing. The largest elements are taken of different numbers, whose places are the same everywhere. */
final class PlanesTable extends Operation.Table {
    private static final Bound SUMS = Bound.terms(24);

    PlanesTable() {
        op("pad", PlanesTable::constant);
        op("pad(mode)", PlanesTable::repeated);
        for (int axes = 1; axes <= 3; axes++) {
            int n = axes;
            op("maxPool" + n + "d", d -> largest(d, n, false));
            op("maxPool" + n + "dWithIndices", d -> largest(d, n, true));
            op("avgPool" + n + "d", d -> average(d, n));
            op("lpPool" + n + "d", d -> power(d, n));
            op("adaptiveMaxPool" + n + "d", d -> adaptiveLargest(d, n, false));
            op("adaptiveMaxPool" + n + "dWithIndices", d -> adaptiveLargest(d, n, true));
            op("adaptiveAvgPool" + n + "d", d -> adaptiveAverage(d, n));
            op("maxUnpool" + n + "d", d -> unpooled(d, n));
        }
        op("interpolate", d -> interpolated(d, false));
        op("interpolate(scale factor)", d -> interpolated(d, true));
        op("pixelShuffle", PlanesTable::shuffled);
        op("pixelUnshuffle", PlanesTable::unshuffled);
        op("unfold(columns)", PlanesTable::columns);
        op("fold", PlanesTable::folded);
    }

    private static Trial summed(Trial trial) {
        return trial.within(SUMS, SUMS, SUMS.plusNorm(32));
    }

    /** [N, C, places...], or without N. */
    private static long[] shape(Draw d, int n) {
        List<Long> shape = new ArrayList<>();
        if (d.flag()) {
            shape.add((long) d.between(1, 3));
        }
        shape.add((long) d.between(1, 3));
        for (int i = 0; i < n; i++) {
            shape.add((long) d.between(1, n == 1 ? 12 : n == 2 ? 8 : 5));
        }
        return shape.stream().mapToLong(s -> s).toArray();
    }

    private static long[] each(Draw d, int n, int low, int high) {
        long[] values = new long[n];
        Arrays.setAll(values, i -> d.between(low, high));
        return values;
    }

    /** Windows no longer than the input without padding: longer ones PyTorch refuses over three axes. */
    private static long[] within(long[] shape, long[] kernel) {
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] = Math.min(kernel[i], shape[shape.length - kernel.length + i]);
        }
        return kernel;
    }

    // ---- padding

    private static Trial constant(Draw d) {
        long[] shape = shape(d, 2);
        long[] pad = each(d, 2 * d.between(1, shape.length), -1, 3);
        double value = d.flag() ? 0 : d.gaussian();
        return Trial.one(
                "pad(" + Arrays.toString(pad) + ", " + value + ")",
                List.of(d.floats(shape)),
                in -> Padding.pad(in.get(0), pad, value),
                in -> torch.pad(in.get(0), pad, "constant", new DoubleOptional(value)));
    }

    private static Trial repeated(Draw d) {
        int n = d.between(1, 3);
        PaddingMode mode = d.pick(PaddingMode.REFLECT, PaddingMode.REPLICATE, PaddingMode.CIRCULAR);
        long[] pad = each(d, 2 * n, 0, 3);
        String name = mode == PaddingMode.REFLECT ? "reflect" : mode.name().toLowerCase(Locale.ROOT);
        return summed(Trial.one(
                "pad(" + Arrays.toString(pad) + ", " + mode + ")",
                List.of(d.tame().floats(shape(d, n))),
                in -> Padding.pad(in.get(0), pad, mode),
                in -> torch.pad(in.get(0), pad, name, new DoubleOptional())));
    }

    // ---- pooling

    private static List<Tensor> both(T_TensorTensor_T pair, boolean withIndices) {
        return withIndices ? List.of(pair.get0(), pair.get1()) : List.of(pair.get0());
    }

    private static List<ondol.Tensor> both(ValuesAndIndices pair) {
        return List.of(pair.values(), pair.indices());
    }

    private static Trial largest(Draw d, int n, boolean withIndices) {
        long[] kernel = each(d, n, 1, 3);
        long[] stride = each(d, n, 1, 3);
        long[] dilation = each(d, n, 1, 2);
        long[] padding = each(d, n, 0, 1);
        for (int i = 0; i < n; i++) { // of a window that skips the whole input PyTorch's place is outside of its memory
            padding[i] = dilation[i] > 1 ? 0 : padding[i];
        }
        boolean ceil = d.flag();
        PoolOptions o = new PoolOptions()
                .stride(stride)
                .padding(padding)
                .dilation(dilation)
                .ceilMode(ceil);
        return summed(Trial.many(
                        "maxPool(" + Arrays.toString(kernel) + ", " + Arrays.toString(stride) + ", "
                                + Arrays.toString(padding) + ", " + Arrays.toString(dilation) + ", " + ceil + ")",
                        List.of(d.tame().distinct(shape(d, n))),
                        in -> switch (n) {
                            case 1 ->
                                withIndices
                                        ? both(Pooling.maxPool1dWithIndices(in.get(0), kernel, o))
                                        : List.of(Pooling.maxPool1d(in.get(0), kernel, o));
                            case 2 ->
                                withIndices
                                        ? both(Pooling.maxPool2dWithIndices(in.get(0), kernel, o))
                                        : List.of(Pooling.maxPool2d(in.get(0), kernel, o));
                            default ->
                                withIndices
                                        ? both(Pooling.maxPool3dWithIndices(in.get(0), kernel, o))
                                        : List.of(Pooling.maxPool3d(in.get(0), kernel, o));
                        },
                        in -> both(
                                switch (n) {
                                    case 1 ->
                                        torch.max_pool1d_with_indices(
                                                in.get(0), kernel, stride, padding, dilation, ceil);
                                    case 2 ->
                                        torch.max_pool2d_with_indices(
                                                in.get(0), kernel, stride, padding, dilation, ceil);
                                    default ->
                                        torch.max_pool3d_with_indices(
                                                in.get(0), kernel, stride, padding, dilation, ceil);
                                },
                                withIndices)))
                .forward(Bound.EXACT);
    }

    private static Tensor averaged(
            int n,
            Tensor x,
            long[] kernel,
            long[] stride,
            long[] padding,
            boolean ceil,
            boolean count,
            LongOptional by) {
        return switch (n) {
            case 1 -> torch.avg_pool1d(x, kernel, stride, padding, ceil, count);
            case 2 -> torch.avg_pool2d(x, kernel, stride, padding, ceil, count, by);
            default -> torch.avg_pool3d(x, kernel, stride, padding, ceil, count, by);
        };
    }

    private static Trial average(Draw d, int n) {
        long[] shape = shape(d, n);
        long[] kernel = within(shape, each(d, n, 1, 4));
        long[] stride = each(d, n, 1, 3);
        long[] padding = each(d, n, 0, 1);
        boolean ceil = d.flag();
        boolean count = d.flag();
        long by = n > 1 && d.chance(0.2) ? d.between(1, 5) : 0;
        PoolOptions o = new PoolOptions()
                .stride(stride)
                .padding(padding)
                .ceilMode(ceil)
                .countIncludePad(count)
                .divisorOverride(by);
        return summed(Trial.one(
                "avgPool(" + Arrays.toString(kernel) + ", " + Arrays.toString(stride) + ", " + Arrays.toString(padding)
                        + ", " + ceil + ", " + count + ", " + by + ")",
                List.of(d.tame().floats(shape)),
                in -> switch (n) {
                    case 1 -> Pooling.avgPool1d(in.get(0), kernel, o);
                    case 2 -> Pooling.avgPool2d(in.get(0), kernel, o);
                    default -> Pooling.avgPool3d(in.get(0), kernel, o);
                },
                in -> averaged(
                        n,
                        in.get(0),
                        kernel,
                        stride,
                        padding,
                        ceil,
                        count,
                        by > 0 ? new LongOptional(by) : new LongOptional())));
    }

    /** As Python writes it, of numbers whose powers are far from 0. */
    private static Trial power(Draw d, int n) {
        long[] shape = shape(d, n);
        long[] kernel = within(shape, each(d, n, 1, 3));
        long[] stride = each(d, n, 1, 3);
        double p = d.pick(1.0, 2.0, 3.0);
        boolean ceil = d.flag();
        double elements = Arrays.stream(kernel).reduce(1, (a, b) -> a * b);
        PoolOptions o = new PoolOptions().stride(stride).ceilMode(ceil);
        Bound bound = Bound.ulps(32).plusNorm(64);
        return Trial.one(
                        "lpPool(" + p + ", " + Arrays.toString(kernel) + ", " + Arrays.toString(stride) + ", " + ceil
                                + ")",
                        List.of(d.floatsBetween(0.5, 2, shape)),
                        in -> switch (n) {
                            case 1 -> Pooling.lpPool1d(in.get(0), p, kernel, o);
                            case 2 -> Pooling.lpPool2d(in.get(0), p, kernel, o);
                            default -> Pooling.lpPool3d(in.get(0), p, kernel, o);
                        },
                        in -> {
                            Tensor y = averaged(
                                    n,
                                    in.get(0).pow(new Scalar(p)),
                                    kernel,
                                    stride,
                                    new long[n],
                                    ceil,
                                    true,
                                    new LongOptional());
                            Tensor sums = y.sign().mul(y.abs().relu()).mul(new Scalar(elements));
                            return sums.pow(new Scalar(1 / p));
                        })
                .within(bound, bound, bound.plusCotangent(64));
    }

    private static Trial adaptiveLargest(Draw d, int n, boolean withIndices) {
        long[] to = each(d, n, 1, 6);
        return summed(Trial.many(
                        "adaptiveMaxPool(" + Arrays.toString(to) + ")",
                        List.of(d.tame().distinct(shape(d, n))),
                        in -> switch (n) {
                            case 1 ->
                                withIndices
                                        ? both(AdaptivePooling.adaptiveMaxPool1dWithIndices(in.get(0), to))
                                        : List.of(AdaptivePooling.adaptiveMaxPool1d(in.get(0), to));
                            case 2 ->
                                withIndices
                                        ? both(AdaptivePooling.adaptiveMaxPool2dWithIndices(in.get(0), to))
                                        : List.of(AdaptivePooling.adaptiveMaxPool2d(in.get(0), to));
                            default ->
                                withIndices
                                        ? both(AdaptivePooling.adaptiveMaxPool3dWithIndices(in.get(0), to))
                                        : List.of(AdaptivePooling.adaptiveMaxPool3d(in.get(0), to));
                        },
                        in -> both(
                                switch (n) {
                                    case 1 -> torch.adaptive_max_pool1d(in.get(0), to);
                                    case 2 -> torch.adaptive_max_pool2d(in.get(0), to);
                                    default -> torch.adaptive_max_pool3d(in.get(0), to);
                                },
                                withIndices)))
                .forward(Bound.EXACT);
    }

    private static Trial adaptiveAverage(Draw d, int n) {
        long[] to = each(d, n, 1, 6);
        return summed(Trial.one(
                "adaptiveAvgPool(" + Arrays.toString(to) + ")",
                List.of(d.tame().floats(shape(d, n))),
                in -> switch (n) {
                    case 1 -> AdaptivePooling.adaptiveAvgPool1d(in.get(0), to);
                    case 2 -> AdaptivePooling.adaptiveAvgPool2d(in.get(0), to);
                    default -> AdaptivePooling.adaptiveAvgPool3d(in.get(0), to);
                },
                in -> switch (n) {
                    case 1 -> torch.adaptive_avg_pool1d(in.get(0), to);
                    case 2 -> torch.adaptive_avg_pool2d(in.get(0), to);
                    default -> torch.adaptive_avg_pool3d(in.get(0), to);
                }));
    }

    private static Trial unpooled(Draw d, int n) {
        long[] to = each(d, n, 2, 4);
        long[] shape = shape(d, n);
        long plane = Arrays.stream(to).reduce(1, (a, b) -> a * b);
        Operand places = d.longs(0, plane - 1, shape);
        long[] ones = new long[n];
        Arrays.fill(ones, 1);
        return summed(Trial.one(
                "maxUnpool(" + Arrays.toString(to) + ")",
                List.of(d.tame().floats(shape), places),
                in -> switch (n) {
                    case 1 -> Pooling.maxUnpool1d(in.get(0), in.get(1), to);
                    case 2 -> Pooling.maxUnpool2d(in.get(0), in.get(1), to);
                    default -> Pooling.maxUnpool3d(in.get(0), in.get(1), to);
                },
                in -> switch (n) {
                    case 1 ->
                        torch.max_unpool2d(
                                        in.get(0).unsqueeze(-1),
                                        in.get(1).contiguous().unsqueeze(-1),
                                        to[0],
                                        1)
                                .squeeze(-1);
                    case 2 -> torch.max_unpool2d(in.get(0), in.get(1).contiguous(), to);
                    default -> torch.max_unpool3d(in.get(0), in.get(1).contiguous(), to, ones, new long[n]);
                }));
    }

    // ---- resizing

    private static Trial interpolated(Draw d, boolean byFactor) {
        InterpolationMode mode = d.pick(
                InterpolationMode.NEAREST,
                InterpolationMode.LINEAR,
                InterpolationMode.BILINEAR,
                InterpolationMode.TRILINEAR,
                InterpolationMode.BICUBIC);
        int n = switch (mode) {
            case LINEAR -> 1;
            case BILINEAR, BICUBIC -> 2;
            case TRILINEAR -> 3;
            default -> d.between(1, 3);
        };
        long[] shape = each(d, n + 2, 1, n == 1 ? 12 : n == 2 ? 7 : 4);
        boolean align = mode != InterpolationMode.NEAREST && d.flag();
        double factor = d.pick(2.0, 1.5, 2.3, 0.7, 3.0, 1.25);
        // Where a size stays or doubles, PyTorch uses the factor or not by the order in which the elements lie.
        for (int i = 2; byFactor && i < shape.length; i++) {
            long size = (long) (shape[i] * factor);
            factor = size == shape[i] || size == 2 * shape[i] ? 2 : factor;
        }
        double by = factor;
        long[] to = each(d, n, 1, 9);
        DoubleOptional[] scales = new DoubleOptional[n];
        for (int i = 0; i < n; i++) {
            scales[i] = byFactor ? new DoubleOptional(by) : new DoubleOptional();
            to[i] = byFactor ? (long) (shape[2 + i] * by) : to[i];
        }
        Bound bound = Bound.norm(64).plusTerms(32).plusCotangent(256);
        return Trial.one(
                        "interpolate(" + mode + ", " + Arrays.toString(to) + ", " + (byFactor ? by : 0) + ", " + align
                                + ")",
                        List.of(d.tame().floats(shape)),
                        in -> byFactor
                                ? Resizing.interpolate(in.get(0), new double[] {by}, mode, align)
                                : Resizing.interpolate(in.get(0), to, mode, align),
                        in -> switch (mode) {
                            case LINEAR -> torch.upsample_linear1d(in.get(0), to, align, scales[0]);
                            case BILINEAR -> torch.upsample_bilinear2d(in.get(0), to, align, scales[0], scales[1]);
                            case BICUBIC -> torch.upsample_bicubic2d(in.get(0), to, align, scales[0], scales[1]);
                            case TRILINEAR ->
                                torch.upsample_trilinear3d(in.get(0), to, align, scales[0], scales[1], scales[2]);
                            default -> nearest(n, in.get(0), to, scales);
                        })
                .within(bound, bound, bound);
    }

    private static Tensor nearest(int n, Tensor x, long[] to, DoubleOptional[] scales) {
        return switch (n) {
            case 1 -> torch.upsample_nearest1d(x, to, scales[0]);
            case 2 -> torch.upsample_nearest2d(x, to, scales[0], scales[1]);
            default -> torch.upsample_nearest3d(x, to, scales[0], scales[1], scales[2]);
        };
    }

    private static Trial shuffled(Draw d) {
        long r = d.between(1, 3);
        long[] shape = shape(d, 2);
        shape[shape.length - 3] *= r * r;
        return Trial.one(
                "pixelShuffle(" + r + ")",
                List.of(d.floats(shape)),
                in -> Resizing.pixelShuffle(in.get(0), r),
                in -> torch.pixel_shuffle(in.get(0), r));
    }

    private static Trial unshuffled(Draw d) {
        long r = d.between(1, 3);
        long[] shape = shape(d, 2);
        shape[shape.length - 1] *= r;
        shape[shape.length - 2] *= r;
        return Trial.one(
                "pixelUnshuffle(" + r + ")",
                List.of(d.floats(shape)),
                in -> Resizing.pixelUnshuffle(in.get(0), r),
                in -> torch.pixel_unshuffle(in.get(0), r));
    }

    private static Trial columns(Draw d) {
        long[] kernel = each(d, 2, 1, 3);
        long[] stride = each(d, 2, 1, 3);
        long[] dilation = each(d, 2, 1, 2);
        long[] padding = each(d, 2, 0, 2);
        PoolOptions o = new PoolOptions().stride(stride).padding(padding).dilation(dilation);
        long[] shape = {d.between(1, 3), d.between(1, 3), d.between(1, 8), d.between(1, 8)};
        return summed(Trial.one(
                "unfold(" + Arrays.toString(kernel) + ", " + Arrays.toString(stride) + ", " + Arrays.toString(padding)
                        + ", " + Arrays.toString(dilation) + ")",
                List.of(d.tame().floats(shape)),
                in -> Resizing.unfold(in.get(0), kernel, o),
                in -> torch.im2col(in.get(0), kernel, dilation, padding, stride)));
    }

    private static Trial folded(Draw d) {
        long[] kernel = each(d, 2, 1, 3);
        long[] stride = each(d, 2, 1, 3);
        long[] windows = each(d, 2, 1, 4);
        long[] to = {(windows[0] - 1) * stride[0] + kernel[0], (windows[1] - 1) * stride[1] + kernel[1]};
        long[] shape = {d.between(1, 3), d.between(1, 3) * kernel[0] * kernel[1], windows[0] * windows[1]};
        return summed(Trial.one(
                "fold(" + Arrays.toString(to) + ", " + Arrays.toString(kernel) + ", " + Arrays.toString(stride) + ")",
                List.of(d.tame().floats(shape)),
                in -> Resizing.fold(in.get(0), to, kernel, new PoolOptions().stride(stride)),
                in -> torch.col2im(in.get(0), to, kernel, new long[] {1, 1}, new long[2], stride)));
    }
}
