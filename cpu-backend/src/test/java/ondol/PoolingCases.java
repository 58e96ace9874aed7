package ondol;

import static ondol.GradientCase.between;
import static ondol.GradientCase.distinct;
import static ondol.GradientCase.shape;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import ondol.op.AdaptivePooling;
import ondol.op.PoolOptions;
import ondol.op.Pooling;

/** Gradient cases of pooling over one to three axes. */
final class PoolingCases {
    private static final int[][] SHAPES = {shape(2, 2, 9), shape(2, 2, 5, 6), shape(1, 2, 4, 3, 5)};
    private static final String[] OF = {"(Tensor,long[],PoolOptions)", "(Tensor,long[])"};

    private final GradientCase.Builder b = new GradientCase.Builder();

    private PoolingCases() {}

    static List<GradientCase> all() {
        PoolingCases c = new PoolingCases();
        for (int n = 1; n <= 3; n++) {
            c.b.shapes(new int[][] {SHAPES[n - 1]}, new int[][] {Arrays.copyOfRange(SHAPES[n - 1], 1, n + 2)});
            c.largest(n);
            c.averages(n);
            c.powers(n);
            c.adaptive(n);
            c.unpooling(n);
        }
        return c.b.cases();
    }

    private static int[] all(int n, int value) {
        int[] out = new int[n];
        Arrays.fill(out, value);
        return out;
    }

    private static Tensor max(int n, Tensor x, long[] kernel, PoolOptions o) {
        return switch (n) {
            case 1 -> Pooling.maxPool1d(x, kernel, o);
            case 2 -> Pooling.maxPool2d(x, kernel, o);
            default -> Pooling.maxPool3d(x, kernel, o);
        };
    }

    private static ValuesAndIndices maxWithIndices(int n, Tensor x, long[] kernel, PoolOptions o) {
        return switch (n) {
            case 1 -> Pooling.maxPool1dWithIndices(x, kernel, o);
            case 2 -> Pooling.maxPool2dWithIndices(x, kernel, o);
            default -> Pooling.maxPool3dWithIndices(x, kernel, o);
        };
    }

    private static Tensor avg(int n, Tensor x, long[] kernel, PoolOptions o) {
        return switch (n) {
            case 1 -> Pooling.avgPool1d(x, kernel, o);
            case 2 -> Pooling.avgPool2d(x, kernel, o);
            default -> Pooling.avgPool3d(x, kernel, o);
        };
    }

    private void largest(int n) {
        b.sampler(distinct()).within(0, 0);
        b.one(
                "maxPool" + n + "d" + OF[1],
                "",
                x -> switch (n) {
                    case 1 -> Pooling.maxPool1d(x, 2);
                    case 2 -> Pooling.maxPool2d(x, 2);
                    default -> Pooling.maxPool3d(x, 2);
                },
                x -> PlainPooling.regular(x, all(n, 2), all(n, 2), all(n, 0), all(n, 1), false)
                        .of(x, PlainPooling::largest));
        for (int[] s : new int[][] {{3, 2, 1, 1, 0}, {3, 2, 1, 1, 1}, {2, 3, 1, 2, 1}, {2, 1, 0, 1, 0}}) {
            PoolOptions o =
                    new PoolOptions().stride(s[1]).padding(s[2]).dilation(s[3]).ceilMode(s[4] == 1);
            Function<NdArray, NdArray> plain =
                    x -> PlainPooling.regular(x, all(n, s[0]), all(n, s[1]), all(n, s[2]), all(n, s[3]), s[4] == 1)
                            .of(x, PlainPooling::largest);
            String title = Arrays.toString(s);
            b.one("maxPool" + n + "d" + OF[0], title, x -> max(n, x, new long[] {s[0]}, o), plain);
            b.one(
                    "maxPool" + n + "dWithIndices" + OF[0],
                    title,
                    x -> maxWithIndices(n, x, new long[] {s[0]}, o).values(),
                    plain);
        }
    }

    private void averages(int n) {
        b.sampler(between(-2, 2)).within(8, 2);
        b.one(
                "avgPool" + n + "d" + OF[1],
                "",
                x -> switch (n) {
                    case 1 -> Pooling.avgPool1d(x, 2);
                    case 2 -> Pooling.avgPool2d(x, 2);
                    default -> Pooling.avgPool3d(x, 2);
                },
                x -> PlainPooling.regular(x, all(n, 2), all(n, 2), all(n, 0), all(n, 1), false)
                        .average(x, all(n, 0)));
        for (int[] s : new int[][] {{3, 2, 1, 1, 1}, {3, 2, 1, 0, 1}, {2, 3, 1, 1, 1}, {3, 1, 1, 1, 0}}) {
            boolean ceil = s[4] == 1;
            PoolOptions o = new PoolOptions()
                    .stride(s[1])
                    .padding(s[2])
                    .countIncludePad(s[3] == 1)
                    .ceilMode(ceil);
            Function<NdArray, PlainPooling> plain =
                    x -> PlainPooling.regular(x, all(n, s[0]), all(n, s[1]), all(n, s[2]), all(n, 1), ceil);
            b.one(
                    "avgPool" + n + "d" + OF[0],
                    Arrays.toString(s),
                    x -> avg(n, x, new long[] {s[0]}, o),
                    x -> plain.apply(x).average(x, all(n, s[3] == 1 ? s[2] : 0)));
            b.one(
                    "avgPool" + n + "d" + OF[0],
                    "divided by 7, " + Arrays.toString(s),
                    x -> avg(n, x, new long[] {s[0]}, o.divisorOverride(7)),
                    x -> plain.apply(x).of(x, e -> NdArray.sum(e) / 7));
        }
    }

