package ondol.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** What resizing promises beyond the values and gradients that the gradient tests compare. */
final class ResizingTest {
    private static Tensor line(int n) {
        return Tensor.arange(0.0, n, 1.0).reshape(1, 1, n);
    }

    private static float[] nearest(int n, double factor) {
        return Resizing.interpolate(line(n), new double[] {factor}, InterpolationMode.NEAREST)
                .toFloatArray();
    }

    /** The factor that was given counts, not the ratio of the sizes. */
    @Test
    void nearestPlaces() {
        assertArrayEquals(new float[] {0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 4}, nearest(5, 2.3));
        assertArrayEquals(
                new float[] {0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4},
                Resizing.interpolate(line(5), new long[] {11}, InterpolationMode.NEAREST)
                        .toFloatArray());
        assertArrayEquals(
                new float[] {1, 4},
                Resizing.interpolate(line(6), new long[] {2}, InterpolationMode.NEAREST_EXACT)
                        .toFloatArray());
    }

    @Test
    void alignedCorners() {
        long[] one = {1};
        assertArrayEquals(
                new float[] {0},
                Resizing.interpolate(line(4), one, InterpolationMode.LINEAR, true)
                        .toFloatArray());
        assertArrayEquals(
                new float[] {1.5f},
                Resizing.interpolate(line(4), one, InterpolationMode.LINEAR).toFloatArray());
        assertArrayEquals(
                new float[] {0, 1.5f, 3},
                Resizing.interpolate(line(4), new long[] {3}, InterpolationMode.LINEAR, true)
                        .toFloatArray());
    }

    @Test
    void foldingCountsOverlaps() {
        PoolOptions options = new PoolOptions();
        long[] kernel = {2};
        Tensor ones = Resizing.unfold(Tensor.ones(1, 3, 3), kernel, options);
        assertEquals(Shape.of(4, 4), ones.shape());
        assertArrayEquals(
                new float[] {1, 2, 1, 2, 4, 2, 1, 2, 1},
                Resizing.fold(ones, new long[] {3}, kernel, options).toFloatArray());
    }

    @Test
    void shufflesAreInverse() {
        Tensor x = Tensor.arange(0.0, 54, 1.0).reshape(9, 2, 3);
        Tensor y = Resizing.pixelShuffle(x, 3);
        assertEquals(Shape.of(1, 6, 9), y.shape());
        assertArrayEquals(x.toFloatArray(), Resizing.pixelUnshuffle(y, 3).toFloatArray());
    }

    @Test
    void namesOfPyTorch() {
        Tensor x = Tensor.zeros(1, 4, 2, 2).requiresGrad(true);
        double[] two = {2};
        assertEquals(
                "UpsampleNearest2DBackward0",
                Resizing.interpolate(x, two, InterpolationMode.NEAREST).gradFn());
        assertEquals(
                "UpsampleBicubic2DBackward0",
                Resizing.interpolate(x, two, InterpolationMode.BICUBIC).gradFn());
        assertEquals(
                "AdaptiveAvgPool2DBackward0",
                Resizing.interpolate(x, two, InterpolationMode.AREA).gradFn());
        assertEquals("PixelShuffleBackward0", Resizing.pixelShuffle(x, 2).gradFn());
        assertEquals(
                "Im2ColBackward0",
                Resizing.unfold(x, new long[] {2}, new PoolOptions()).gradFn());
    }

    private static void refused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    @Test
    void whatDoesNotFitIsRefusedInWords() {
        Tensor x = Tensor.zeros(1, 2, 3, 4);
        refused(
                "interpolate: LINEAR for an input of shape [1, 2, 3, 4]; LINEAR is for one axis of places, BILINEAR and"
                        + " BICUBIC are for two, TRILINEAR is for three",
                () -> Resizing.interpolate(x, new long[] {2}, InterpolationMode.LINEAR));
        refused(
                "interpolate: aligned corners with NEAREST; only linear modes and BICUBIC have them",
                () -> Resizing.interpolate(x, new long[] {2}, InterpolationMode.NEAREST, true));
        refused(
                "interpolate: an input of shape [1, 2, 3, 4] by [0.1] has 0.0 elements along an axis; 1 to 2^31 - 1 are"
                        + " possible",
                () -> Resizing.interpolate(x, new double[] {0.1}, InterpolationMode.NEAREST));
        refused(
                "pixelShuffle: the input has shape [1, 2, 3, 4]; its 2 channels must be a multiple of 2 * 2",
                () -> Resizing.pixelShuffle(x, 2));
        refused(
                "pixelUnshuffle: the input has shape [1, 2, 3, 4]; height and width must be multiples of 2",
                () -> Resizing.pixelUnshuffle(x, 2));
        refused(
                "unfold: windows of 4 elements along an axis of 3 with padding 0; use a larger input, or more padding",
                () -> Resizing.unfold(x, new long[] {4}, new PoolOptions()));
        refused(
                "fold: the input has shape [8, 5]; it must be [N, C * 4, 4] or [C * 4, 4]",
                () -> Resizing.fold(Tensor.zeros(8, 5), new long[] {3}, new long[] {2}, new PoolOptions()));
    }
}
