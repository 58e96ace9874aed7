package ondol.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import ondol.DType;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.ValuesAndIndices;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What pooling promises beyond the values and gradients that the gradient tests compare: places, sizes, what it refuses. */
final class PoolingTest {
    private static final float INF = Float.POSITIVE_INFINITY;
    private static final float NAN = Float.NaN;

    private static Tensor row(float... values) {
        return Tensor.tensor(values).reshape(1, values.length);
    }

    private static long[] places(PoolOptions options, long kernel, float... values) {
        ValuesAndIndices both = Pooling.maxPool1dWithIndices(row(values), new long[] {kernel}, options);
        Tensor at = row(values).gather(-1, both.indices());
        assertArrayEquals(at.toFloatArray(), both.values().toFloatArray());
        return both.indices().toLongArray();
    }

    @Test
    void placesOfTheLargest() {
        PoolOptions options = new PoolOptions();
        assertArrayEquals(new long[] {1, 2}, places(options, 2, 1, 3, 2, 2));
        assertArrayEquals(new long[] {0, 3}, places(options, 2, NAN, NAN, 1, NAN));
        // Padding is never the largest, not even among -infinity.
        assertArrayEquals(new long[] {0, 0, 1}, places(options.stride(1).padding(1), 3, -INF, -INF, -INF));
        assertArrayEquals(
                new long[] {1, 0, 1}, places(options.stride(1).padding(1).dilation(2), 2, -INF, -INF, -INF));
    }

    @Test
    void placesInPlanes() {
        Tensor x = Tensor.tensor(1f, 5f, 2f, 9f, 3f, 4f, 8f, 7f, 6f).reshape(1, 3, 3);
        ValuesAndIndices both = Pooling.maxPool2dWithIndices(x, new long[] {2}, new PoolOptions().stride(1));
        assertArrayEquals(new long[] {3, 1, 3, 7}, both.indices().toLongArray());
        ValuesAndIndices adaptive = AdaptivePooling.adaptiveMaxPool2dWithIndices(x, 2, 1);
        assertArrayEquals(new long[] {3, 3}, adaptive.indices().toLongArray());
        Tensor cube = Tensor.arange(24.0, 0.0, -1.0).reshape(1, 2, 3, 4);
        ValuesAndIndices all = AdaptivePooling.adaptiveMaxPool3dWithIndices(cube, 2, 1, 1);
        assertArrayEquals(new long[] {0, 12}, all.indices().toLongArray());
    }

    private static List<Arguments> windows() {
        PoolOptions options = new PoolOptions();
        return List.of(
                Arguments.of(
                        new long[] {2, 3, 9, 20},
                        new long[] {3, 3},
                        options.stride(2).padding(1)),
                Arguments.of(new long[] {2, 1, 8, 6}, new long[] {2, 2}, options),
                Arguments.of(
                        new long[] {1, 2, 7, 7},
                        new long[] {3, 3},
                        options.stride(1).padding(1)),
                Arguments.of(
                        new long[] {1, 2, 9, 8},
                        new long[] {2, 4},
                        options.stride(3, 1).padding(1, 2).ceilMode(true)),
                Arguments.of(
                        new long[] {2, 2, 9, 19},
                        new long[] {2, 3},
                        options.stride(4, 3).dilation(3, 2)),
                Arguments.of(
                        new long[] {2, 2, 9, 19},
                        new long[] {3, 2},
                        options.stride(2, 3).dilation(2, 4).padding(1)),
                Arguments.of(new long[] {2, 1, 11, 12}, new long[] {1, 2}, options.stride(5, 3)),
                Arguments.of(
                        new long[] {1, 2, 12, 12},
                        new long[] {4, 4},
                        options.stride(2).padding(2)));
    }

