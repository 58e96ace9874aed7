package ondol.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import ondol.Fused;
import ondol.Generator;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What convolutions promise beyond their values, which the gradient tests compare: bits, names, and what they refuse. */
final class ConvolutionTest {
    private static Tensor random(long... sizes) {
        return Tensor.uniform(new Generator(sizes.length * 7L + sizes[1]), -1, 1, sizes);
    }

    private static Stream<Arguments> settings() {
        ConvOptions padded = new ConvOptions().padding(1);
        return Stream.of(
                Arguments.of(new long[] {5, 4, 9, 20}, new long[] {6, 4, 3, 3}, padded),
                Arguments.of(
                        new long[] {3, 4, 12, 17},
                        new long[] {6, 2, 2, 3},
                        padded.groups(2).stride(2)),
                Arguments.of(new long[] {3, 70, 5, 6}, new long[] {30, 70, 3, 3}, padded),
                Arguments.of(new long[] {3, 8, 6, 7}, new long[] {16, 8, 1, 1}, new ConvOptions()),
                Arguments.of(new long[] {4, 6, 9, 9}, new long[] {6, 1, 3, 3}, padded.groups(6)));
    }

    /** The result, and the gradient of the input, of each sample of a batch, alone. */
    @ParameterizedTest
    @MethodSource("settings")
    void aSampleHasTheBitsThatItHasInABatch(long[] input, long[] weight, ConvOptions options) {
        Tensor x = random(input).requiresGrad(true);
        Tensor w = random(weight);
        Tensor b = random(1, weight[0]).reshape(weight[0]);
        Tensor y = Convolution.conv2d(x, w, b, options);
        Tensor g = random(y.shape().toArray());
        y.backward(g);
        for (int i = 0; i < input[0]; i++) {
            Tensor one = x.detach().select(0, i).clone().requiresGrad(true);
            Tensor alone = Convolution.conv2d(one, w, b, options);
            assertArrayEquals(y.select(0, i).toFloatArray(), alone.toFloatArray());
            alone.backward(g.select(0, i));
            assertArrayEquals(x.grad().select(0, i).toFloatArray(), one.grad().toFloatArray());
        }
    }

    /** Each number is one chain over input channels and kernel elements, then the bias. */
    @Test
    void theOrderOfRoundings() {
        int in = 13;
        Tensor x = random(2, in, 6, 25);
        Tensor w = random(3, in, 2, 3);
        Tensor b = Tensor.tensor(0.3f, -2f, 1e-3f);
        float[] actual = Convolution.conv2d(x, w, b, new ConvOptions()).toFloatArray();
        float[] xs = x.toFloatArray();
        float[] ws = w.toFloatArray();
        for (int at = 0; at < actual.length; at++) {
            int column = at % 23;
            int row = at / 23 % 5;
            int out = at / 115 % 3;
            float sum = 0;
            for (int k = 0; k < in * 6; k++) {
                int place = ((at / 345 * in + k / 6) * 6 + row + k / 3 % 2) * 25 + column + k % 3;
                sum = Math.fma(ws[out * in * 6 + k], xs[place], sum);
            }
            assertEquals(sum + b.toFloatArray()[out], actual[at], "element " + at);
        }
    }

    @Test
    void theSameForAnyLayoutOfTheInput() {
        Tensor x = random(2, 5, 8, 9);
        Tensor w = random(4, 5, 3, 3);
        ConvOptions options = new ConvOptions().padding(1).stride(2, 1);
        float[] expected = Convolution.conv2d(x, w, null, options).toFloatArray();
        Tensor channelsLast = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        assertArrayEquals(
                expected, Convolution.conv2d(channelsLast, w, null, options).toFloatArray());
        Tensor backwards = x.flip(2, 3).contiguous().flip(2, 3);
        assertArrayEquals(
                expected,
                Convolution.conv2d(backwards, w.mT().contiguous().mT(), null, options)
                        .toFloatArray());
    }

