package ondol;

import static ondol.GradientCase.shape;
import static ondol.GradientCase.single;

import java.util.Arrays;
import java.util.List;
import ondol.op.InterpolationMode;
import ondol.op.PoolOptions;
import ondol.op.Resizing;

/** Gradient cases of interpolation, pixel shuffling, unfolding and folding. */
final class ResizingCases {
    private static final int[][] SHAPES = {shape(2, 2, 5), shape(1, 2, 4, 5), shape(1, 1, 3, 2, 4)};
    private static final InterpolationMode[][] MODES = {
        {InterpolationMode.NEAREST, InterpolationMode.NEAREST_EXACT, InterpolationMode.LINEAR, InterpolationMode.AREA},
        {InterpolationMode.NEAREST, InterpolationMode.BILINEAR, InterpolationMode.BICUBIC, InterpolationMode.AREA},
        {InterpolationMode.NEAREST_EXACT, InterpolationMode.TRILINEAR, InterpolationMode.AREA}
    };

    private ResizingCases() {}

    /** One axis after the other. */
    static NdArray interpolate(NdArray x, long[] size, double factor, InterpolationMode mode, boolean align) {
        NdArray out = x;
        for (int i = 0; i < size.length; i++) {
            int to = (int) size[i];
            out = out.along(2 + i, row -> row(row, to, factor, mode, align));
        }
        return out;
    }

    private static double row(double[] x, int place) {
        return x[Math.min(Math.max(place, 0), x.length - 1)];
    }

    private static double[] row(double[] x, int to, double factor, InterpolationMode mode, boolean align) {
        double[] out = new double[to];
        double scale = factor > 0 ? 1 / factor : (double) x.length / to;
        for (int o = 0; o < to; o++) {
            double place = align ? to == 1 ? 0 : o * (x.length - 1.0) / (to - 1) : (o + 0.5) * scale - 0.5;
            int before = (int) Math.floor(place);
            double t = place - before;
            out[o] = switch (mode) {
                case NEAREST -> row(x, (int) Math.floor(o * scale));
                case NEAREST_EXACT -> row(x, (int) Math.floor((o + 0.5) * scale));
                case AREA ->
                    Arrays.stream(x, (int) Math.floor(o * (double) x.length / to), (int)
                                    Math.ceil((o + 1.0) * x.length / to))
                            .average()
                            .orElseThrow();
                case LINEAR, BILINEAR, TRILINEAR -> row(x, before) * (1 - t) + row(x, before + 1) * t;
                case BICUBIC -> {
                    double sum = 0;
                    for (int k = -1; k < 3; k++) {
                        sum += row(x, before + k) * cubic(Math.abs(t - k));
                    }
                    yield sum;
                }
            };
        }
        return out;
    }

    private static double cubic(double d) {
        double a = -0.75;
        return d <= 1 ? (a + 2) * d * d * d - (a + 3) * d * d + 1 : a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a;
    }

    static List<GradientCase> all() {
        GradientCase.Builder b = new GradientCase.Builder().within(16, 4);
        for (int n = 1; n <= 3; n++) {
            b.shapes(single(SHAPES[n - 1]));
            for (InterpolationMode mode : MODES[n - 1]) {
                for (long[] to : new long[][] {{7, 3, 5}, {1, 9, 2}}) {
                    interpolation(b, Arrays.copyOf(to, n), mode);
                }
                scales(b, mode);
            }
        }
        shuffles(b.within(0, 0));
        columns(b.within(8, 4));
        return b.cases();
    }

    private static void interpolation(GradientCase.Builder b, long[] size, InterpolationMode mode) {
        String title = mode + " to " + Arrays.toString(size);
        b.one(
                "interpolate(Tensor,long[],InterpolationMode)",
                title,
                x -> Resizing.interpolate(x, size, mode),
                x -> interpolate(x, size, 0, mode, false));
        boolean align = mode.text().contains("linear") || mode == InterpolationMode.BICUBIC;
        b.one(
                "interpolate(Tensor,long[],InterpolationMode,boolean)",
                title,
                x -> Resizing.interpolate(x, size, mode, align),
                x -> interpolate(x, size, 0, mode, align));
    }

    private static long[] scaled(NdArray x, double factor) {
        long[] size = new long[x.dim() - 2];
        Arrays.setAll(size, i -> (long) (x.shape[2 + i] * factor));
        return size;
    }

