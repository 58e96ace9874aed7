package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import ondol.autograd.Autograd;
import ondol.op.ConvOptions;
import ondol.op.Convolution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

    /**
     * The convolutions of the benchmarks, with fewer samples and channels: the most memory in use by that of what goes in and
     * comes out. Sizes of buffers are rounded up, which is part of it; without padding there is nothing else.
     *
     * @param forward at most, for the result
     * @param backward at most, for both gradients
     */
    private record Filter(
            int in, int out, int size, int kernel, int stride, int groups, double forward, double backward) {}

    static Stream<Filter> filters() {
        return Stream.of(
                new Filter(8, 8, 56, 3, 1, 1, 1.65, 1.5),
                new Filter(3, 8, 112, 7, 2, 1, 1.8, 1.6),
                new Filter(16, 4, 56, 1, 1, 1, 1.1, 1.1),
                new Filter(8, 8, 56, 3, 1, 8, 1.65, 1.5),
                new Filter(4, 8, 32, 3, 1, 1, 1.45, 1.65));
    }

    @ParameterizedTest
    @MethodSource("filters")
    void memoryBesideInputsAndOutputs(Filter f) {
        CountingBackend backend = new CountingBackend(64L * MB);
        Device device = backend.device("filters");
        Tensor x = Tensor.ones(2, f.in, f.size, f.size).to(device).requiresGrad(true);
        Tensor w = Tensor.ones(f.out, f.in / f.groups, f.kernel, f.kernel)
                .to(device)
                .requiresGrad(true);
        ConvOptions options =
                new ConvOptions().stride(f.stride).padding(f.kernel / 2).groups(f.groups);
        backend.mostInUse();
        Tensor y = Convolution.conv2d(x, w, null, options);
        double forward = (double) backend.mostInUse() / bytes(x, w, y);
        Tensor g = Tensor.ones(y.shape().toArray()).to(device);
        List<Tensor> both = Autograd.grad(List.of(y), List.of(x, w), List.of(g), false, false);
        long rest = bytes(y); // the result is still there
        double backward = (double) (backend.mostInUse() - rest) / bytes(x, w, g, both.get(0), both.get(1));
        assertTrue(forward <= f.forward, f + ": " + forward + " forward, " + backward + " backward");
        assertTrue(backward <= f.backward, f + ": " + backward + " backward");
    }

    private static long bytes(Tensor... tensors) {
        return Stream.of(tensors).mapToLong(t -> t.numel() * Float.BYTES).sum();
    }
}