    @Test
    void transposedConvolutionsOfStridesLeaveGapsWithTheBias() {
        Tensor x = random(1, 1, 3);
        Tensor one = Tensor.ones(1, 1, 1);
        Tensor y = Convolution.convTranspose1d(
                x,
                one,
                Tensor.full(Shape.of(1), 0.5),
                new ConvOptions().stride(3).outputPadding(2));
        float[] xs = x.toFloatArray();
        assertArrayEquals(
                new float[] {xs[0] + 0.5f, 0.5f, 0.5f, xs[1] + 0.5f, 0.5f, 0.5f, xs[2] + 0.5f, 0.5f, 0.5f},
                y.toFloatArray());
    }

    @Test
    void namesOfPyTorch() {
        Tensor x = random(1, 2, 5, 5).requiresGrad(true);
        Tensor w = random(3, 2, 3, 3);
        assertEquals("ConvolutionBackward0", Convolution.conv2d(x, w).gradFn());
        assertEquals(
                "ConvolutionBackward0",
                Convolution.convTranspose2d(x, random(2, 3, 3, 3)).gradFn());
        assertNull(Convolution.conv2d(x.detach(), w).gradFn());
        assertArrayEquals(
                new long[] {3, 3, 3},
                Convolution.conv2d(x.select(0, 0), w).shape().toArray());
    }

    /** The identity in the first kind of step, its gradient in the other. */
    @Test
    void whatSameMeansForAnEvenKernel() {
        Tensor x = Tensor.tensor(1f, 2f, 3f).reshape(1, 1, 3);
        Tensor w = Tensor.tensor(1f, 10f).reshape(1, 1, 2);
        Tensor y = Convolution.conv1d(x, w, null, new ConvOptions().paddingSame());
        assertArrayEquals(new float[] {21, 32, 3}, y.toFloatArray());
    }

    private static void refused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    @Test
    void whatDoesNotFitIsRefusedInWords() {
        Tensor x = random(2, 4, 5, 6);
        refused(
                "conv2d: the input of shape [2, 4, 5, 6] has 4 channels, but a weight of shape [6, 3, 3, 3] in 1 group takes 3",
                () -> Convolution.conv2d(x, random(6, 3, 3, 3)));
        refused(
                "conv2d: a weight of shape [5, 2, 3, 3] and 2 groups; the weight's first size, the output channels, must be a"
                        + " multiple of the groups",
                () -> Convolution.conv2d(x, random(5, 2, 3, 3), null, new ConvOptions().groups(2)));
        refused(
                "conv2d: an input of shape [2, 4, 5, 6] with padding [0, 0] is smaller than the kernel [3, 3] with dilation"
                        + " [3, 3]: 5 elements along an axis for 7; use a larger input, or more padding",
                () -> Convolution.conv2d(x, random(6, 4, 3, 3), null, new ConvOptions().dilation(3)));
        refused(
                "conv1d: the weight has shape [6, 4, 3, 3]; it must have 3 axes",
                () -> Convolution.conv1d(random(2, 4, 5), random(6, 4, 3, 3)));
        refused(
                "conv2d: the input has shape [4, 5]; it must have 3 to 4 axes",
                () -> Convolution.conv2d(random(4, 5), random(6, 4, 3, 3)));
        refused(
                "conv2d: the bias has shape [5]; it must be [6]",
                () -> Convolution.conv2d(x, random(6, 4, 3, 3), Tensor.ones(5), new ConvOptions()));
        refused(
                "conv2d: padding \"same\" with a stride of [2, 2]; the stride must be 1, or the padding numbers",
                () -> Convolution.conv2d(
                        x, random(6, 4, 3, 3), null, new ConvOptions().stride(2).paddingSame()));
        refused(
                "ConvOptions.stride: [1, 2, 3] for 2 axes; give one number for all, or one for each",
                () -> Convolution.conv2d(x, random(6, 4, 3, 3), null, new ConvOptions().stride(1, 2, 3)));
        refused(
                "conv2d: REFLECT padding of 5 along an axis of size 5 of an input of shape [2, 4, 5, 6]; at most 4 is possible",
                () -> Convolution.conv2d(
                        x,
                        random(6, 4, 3, 3),
                        null,
                        new ConvOptions().padding(5).paddingMode(PaddingMode.REFLECT)));
        refused(
                "conv2d: options with an output padding of [1, 1]; only transposed convolutions have one",
                () -> Convolution.conv2d(x, random(6, 4, 3, 3), null, new ConvOptions().outputPadding(1)));
        refused(
                "convTranspose2d: an output padding of [2, 2] with stride [2, 2] and dilation [1, 1]; it must be smaller than"
                        + " one of them",
                () -> Convolution.convTranspose2d(
                        x, random(4, 3, 3, 3), null, new ConvOptions().stride(2).outputPadding(2)));
        refused(
                "convTranspose2d: the input of shape [2, 4, 5, 6] has 4 channels, but a weight of shape [3, 4, 3, 3] takes 3",
                () -> Convolution.convTranspose2d(x, random(3, 4, 3, 3)));
        refused(
                "convTranspose2d: an input of shape [2, 4, 5, 6] with a kernel [3, 3] and padding [4, 4] gives an output of"
                        + " size -1 along an axis; use a larger input, or less padding",
                () -> Convolution.convTranspose2d(x, random(4, 3, 3, 3), null, new ConvOptions().padding(4)));
        refused("ConvOptions.dilation: [0]; each number must be 1 or more", () -> new ConvOptions().dilation(0));
    }

