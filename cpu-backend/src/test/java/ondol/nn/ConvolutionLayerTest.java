package ondol.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import ondol.Generator;
import ondol.Ondol;
import ondol.Shape;
import ondol.Tensor;
import ondol.op.ConvOptions;
import ondol.op.Convolution;
import ondol.op.PaddingMode;
import org.junit.jupiter.api.Test;

/** Layers of convolutions: their first values, how they are printed, what they compute and refuse. */
final class ConvolutionLayerTest {
    private static float[] uniform(Generator generator, int n, double bound) {
        float[] out = new float[n];
        generator.fillUniform(out, (float) -bound, (float) bound);
        return out;
    }

    @Test
    void drawsWeightThenBias() {
        Generator raw = new Generator(5);
        Generator used = new Generator(5);
        Conv2d layer = new Conv2d(6, 4, new long[] {3, 2}, new ConvOptions().groups(2), used);
        assertArrayEquals(new long[] {4, 3, 3, 2}, layer.weight().shape().toArray());
        assertArrayEquals(uniform(raw, 72, 1 / Math.sqrt(18)), layer.weight().toFloatArray());
        assertArrayEquals(uniform(raw, 4, 1 / Math.sqrt(18)), layer.bias().toFloatArray());
        assertEquals(raw.random32(), used.random32());
    }

    /** The fan of a transposed layer is that of the output's channels of a group. */
    @Test
    void transposedLayersHaveAnotherFan() {
        Generator raw = new Generator(6);
        ConvTranspose2d layer =
                new ConvTranspose2d(4, 6, new long[] {3}, new ConvOptions().groups(2), new Generator(6));
        assertArrayEquals(new long[] {4, 3, 3, 3}, layer.weight().shape().toArray());
        assertArrayEquals(uniform(raw, 108, 1 / Math.sqrt(27)), layer.weight().toFloatArray());
        assertArrayEquals(uniform(raw, 6, 1 / Math.sqrt(27)), layer.bias().toFloatArray());
    }

    @Test
    void withoutBias() {
        ConvOptions options = new ConvOptions().bias(false);
        for (ConvolutionLayer layer : List.of(new Conv1d(2, 3, 4, options), new ConvTranspose3d(2, 3, 1, options))) {
            assertNull(layer.bias());
            assertEquals(List.of("weight"), List.copyOf(layer.namedParameters().keySet()));
        }
        assertEquals(
                List.of("weight", "bias"),
                List.copyOf(new Conv3d(1, 1, 1).stateDict().keySet()));
    }

    @Test
    void theDefaultGeneratorIsUsedOtherwise() {
        Ondol.manualSeed(3);
        float[] first = new Conv2d(1, 1, 2).weight().toFloatArray();
        float[] own = new Conv2d(1, 1, new long[] {2, 2}, new ConvOptions(), new Generator(3))
                .weight()
                .toFloatArray();
        assertArrayEquals(own, first);
    }

    @Test
    void printedAsPyTorchPrints() {
        Map<Module, String> expected = Map.ofEntries(
                Map.entry(
                        new Conv2d(3, 64, 7, new ConvOptions().stride(2).padding(3)),
                        "Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3))"),
                Map.entry(new Conv1d(2, 3, 4), "Conv1d(2, 3, kernel_size=(4,), stride=(1,))"),
                Map.entry(
                        new Conv1d(
                                2,
                                4,
                                3,
                                new ConvOptions().paddingSame().groups(2).bias(false)),
                        "Conv1d(2, 4, kernel_size=(3,), stride=(1,), padding=same, groups=2, bias=False)"),
                Map.entry(
                        new Conv2d(
                                2,
                                4,
                                new long[] {1, 3},
                                new ConvOptions().padding(0, 1).dilation(2).paddingMode(PaddingMode.REFLECT)),
                        "Conv2d(2, 4, kernel_size=(1, 3), stride=(1, 1), padding=(0, 1), dilation=(2, 2),"
                                + " padding_mode=reflect)"),
                Map.entry(
                        new Conv3d(1, 1, 1, new ConvOptions().paddingValid()),
                        "Conv3d(1, 1, kernel_size=(1, 1, 1), stride=(1, 1, 1), padding=valid)"),
                Map.entry(
                        new ConvTranspose2d(
                                4, 6, 3, new ConvOptions().stride(2).padding(1).outputPadding(1)),
                        "ConvTranspose2d(4, 6, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1))"),
                Map.entry(new ConvTranspose1d(1, 2, 3), "ConvTranspose1d(1, 2, kernel_size=(3,), stride=(1,))"));
        expected.forEach((module, text) -> assertEquals(text, module.toString()));
    }