    private void powers(int n) {
        b.sampler(between(0.5, 2)).within(64, 2);
        PoolOptions o = new PoolOptions().stride(2);
        b.one(
                "lpPool" + n + "d(Tensor,double,long[],PoolOptions)",
                "",
                x -> switch (n) {
                    case 1 -> Pooling.lpPool1d(x, 3, new long[] {3}, o);
                    case 2 -> Pooling.lpPool2d(x, 3, new long[] {3}, o);
                    default -> Pooling.lpPool3d(x, 3, new long[] {3}, o);
                },
                x -> PlainPooling.regular(x, all(n, 3), all(n, 2), all(n, 0), all(n, 1), false)
                        .of(
                                x,
                                e -> Math.cbrt(
                                        Arrays.stream(e).map(v -> v * v * v).sum())));
    }

    private void adaptive(int n) {
        for (int[] to : new int[][] {{3, 2, 4}, {1, 1, 1}, {4, 7, 2}}) {
            int[] windows = Arrays.copyOf(to, n);
            long[] output = Arrays.stream(windows).asLongStream().toArray();
            String title = Arrays.toString(windows);
            Function<NdArray, NdArray> largest =
                    x -> PlainPooling.adaptive(x, windows).of(x, PlainPooling::largest);
            b.sampler(distinct()).within(0, 0);
            b.one(
                    "adaptiveMaxPool" + n + "d(Tensor,long[])",
                    title,
                    x -> switch (n) {
                        case 1 -> AdaptivePooling.adaptiveMaxPool1d(x, output);
                        case 2 -> AdaptivePooling.adaptiveMaxPool2d(x, output);
                        default -> AdaptivePooling.adaptiveMaxPool3d(x, output);
                    },
                    largest);
            b.one(
                    "adaptiveMaxPool" + n + "dWithIndices(Tensor,long[])",
                    title,
                    x -> switch (n) {
                        case 1 ->
                            AdaptivePooling.adaptiveMaxPool1dWithIndices(x, output)
                                    .values();
                        case 2 ->
                            AdaptivePooling.adaptiveMaxPool2dWithIndices(x, output)
                                    .values();
                        default ->
                            AdaptivePooling.adaptiveMaxPool3dWithIndices(x, output)
                                    .values();
                    },
                    largest);
            b.sampler(between(-2, 2)).within(8, 2);
            b.one(
                    "adaptiveAvgPool" + n + "d(Tensor,long[])",
                    title,
                    x -> switch (n) {
                        case 1 -> AdaptivePooling.adaptiveAvgPool1d(x, output);
                        case 2 -> AdaptivePooling.adaptiveAvgPool2d(x, output);
                        default -> AdaptivePooling.adaptiveAvgPool3d(x, output);
                    },
                    x -> PlainPooling.adaptive(x, windows).average(x, all(n, 0)));
        }
    }

    /** Each element to the other end of its plane, which becomes one longer along the last axis. */
    private void unpooling(int n) {
        b.within(0, 0);
        b.one(
                "maxUnpool" + n + "d(Tensor,Tensor,long[])",
                "",
                x -> {
                    long[] size = Arrays.copyOfRange(x.shape().toArray(), x.dim() - n, x.dim());
                    int row = (int) size[n - 1];
                    long plane = Arrays.stream(size).reduce(1, (a, c) -> a * c);
                    long[] place = new long[(int) x.numel()];
                    Arrays.setAll(place, i -> {
                        long at = plane - 1 - i % plane;
                        return at / row * (row + 1) + at % row;
                    });
                    size[n - 1]++;
                    Tensor indices = Tensor.tensor(place).reshape(x.shape().toArray());
                    return switch (n) {
                        case 1 -> Pooling.maxUnpool1d(x, indices, size);
                        case 2 -> Pooling.maxUnpool2d(x, indices, size);
                        default -> Pooling.maxUnpool3d(x, indices, size);
                    };
                },
                x -> {
                    int[] shape = x.shape.clone();
                    shape[x.dim() - 1]++;
                    NdArray out = NdArray.zeros(shape);
                    for (int at = 0; at < x.data.length; at++) {
                        int[] index = NdArray.index(x.shape, at);
                        for (int i = x.dim() - n; i < x.dim(); i++) {
                            index[i] = x.shape[i] - 1 - index[i];
                        }
                        out.set(x.data[at], index);
                    }
                    return out;
                });
    }
}