    /** Products of several axes are those of the axes as one. */
    @Test
    void productsOfSeveralAxes() {
        Tensor a = random(2, 3, 4, 5, 6);
        Tensor b = random(2, 5, 6, 7, 8);
        Tensor c = Fused.matmul(1, 2, a, b);
        assertArrayEquals(new long[] {2, 3, 4, 7, 8}, c.shape().toArray());
        float[] flat = a.reshape(2, 12, 30).matmul(b.reshape(2, 30, 56)).toFloatArray();
        assertArrayEquals(flat, c.toFloatArray());
        Tensor broadcast = Fused.matmul(1, 2, a.slice(0, 0, 1), b);
        assertArrayEquals(
                a.select(0, 0).reshape(12, 30).matmul(b.reshape(2, 30, 56)).toFloatArray(), broadcast.toFloatArray());
        Tensor bias = random(1, 4, 1, 1);
        assertArrayEquals(
                c.add(bias).toFloatArray(), Fused.matmul(1, 2, a, b, bias).toFloatArray());
        Tensor room = Tensor.zeros(2, 3, 4, 8, 15);
        Tensor view = room.slice(4, 1, 15, 2).permute(0, 1, 2, 4, 3);
        Fused.matmulInto(1, 2, a, b, view);
        assertArrayEquals(flat, view.toFloatArray());
        assertEquals(c.sum().item(), room.sum().item(), 1e-3);
    }

    @Test
    void productsThatDoNotFit() {
        Tensor a = random(2, 3, 4);
        Tensor b = random(2, 5, 6);
        refused("Fused.matmul: [2, 3, 4] x [2, 5, 6]: inner sizes 4 and 5 differ", () -> Fused.matmul(1, 1, a, b));
        refused(
                "Fused.matmul: [2, 3, 4] x [2, 5, 6] with 1 batch axes and 2 inner axes leaves no row or no column axis; each"
                        + " needs one more",
                () -> Fused.matmul(1, 2, a, b));
        Tensor square = random(2, 4, 4);
        refused(
                "Fused.matmulInto: out shares memory with a factor; pass a clone() of the factor",
                () -> Fused.matmulInto(1, 1, square, square, square));
        refused(
                "Fused.matmulInto: out has shape [2, 4, 4], but the product has [2, 3, 4]; they must be equal",
                () -> Fused.matmulInto(1, 1, a, square, random(2, 4, 4)));
        Tensor recorded = random(2, 4, 4).requiresGrad(true);
        assertEquals(
                "Fused.matmul: b of shape [2, 4, 4] requires a gradient, which would be lost; call it within"
                        + " Function.forward, or under Autograd.noGrad()",
                assertThrows(IllegalStateException.class, () -> Fused.matmul(1, 1, a, recorded))
                        .getMessage());
        assertArrayEquals(
                new long[] {2, 3, 4},
                Autograd.noGrad(() -> Fused.matmul(1, 1, a, recorded)).shape().toArray());
    }
}