    private static void scales(GradientCase.Builder b, InterpolationMode mode) {
        for (double factor : new double[] {2.3, 0.7}) {
            double[] factors = {factor};
            boolean align = mode.text().contains("linear");
            b.one(
                    "interpolate(Tensor,double[],InterpolationMode)",
                    mode + " by " + factor,
                    x -> Resizing.interpolate(x, factors, mode),
                    x -> interpolate(x, scaled(x, factor), factor, mode, false));
            b.one(
                    "interpolate(Tensor,double[],InterpolationMode,boolean)",
                    mode + " by " + factor,
                    x -> Resizing.interpolate(x, factors, mode, align),
                    x -> interpolate(x, scaled(x, factor), factor, mode, align));
        }
    }

    private static void shuffles(GradientCase.Builder b) {
        b.shapes(single(shape(2, 8, 3, 2), shape(4, 2, 3)));
        b.one("pixelShuffle(Tensor,long)", "", x -> Resizing.pixelShuffle(x, 2), x -> {
            int n = x.dim() - 3;
            int[] sizes = x.shape.clone();
            sizes[n] /= 4;
            sizes[n + 1] *= 2;
            sizes[n + 2] *= 2;
            NdArray out = NdArray.zeros(sizes);
            for (int at = 0; at < out.data.length; at++) {
                int[] i = NdArray.index(sizes, at);
                i[n] = i[n] * 4 + i[n + 1] % 2 * 2 + i[n + 2] % 2;
                i[n + 1] /= 2;
                i[n + 2] /= 2;
                out.data[at] = x.get(i);
            }
            return out;
        });
        b.shapes(single(shape(2, 2, 4, 6), shape(1, 2, 4)));
        b.one("pixelUnshuffle(Tensor,long)", "", x -> Resizing.pixelUnshuffle(x, 2), x -> {
            int n = x.dim() - 3;
            int[] sizes = x.shape.clone();
            sizes[n] *= 4;
            sizes[n + 1] /= 2;
            sizes[n + 2] /= 2;
            NdArray out = NdArray.zeros(sizes);
            for (int at = 0; at < out.data.length; at++) {
                int[] i = NdArray.index(sizes, at);
                i[n + 1] = i[n + 1] * 2 + i[n] % 4 / 2;
                i[n + 2] = i[n + 2] * 2 + i[n] % 2;
                i[n] /= 4;
                out.data[at] = x.get(i);
            }
            return out;
        });
    }

    /** Stride 2 and 1, padding 1, dilation 1 and 2, windows of 2 by 3 on planes of 4 by 5: 3 by 3 of them. */
    private static void columns(GradientCase.Builder b) {
        PoolOptions options = new PoolOptions().stride(2, 1).padding(1).dilation(1, 2);
        long[] kernel = {2, 3};
        b.shapes(single(shape(2, 2, 4, 5), shape(2, 4, 5)));
        b.one(
                "unfold(Tensor,long[],PoolOptions)",
                "",
                x -> Resizing.unfold(x, kernel, options),
                x -> columns(x, x.shape[x.dim() - 3], true));
        b.shapes(single(shape(2, 12, 9), shape(6, 9)));
        b.one(
                "fold(Tensor,long[],long[],PoolOptions)",
                "",
                x -> Resizing.fold(x, new long[] {4, 5}, kernel, options),
                x -> columns(x, x.shape[x.dim() - 2] / 6, false));
    }

    /** From planes to columns, or from columns to planes, element by element. */
    private static NdArray columns(NdArray x, int channels, boolean toColumns) {
        int n = x.data.length / channels / (toColumns ? 20 : 54);
        int[] planes = {n, channels, 4, 5};
        int[] blocks = {n, channels, 2, 3, 3, 3};
        NdArray from = x.reshape(toColumns ? planes : blocks);
        NdArray to = NdArray.zeros(toColumns ? blocks : planes);
        for (int at = 0; at < NdArray.numel(blocks); at++) {
            int[] i = NdArray.index(blocks, at);
            int row = i[4] * 2 - 1 + i[2];
            int column = i[5] - 1 + i[3] * 2;
            if (row >= 0 && row < 4 && column >= 0 && column < 5) {
                int[] place = {i[0], i[1], row, column};
                if (toColumns) {
                    to.set(from.get(place), i);
                } else {
                    to.set(to.get(place) + from.get(i), place);
                }
            }
        }
        boolean isBatch = toColumns ? x.dim() == 4 : x.dim() == 3;
        if (toColumns) {
            return isBatch ? to.reshape(n, channels * 6, 9) : to.reshape(channels * 6, 9);
        }
        return isBatch ? to : to.reshape(channels, 4, 5);
    }
}