    /** Ties, NaN and -infinity: the first largest element of the input; and gradients in the windows' order. */
    @ParameterizedTest
    @MethodSource("windows")
    void placesAndGradientsOfAnyWindows(long[] sizes, long[] kernel, PoolOptions options) {
        Generator generator = new Generator(5);
        Tensor x = Tensor.randn(generator, sizes).mul(3).round();
        float[] values = x.toFloatArray();
        for (int i = 0; i < values.length; i += 7) {
            values[i] = i % 5 == 0 ? NAN : i % 3 == 0 ? -0f : -INF;
        }
        Arrays.fill(values, 0, 2 * (int) sizes[3], -INF);
        x = Tensor.tensor(values).reshape(sizes).requiresGrad(true);
        ValuesAndIndices both = Pooling.maxPool2dWithIndices(x, kernel, options);
        Shape out = both.values().shape();
        long[] indices = both.indices().toLongArray();
        float[] largest = both.values().toFloatArray();
        float[] grads = Tensor.randn(generator, out.toArray()).toFloatArray();
        float[] expected = new float[values.length];
        int plane = (int) (sizes[2] * sizes[3]);
        for (int at = 0; at < indices.length; at++) {
            int first = at / (int) (out.size(2) * out.size(3)) * plane;
            int row = (int) (at / out.size(3) % out.size(2) * options.strides(kernel)[0] - options.paddings(2)[0]);
            int column = (int) (at % out.size(3) * options.strides(kernel)[1] - options.paddings(2)[1]);
            int best = -1;
            for (int k = 0; k < kernel[0] * kernel[1]; k++) {
                int y = row + (int) (k / kernel[1] * options.dilations(2)[0]);
                int z = column + (int) (k % kernel[1] * options.dilations(2)[1]);
                if (y < 0 || y >= sizes[2] || z < 0 || z >= sizes[3]) {
                    continue;
                }
                int place = (int) (y * sizes[3] + z);
                float value = values[first + place];
                if (best < 0
                        || !Float.isNaN(values[first + best]) && (Float.isNaN(value) || value > values[first + best])) {
                    best = place;
                }
            }
            assertEquals(best, indices[at]);
            assertEquals(values[first + best] + 0f, largest[at] + 0f);
            grads[at] = at % 4 == 0 ? -0f : grads[at];
            expected[first + best] += grads[at];
        }
        both.values().backward(Tensor.tensor(grads).reshape(out.toArray()));
        assertArrayEquals(expected, x.grad().toFloatArray());
        assertArrayEquals(
                largest, Pooling.maxPool2d(x.detach(), kernel, options).toFloatArray());
        Tensor again = x.detach().requiresGrad(true);
        Tensor g = Tensor.tensor(grads).reshape(out.toArray()).requiresGrad(true);
        Tensor recorded = Autograd.grad(
                        List.of(Pooling.maxPool2d(again, kernel, options)), List.of(again), List.of(g), true, true)
                .getFirst();
        assertArrayEquals(expected, recorded.toFloatArray());
    }

    @Test
    void theNumberOfWindows() {
        PoolOptions options = new PoolOptions().stride(2).padding(1).ceilMode(true);
        assertEquals(
                Shape.of(1, 4),
                Pooling.maxPool1d(Tensor.zeros(1, 6), new long[] {3}, options).shape());
        assertEquals(
                Shape.of(1, 2),
                Pooling.maxPool1d(Tensor.zeros(1, 3), new long[] {2}, options).shape());
        assertEquals(
                Shape.of(1, 3),
                Pooling.maxPool1d(Tensor.zeros(1, 6), new long[] {3}, options.ceilMode(false))
                        .shape());
    }

    /** A last window counts no more of the padding than there is. */
    @Test
    void averagesOfWindowsThatReachBeyond() {
        PoolOptions options = new PoolOptions().stride(2).padding(1).ceilMode(true);
        Tensor x = row(3, 6, 9, 12, 15, 18);
        assertArrayEquals(
                new float[] {3, 9, 15, 9},
                Pooling.avgPool1d(x, new long[] {3}, options).toFloatArray());
        assertArrayEquals(
                new float[] {4.5f, 9, 15, 18},
                Pooling.avgPool1d(x, new long[] {3}, options.countIncludePad(false))
                        .toFloatArray());
    }

    /** Of two elements for one place the last stays, and both have its gradient. */
    @Test
    void unpooling() {
        Tensor x = row(1, 2, 3, -0f).requiresGrad(true);
        Tensor y = Pooling.maxUnpool1d(x, Tensor.tensor(4L, 1L, 4L, 0L).reshape(1, 4), 5);
        assertArrayEquals(new float[] {-0f, 2, 0, 0, 3}, y.toFloatArray());
        y.backward(row(10, 20, 30, 40, 50));
        assertArrayEquals(new float[] {50, 20, 50, 10}, x.grad().toFloatArray());
    }

    @Test
    void samplesAloneAndNoSamples() {
        Tensor x = Tensor.arange(2L * 3 * 4 * 4).to(DType.FLOAT32).reshape(2, 3, 4, 4);
        assertArrayEquals(
                Pooling.avgPool2d(x, 2).select(0, 1).toFloatArray(),
                Pooling.avgPool2d(x.select(0, 1), 2).toFloatArray());
        Tensor none = Tensor.zeros(0, 3, 4, 4).requiresGrad(true);
        Pooling.maxPool2d(none, 2).sum().backward();
        AdaptivePooling.adaptiveAvgPool2d(none, 3).sum().backward();
        assertEquals(Shape.of(0, 3, 4, 4), none.grad().shape());
    }

