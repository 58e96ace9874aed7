package ondol;

import static ondol.GradientCase.shape;

import java.util.List;
import ondol.op.ConvOptions;
import ondol.op.Convolution;
import ondol.op.PaddingMode;

/** Gradient cases of convolutions: with strides, padding, dilation and groups, over one to three axes. */
final class ConvolutionCases {
    private static final String OPTIONS = "(Tensor,Tensor,Tensor,ConvOptions)";
    private static final String PLAIN = "(Tensor,Tensor)";

    private ConvolutionCases() {}

    private static int[][] shapes(int[]... inputs) {
        return inputs;
    }

    private static ConvOptions options(int stride, int padding, int dilation, int groups) {
        return new ConvOptions()
                .stride(stride)
                .padding(padding)
                .dilation(dilation)
                .groups(groups);
    }

    static List<GradientCase> all() {
        GradientCase.Builder b = new GradientCase.Builder().within(16, 4).sampler(GradientCase.between(-1, 1));
        plain(b);
        oneAxis(b);
        twoAxes(b);
        padded(b);
        threeAxes(b);
        transposed(b);
        return b.cases();
    }

    private static void plain(GradientCase.Builder b) {
        b.shapes(shapes(shape(2, 2, 5), shape(2, 2, 3)), shapes(shape(2, 5), shape(2, 2, 2)));
        b.add(
                "conv1d" + PLAIN,
                "",
                in -> Convolution.conv1d(in[0], in[1]),
                in -> PlainConvolution.of(1, 0, 1, 1, 1).convolution(in[0], in[1], null));
        b.add(
                "convTranspose1d" + PLAIN,
                "",
                in -> Convolution.convTranspose1d(in[0], in[1]),
                in -> PlainConvolution.of(1, 0, 1, 1, 1).transposed(in[0], in[1], null, 0));
        b.shapes(shapes(shape(2, 2, 3, 4), shape(2, 2, 2, 3)));
        b.add(
                "conv2d" + PLAIN,
                "",
                in -> Convolution.conv2d(in[0], in[1]),
                in -> PlainConvolution.of(1, 0, 1, 1, 2).convolution(in[0], in[1], null));
        b.add(
                "convTranspose2d" + PLAIN,
                "",
                in -> Convolution.convTranspose2d(in[0], in[1]),
                in -> PlainConvolution.of(1, 0, 1, 1, 2).transposed(in[0], in[1], null, 0));
        b.shapes(shapes(shape(1, 1, 2, 3, 3), shape(1, 1, 2, 1, 2)));
        b.add(
                "conv3d" + PLAIN,
                "",
                in -> Convolution.conv3d(in[0], in[1]),
                in -> PlainConvolution.of(1, 0, 1, 1, 3).convolution(in[0], in[1], null));
        b.add(
                "convTranspose3d" + PLAIN,
                "",
                in -> Convolution.convTranspose3d(in[0], in[1]),
                in -> PlainConvolution.of(1, 0, 1, 1, 3).transposed(in[0], in[1], null, 0));
    }

    private static void conv(GradientCase.Builder b, int axes, int stride, int padding, int dilation, int groups) {
        String title = "stride " + stride + ", padding " + padding + ", dilation " + dilation + ", groups " + groups;
        ConvOptions options = options(stride, padding, dilation, groups);
        b.add(
                "conv" + axes + "d" + OPTIONS,
                title,
                in -> switch (axes) {
                    case 1 -> Convolution.conv1d(in[0], in[1], in[2], options);
                    case 2 -> Convolution.conv2d(in[0], in[1], in[2], options);
                    default -> Convolution.conv3d(in[0], in[1], in[2], options);
                },
                in -> PlainConvolution.of(stride, padding, dilation, groups, axes)
                        .convolution(in[0], in[1], in[2]));
    }

    private static void oneAxis(GradientCase.Builder b) {
        b.shapes(shapes(shape(2, 4, 9), shape(6, 2, 3), shape(6)), shapes(shape(4, 8), shape(2, 2, 2), shape(2)));
        conv(b, 1, 2, 2, 2, 2);
        conv(b, 1, 3, 1, 1, 2);
    }

