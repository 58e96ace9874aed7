package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import ondol.DType;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.AdaptivePooling;
import ondol.op.PoolOptions;
import ondol.op.Pooling;
import org.junit.jupiter.api.Test;

/** Layers of pooling: what they compute, how they are printed, what they refuse. */
final class PoolingLayerTest {
    private static final Tensor X = Tensor.uniform(new Generator(3), 0, 1, 2, 3, 4, 5, 6);

    private static void same(Tensor expected, Layer layer, Tensor x) {
        assertEquals(expected.shape(), layer.forward(x).shape(), layer.toString());
        assertArrayEquals(expected.toFloatArray(), layer.forward(x).toFloatArray(), layer.toString());
    }

    @Test
    void values() {
        PoolOptions o = new PoolOptions().stride(1).ceilMode(true);
        long[] k = {2};
        Tensor two = X.select(0, 0);
        Tensor one = two.select(0, 0);
        same(Pooling.maxPool1d(one, k, o), new MaxPool1d(2, o), one);
        same(Pooling.maxPool2d(two, k, o), new MaxPool2d(2, o), two);
        same(Pooling.maxPool3d(X, 2), new MaxPool3d(2), X);
        same(Pooling.avgPool1d(one, k, o), new AvgPool1d(k, o), one);
        same(Pooling.avgPool2d(two, 2), new AvgPool2d(2), two);
        same(Pooling.avgPool3d(X, k, o), new AvgPool3d(2, o), X);
        same(Pooling.lpPool1d(one, 3, k, o), new LPPool1d(3, 2, o), one);
        same(Pooling.lpPool2d(two, 3, k, o), new LPPool2d(3, k, o), two);
        same(Pooling.lpPool3d(X, 1, k, new PoolOptions()), new LPPool3d(1, 2), X);
        same(AdaptivePooling.adaptiveMaxPool1d(one, 4), new AdaptiveMaxPool1d(4), one);
        same(AdaptivePooling.adaptiveMaxPool2d(two, 2, 4), new AdaptiveMaxPool2d(2, 4), two);
        same(AdaptivePooling.adaptiveMaxPool3d(X, 3), new AdaptiveMaxPool3d(3), X);
        same(AdaptivePooling.adaptiveAvgPool1d(one, 4), new AdaptiveAvgPool1d(4), one);
        same(AdaptivePooling.adaptiveAvgPool2d(two, 2, 4), new AdaptiveAvgPool2d(2, 4), two);
        same(AdaptivePooling.adaptiveAvgPool3d(X, 3), new AdaptiveAvgPool3d(3), X);
    }

    @Test
    void printedAsPyTorchPrints() {
        PoolOptions o = new PoolOptions().stride(2).padding(1);
        assertEquals(
                "MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)",
                new MaxPool2d(3, o).toString());
        assertEquals(
                "MaxPool2d(kernel_size=(3, 2), stride=(3, 2), padding=0, dilation=1, ceil_mode=True)",
                new MaxPool2d(new long[] {3, 2}, new PoolOptions().ceilMode(true)).toString());
        assertEquals("AvgPool1d(kernel_size=(3,), stride=(2,), padding=(1,))", new AvgPool1d(3, o).toString());
        assertEquals("AvgPool2d(kernel_size=3, stride=3, padding=0)", new AvgPool2d(3).toString());
        assertEquals(
                "LPPool2d(norm_type=2.0, kernel_size=3, stride=None, ceil_mode=False)", new LPPool2d(2, 3).toString());
        assertEquals("AdaptiveAvgPool2d(output_size=(1, 2))", new AdaptiveAvgPool2d(1, 2).toString());
        assertEquals("AdaptiveMaxPool3d(output_size=4)", new AdaptiveMaxPool3d(4).toString());
    }