    /** Sizes that have the same number of windows are told apart. */
    @Test
    void theOutputsSize() {
        ConvOptions options = new ConvOptions().stride(3, 2).padding(1, 0).dilation(1, 2);
        ConvTranspose2d layer = new ConvTranspose2d(2, 3, 3, options);
        Tensor x = Tensor.randn(4, 2, 5, 4);
        Tensor y = layer.forward(x, 15, 12);
        assertEquals(Shape.of(4, 3, 15, 12), y.shape());
        same(
                Convolution.convTranspose2d(x, layer.weight(), layer.bias(), options.outputPadding(2, 1)),
                layer.forward(x, 4, 3, 15, 12));
        same(y.select(0, 1), layer.call(x.select(0, 1), 15, 12));
        same(layer.forward(x), layer.forward(x, 13, 11));
        layer.registerForwardHook((m, in, out) -> List.of(out.getFirst().mul(2.0)));
        same(y.mul(2.0), layer.call(x, 15, 12));
        ConvTranspose1d line = new ConvTranspose1d(3, 2, 2, new ConvOptions().stride(3));
        assertEquals(Shape.of(2, 7), line.forward(Tensor.randn(3, 2), 7).shape());
        assertEquals(
                Shape.of(1, 2, 3, 4, 5),
                new ConvTranspose3d(1, 2, 2, new ConvOptions().stride(2))
                        .forward(Tensor.randn(1, 1, 1, 2, 2), 3, 4, 5)
                        .shape());
        assertEquals(
                "ConvTranspose2d.forward: an output size of [16, 12] for an input of shape [4, 2, 5, 4]; along axis 0 of the"
                        + " planes it must be 13 to 15",
                assertThrows(IllegalArgumentException.class, () -> layer.forward(x, 16, 12))
                        .getMessage());
        assertEquals(
                "ConvTranspose2d.forward: an output size of [1, 2, 3] for an input of shape [4, 2, 5, 4]; give 2 numbers, one"
                        + " for each axis, or the whole shape of 4 axes",
                assertThrows(IllegalArgumentException.class, () -> layer.forward(x, 1, 2, 3))
                        .getMessage());
    }

    @Test
    void forwardIsTheFunction() {
        ConvOptions options = new ConvOptions().stride(2).padding(1);
        Tensor x1 = Tensor.randn(2, 3, 8);
        Tensor x2 = Tensor.randn(2, 3, 8, 7);
        Tensor x3 = Tensor.randn(3, 4, 5, 6);
        Conv1d c1 = new Conv1d(3, 4, 3, options);
        Conv2d c2 = new Conv2d(3, 4, 3, options);
        Conv3d c3 = new Conv3d(3, 4, 3, options);
        same(Convolution.conv1d(x1, c1.weight(), c1.bias(), options), c1.forward(x1));
        same(Convolution.conv2d(x2, c2.weight(), c2.bias(), options), c2.forward(x2));
        same(Convolution.conv3d(x3, c3.weight(), c3.bias(), options), c3.forward(x3));
        ConvTranspose1d t1 = new ConvTranspose1d(3, 4, 3, options);
        ConvTranspose2d t2 = new ConvTranspose2d(3, 4, 3, options);
        ConvTranspose3d t3 = new ConvTranspose3d(3, 4, 3, options);
        same(Convolution.convTranspose1d(x1, t1.weight(), t1.bias(), options), t1.forward(x1));
        same(Convolution.convTranspose2d(x2, t2.weight(), t2.bias(), options), t2.forward(x2));
        same(Convolution.convTranspose3d(x3, t3.weight(), t3.bias(), options), t3.forward(x3));
    }

    private static void same(Tensor expected, Tensor actual) {
        assertEquals(expected.shape(), actual.shape());
        assertArrayEquals(expected.toFloatArray(), actual.toFloatArray());
    }

    private static void refused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    @Test
    void whatDoesNotFitIsRefusedInWords() {
        refused(
                "Conv2d.forward: the input has shape [2, 4, 5, 5]; it must be [N, 3, H, W] or [3, H, W]",
                () -> new Conv2d(3, 4, 3).forward(Tensor.ones(2, 4, 5, 5)));
        refused(
                "ConvTranspose1d.forward: the input has shape [3, 3, 5, 5]; it must be [N, 3, L] or [3, L]",
                () -> new ConvTranspose1d(3, 4, 3).forward(Tensor.ones(3, 3, 5, 5)));
        refused("Conv2d: the inChannels is 0; it must be 1 or more", () -> new Conv2d(0, 4, 3));
        refused(
                "Conv2d: the kernel size is [1, 2, 3]; give one number for all axes, or 2 numbers",
                () -> new Conv2d(3, 4, new long[] {1, 2, 3}, new ConvOptions()));
        refused(
                "Conv2d: 3 channels to 4 in 2 groups; both must be multiples of the groups",
                () -> new Conv2d(3, 4, 3, new ConvOptions().groups(2)));
        refused(
                "Conv2d: padding \"same\" with a stride of [2, 2]; the stride must be 1, or the padding numbers",
                () -> new Conv2d(3, 4, 3, new ConvOptions().stride(2).paddingSame()));
        refused(
                "Conv1d: options with an output padding of [1]; only transposed convolutions have one",
                () -> new Conv1d(3, 4, 3, new ConvOptions().outputPadding(1)));
        refused(
                "ConvTranspose2d: padding \"same\" or of another kind than zeros; a transposed convolution takes only numbers"
                        + " of zeros",
                () -> new ConvTranspose2d(3, 4, 3, new ConvOptions().paddingMode(PaddingMode.CIRCULAR)));
    }
}