    private static void twoAxes(GradientCase.Builder b) {
        b.shapes(
                shapes(shape(2, 2, 5, 4), shape(3, 2, 3, 2), shape(3)),
                shapes(shape(2, 4, 5), shape(2, 2, 1, 3), shape(2)));
        conv(b, 2, 1, 1, 1, 1);
        conv(b, 2, 2, 1, 1, 1);
        conv(b, 2, 2, 2, 2, 1);
        conv(b, 2, 2, 2, 3, 1);
        b.shapes(shapes(shape(2, 3, 4, 5), shape(3, 1, 3, 3), shape(3))); // depthwise
        conv(b, 2, 1, 1, 1, 3);
        conv(b, 2, 2, 2, 1, 3);
        conv(b, 2, 2, 3, 2, 3);
        b.shapes(shapes(shape(1, 2, 6, 4), shape(2, 2, 2, 2), shape(2))); // windows side by side, and gaps
        conv(b, 2, 2, 0, 1, 1);
        conv(b, 2, 3, 0, 1, 1);
    }

    private static void padded(GradientCase.Builder b) {
        b.shapes(shapes(shape(2, 2, 4, 3), shape(2, 2, 3, 2), shape(2)));
        int[] one = {1, 1};
        for (PaddingMode mode : PaddingMode.values()) {
            b.add(
                    "conv2d" + OPTIONS,
                    mode + " padding",
                    in -> Convolution.conv2d(
                            in[0],
                            in[1],
                            in[2],
                            options(2, 2, 1, 1).padding(2, 1).paddingMode(mode)),
                    in -> new PlainConvolution(new int[] {2, 2}, new int[] {2, 1}, new int[] {2, 1}, one, 1, mode)
                            .convolution(in[0], in[1], in[2]));
            b.add(
                    "conv2d" + OPTIONS,
                    mode + " padding, same",
                    in -> Convolution.conv2d(
                            in[0], in[1], in[2], new ConvOptions().paddingSame().paddingMode(mode)),
                    in -> new PlainConvolution(one, new int[] {1, 0}, one, one, 1, mode)
                            .convolution(in[0], in[1], in[2]));
        }
    }

    private static void threeAxes(GradientCase.Builder b) {
        b.shapes(shapes(shape(1, 2, 3, 4, 3), shape(2, 1, 2, 3, 2), shape(2)));
        conv(b, 3, 1, 1, 1, 2);
        conv(b, 3, 2, 1, 1, 2);
    }

    private static void transposed(
            GradientCase.Builder b, int axes, int stride, int padding, int more, int dilation, int groups) {
        String title = "stride " + stride + ", padding " + padding + ", output padding " + more + ", dilation "
                + dilation + ", groups " + groups;
        ConvOptions options = options(stride, padding, dilation, groups).outputPadding(more);
        b.add(
                "convTranspose" + axes + "d" + OPTIONS,
                title,
                in -> switch (axes) {
                    case 1 -> Convolution.convTranspose1d(in[0], in[1], in[2], options);
                    case 2 -> Convolution.convTranspose2d(in[0], in[1], in[2], options);
                    default -> Convolution.convTranspose3d(in[0], in[1], in[2], options);
                },
                in -> PlainConvolution.of(stride, padding, dilation, groups, axes)
                        .transposed(in[0], in[1], in[2], more));
    }

    private static void transposed(GradientCase.Builder b) {
        b.shapes(shapes(shape(2, 4, 4), shape(4, 3, 3), shape(6)), shapes(shape(4, 3), shape(4, 1, 4), shape(2)));
        transposed(b, 1, 1, 1, 0, 1, 2);
        transposed(b, 1, 2, 1, 1, 1, 2);
        transposed(b, 1, 3, 0, 2, 2, 2);
        transposed(b, 1, 2, 1, 2, 3, 2);
        b.shapes(shapes(shape(2, 2, 3, 2), shape(2, 3, 3, 2), shape(3)));
        transposed(b, 2, 2, 1, 1, 1, 1);
        transposed(b, 2, 4, 0, 3, 1, 1);
        b.shapes(shapes(shape(2, 2, 3, 3), shape(2, 1, 3, 3), shape(2))); // depthwise
        transposed(b, 2, 2, 1, 0, 1, 2);
        b.shapes(shapes(shape(1, 2, 2, 2, 3), shape(2, 2, 2, 1, 3), shape(2)));
        transposed(b, 3, 2, 0, 1, 1, 1);
    }
}