    /** There and back: only the largest stay, where they were. */
    @Test
    void unpooling() {
        Tensor x = Tensor.arange(0.0, 48.0, 1.0).reshape(2, 4, 6);
        PoolOptions o = new PoolOptions().stride(2, 3);
        var largest = Pooling.maxPool2dWithIndices(x, new long[] {2}, o);
        Tensor y = new MaxUnpool2d(2, o).forward(largest.values(), largest.indices(), 4, 6);
        assertEquals(x.shape(), y.shape());
        float[] expected = new float[48]; // windows end in rows 1 and 3, columns 1 and 4
        for (int at : new int[] {7, 10, 19, 22, 31, 34, 43, 46}) {
            expected[at] = at;
        }
        assertArrayEquals(expected, y.toFloatArray());
        var cut = Pooling.maxPool2dWithIndices(x.slice(2, 0, 5), new long[] {2}, o);
        assertEquals(
                Shape.of(2, 4, 5),
                new MaxUnpool2d(2, o).forward(cut.values(), cut.indices()).shape());
        Tensor one = X.select(0, 0).select(0, 0);
        var two = Pooling.maxPool1dWithIndices(one, new long[] {2}, new PoolOptions());
        MaxUnpool1d line = new MaxUnpool1d(2);
        assertEquals(
                Shape.of(4, 5, 6), line.forward(two.values(), two.indices()).shape());
        assertEquals(
                Shape.of(4, 5, 7),
                line.forward(two.values(), two.indices(), 4, 5, 7).shape());
        assertEquals(
                Shape.of(4, 5, 7), line.call(two.values(), two.indices(), 7).shape());
        line.registerForwardHook((m, in, out) -> List.of(out.getFirst().mul(0.0)));
        assertEquals(0, line.call(two.values(), two.indices()).abs().max().item());
        var three = Pooling.maxPool3dWithIndices(X, new long[] {2}, new PoolOptions());
        Tensor back = new MaxUnpool3d(2).forward(three.values(), three.indices(), 4, 5, 6);
        assertEquals(X.shape(), back.shape());
        assertEquals(three.values().sum().item(), back.sum().item(), 1e-3);
    }

    @Test
    void badUnpooling() {
        MaxUnpool2d layer = new MaxUnpool2d(2, new PoolOptions().stride(3).padding(1));
        Tensor x = Tensor.ones(1, 2, 2);
        Tensor indices = Tensor.zeros(1, 2, 2).to(DType.INT64);
        assertEquals("MaxUnpool2d(kernel_size=(2, 2), stride=(3, 3), padding=(1, 1))", layer.toString());
        refused(
                "MaxUnpool2d.forward: an output size of [3, 6] for an input of shape [1, 2, 2]; along axis 1 of the planes"
                        + " it must be 1 to 5",
                () -> layer.forward(x, indices, 3, 6));
        refused(
                "MaxUnpool2d.forward: an output size of [3] for an input of shape [1, 2, 2]; give 2 numbers, one for each"
                        + " axis, or the whole shape of 3 axes",
                () -> layer.forward(x, indices, 3));
        refused(
                "MaxUnpool2d.forward: the input has shape [2, 2]; it must be [N, C, H, W] or [C, H, W]",
                () -> layer.forward(Tensor.ones(2, 2), indices));
        refused(
                "MaxUnpool2d: options with a dilation of [2]; only stride and padding are possible, and the output's size"
                        + " can be given to forward",
                () -> new MaxUnpool2d(2, new PoolOptions().dilation(2)));
        refused(
                "MaxUnpool1d: the kernelSize is [1, 2]; give one number for all axes, each 1 or more",
                () -> new MaxUnpool1d(new long[] {1, 2}, new PoolOptions()));
    }

    private static void refused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    @Test
    void bad() {
        assertEquals(
                "MaxPool2d.forward: the input has shape [3, 4]; it must be [N, C, H, W] or [C, H, W]",
                assertThrows(IllegalArgumentException.class, () -> new MaxPool2d(2).forward(Tensor.zeros(3, 4)))
                        .getMessage());
        assertEquals(
                "AvgPool3d: the kernelSize is [1, 2]; give one number for all axes, or 3 numbers, each 1 or more",
                assertThrows(IllegalArgumentException.class, () -> new AvgPool3d(new long[] {1, 2}, new PoolOptions()))
                        .getMessage());
        assertEquals(
                "MaxPool1d: options with a stride of [1, 2]; give one number for all axes",
                assertThrows(IllegalArgumentException.class, () -> new MaxPool1d(2, new PoolOptions().stride(1, 2)))
                        .getMessage());
        assertEquals(
                "MaxPool2d: the options are null; give new PoolOptions()",
                assertThrows(NullPointerException.class, () -> new MaxPool2d(2, null))
                        .getMessage());
    }
}
