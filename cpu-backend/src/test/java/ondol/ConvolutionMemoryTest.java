package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ondol.op.ConvOptions;
import ondol.op.Convolution;
import org.junit.jupiter.api.Test;

/** How much memory convolutions take: an input's padded copy at most, and nothing where there is no padding. */
final class ConvolutionMemoryTest {
    private static final int MB = 1 << 20;

    /** Input, output and gradient have a megabyte each; the windows as a matrix had nine. */
    @Test
    void windowsAreNotUnfolded() {
        Device device = new CountingBackend(8L * MB).device("windows");
        Tensor x = Tensor.ones(4, 16, 64, 64).to(device).requiresGrad(true);
        Tensor w = Tensor.ones(16, 16, 3, 3).to(device).requiresGrad(true);
        Tensor y = Convolution.conv2d(x, w, null, new ConvOptions().padding(1));
        assertEquals(
                16 * 9,
                y.get(Index.at(0), Index.at(0), Index.at(5), Index.at(5)).item());
        y.sum().backward();
        assertEquals(
                4 * 64 * 63,
                w.grad().get(Index.at(0), Index.at(0), Index.at(0), Index.at(1)).item());
        assertEquals(
                16 * 9,
                x.grad().get(Index.at(0), Index.at(0), Index.at(5), Index.at(5)).item());
    }

    @Test
    void withoutPaddingThereIsOnlyTheResult() {
        CountingBackend backend = new CountingBackend(8L * MB);
        Device device = backend.device("points");
        Tensor x = Tensor.ones(2, 8, 16, 16).to(device);
        Tensor points = Tensor.ones(4, 8, 1, 1).to(device);
        Tensor windows = Tensor.ones(4, 8, 3, 3).to(device);
        int before = backend.allocations();
        Tensor y = Convolution.conv2d(x, points);
        assertEquals(before + 1, backend.allocations());
        Tensor z = Convolution.conv2d(x, windows);
        assertEquals(before + 2, backend.allocations());
        assertArrayEquals(new long[] {2, 4, 16, 16}, y.shape().toArray());
        assertArrayEquals(new long[] {2, 4, 14, 14}, z.shape().toArray());
    }
}
