package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ondol.Generator;
import ondol.Tensor;
import ondol.op.InterpolationMode;
import ondol.op.PoolOptions;
import ondol.op.Resizing;
import org.junit.jupiter.api.Test;

/** Layers that resize: what they compute, how they are printed, what they refuse. */
final class ResizingLayerTest {
    private static final Tensor X = Tensor.uniform(new Generator(4), 0, 1, 1, 4, 4, 4);
    private static final double[] TWO = {2};
    private static final PoolOptions OPTIONS = new PoolOptions().stride(2).padding(1);

    private static void same(Tensor expected, Module layer, Tensor x) {
        assertEquals(expected.shape(), layer.forward(x).shape(), layer.toString());
        assertArrayEquals(expected.toFloatArray(), layer.forward(x).toFloatArray(), layer.toString());
    }

    @Test
    void values() {
        same(Resizing.interpolate(X, TWO, InterpolationMode.NEAREST), new Upsample(2), X);
        long[] size = {5, 3};
        same(
                Resizing.interpolate(X, size, InterpolationMode.BICUBIC, true),
                new Upsample(size, InterpolationMode.BICUBIC, true),
                X);
        same(Resizing.pixelShuffle(X, 2), new PixelShuffle(2), X);
        same(Resizing.pixelUnshuffle(X, 2), new PixelUnshuffle(2), X);
        long[] kernel = {2};
        Tensor columns = Resizing.unfold(X, kernel, OPTIONS);
        same(columns, new Unfold(kernel, OPTIONS), X);
        long[] four = {4};
        same(Resizing.fold(columns, four, kernel, OPTIONS), new Fold(four, kernel, OPTIONS), columns);
    }

    @Test
    void printedAsPyTorchPrints() {
        assertEquals("Upsample(scale_factor=2.0, mode='nearest')", new Upsample(2).toString());
        assertEquals(
                "Upsample(scale_factor=(2.0, 1.5), mode='bilinear')",
                new Upsample(new double[] {2, 1.5}, InterpolationMode.BILINEAR, false).toString());
        assertEquals(
                "Upsample(size=(4, 5), mode='nearest-exact')",
                new Upsample(new long[] {4, 5}, InterpolationMode.NEAREST_EXACT, false).toString());
        assertEquals("PixelShuffle(upscale_factor=3)", new PixelShuffle(3).toString());
        assertEquals("PixelUnshuffle(downscale_factor=3)", new PixelUnshuffle(3).toString());
        assertEquals(
                "Unfold(kernel_size=(2, 3), dilation=1, padding=0, stride=1)",
                new Unfold(new long[] {2, 3}, new PoolOptions()).toString());
        assertEquals(
                "Fold(output_size=(4, 5), kernel_size=2, dilation=1, padding=1, stride=2)",
                new Fold(new long[] {4, 5}, new long[] {2}, OPTIONS).toString());
    }

    @Test
    void bad() {
        assertEquals(
                "PixelShuffle: the factor is 0; it must be 1 or more",
                assertThrows(IllegalArgumentException.class, () -> new PixelShuffle(0))
                        .getMessage());
        assertEquals(
                "Fold: the output size is [1, 2, 3]; give one number for both axes, or two, each 1 or more",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Fold(new long[] {1, 2, 3}, new long[] {1}, OPTIONS))
                        .getMessage());
        assertEquals(
                "Upsample: the mode is null; give one",
                assertThrows(NullPointerException.class, () -> new Upsample(TWO, null, false))
                        .getMessage());
    }
}