    /** There is nothing in them, so it does not matter how many windows there would be. */
    @Test
    void moreWindowsThanAListHolds() {
        Tensor x = Tensor.zeros(0, 1, 1L << 33);
        assertEquals(
                Shape.of(0, 1, 1L << 32),
                Pooling.avgPool1d(x, new long[] {2}, new PoolOptions()).shape());
        assertEquals(
                Shape.of(0, 1, 1L << 32),
                Pooling.lpPool1d(x, 2, new long[] {2}, new PoolOptions()).shape());
        assertEquals(
                Shape.of(0, 1, 1L << 32),
                Pooling.maxPool1dWithIndices(x, new long[] {2}, new PoolOptions())
                        .indices()
                        .shape());
    }

    @Test
    void namesOfPyTorch() {
        Tensor x = Tensor.zeros(1, 1, 4, 4, 4).requiresGrad(true);
        Tensor square = x.select(0, 0);
        assertEquals("MaxPool3DWithIndicesBackward0", Pooling.maxPool3d(x, 2).gradFn());
        assertEquals(
                "MaxPool2DWithIndicesBackward0", Pooling.maxPool2d(square, 2).gradFn());
        assertEquals(
                "SqueezeBackward1", Pooling.maxPool1d(square.select(0, 0), 2).gradFn());
        assertEquals("AvgPool2DBackward0", Pooling.avgPool2d(square, 2).gradFn());
        assertEquals(
                "AdaptiveMaxPool2DBackward0",
                AdaptivePooling.adaptiveMaxPool2d(square, 2).gradFn());
        assertEquals(
                "AdaptiveAvgPool2DBackward0",
                AdaptivePooling.adaptiveAvgPool2d(square, 2).gradFn());
        assertEquals(
                "MeanBackward1", AdaptivePooling.adaptiveAvgPool2d(square, 1).gradFn());
        assertEquals(
                "PowBackward0",
                Pooling.lpPool2d(square, 2, new long[] {2}, new PoolOptions()).gradFn());
    }

    private static void refused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    @Test
    void whatDoesNotFitIsRefusedInWords() {
        Tensor x = Tensor.zeros(1, 2, 3, 4);
        refused("maxPool1d: the input has shape [1, 2, 3, 4]; it must have 2 to 3 axes", () -> Pooling.maxPool1d(x, 2));
        refused(
                "maxPool2d: padding [2, 2] for windows of 3 elements along an axis; at most half a window is possible",
                () -> Pooling.maxPool2d(x, new long[] {3}, new PoolOptions().padding(2)));
        refused(
                "avgPool2d: an input of shape [1, 2, 3, 4] with padding [0, 0] is smaller than the kernel [4, 2]; use a larger"
                        + " input, or a smaller kernel",
                () -> Pooling.avgPool2d(x, 4, 2));
        refused(
                "avgPool2d: options with a dilation of [2]; only maximum pooling has one",
                () -> Pooling.avgPool2d(x, new long[] {2}, new PoolOptions().dilation(2)));
        refused(
                "maxPool1d: an input of shape [1, 1] with kernel [2], dilation [3] and padding [2] has a window without an"
                        + " element of the input; use less padding, or a dilation of at most 1",
                () -> Pooling.maxPool1d(
                        Tensor.ones(1, 1),
                        new long[] {2},
                        new PoolOptions().dilation(3).padding(2).stride(1)));
        refused(
                "lpPool2d: options with a padding of [1]; use Padding.pad before it",
                () -> Pooling.lpPool2d(x, 2, new long[] {2}, new PoolOptions().padding(1)));
        refused(
                "maxPool2d, kernelSize: [1, 2, 3] for 2 axes; give one number for all, or one for each",
                () -> Pooling.maxPool2d(x, 1, 2, 3));
        refused("PoolOptions.stride: [0]; each number must be 1 or more", () -> new PoolOptions().stride(0));
        refused(
                "adaptiveAvgPool2d, outputSize: [0]; each number must be 1 or more",
                () -> AdaptivePooling.adaptiveAvgPool2d(x, 0));
        refused(
                "maxUnpool1d: the indices go from 0 to 4, in planes of [4]; they must be 0 to 3",
                () -> Pooling.maxUnpool1d(
                        Tensor.ones(1, 2), Tensor.tensor(0L, 4L).reshape(1, 2), 4));
        refused(
                "maxUnpool2d: the indices has shape [1, 4]; it must be [1, 2, 3, 4]",
                () -> Pooling.maxUnpool2d(x, Tensor.zeros(1, 4).to(DType.INT64), 5));
    }
}
