package ondol.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Matrix products with several row, inner and column axes: convolutions over windows that overlap, and any other layout. */
public interface WindowContract extends ContractGroup {
    /**
     * A convolution of a few samples.
     *
     * @param outputs how many windows along each spatial axis
     * @param kernel the window's sizes
     * @param flips whether windows are walked through backwards
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Convolution(
            int samples,
            int groups,
            int in,
            int out,
            long[] outputs,
            long[] kernel,
            int stride,
            int dilation,
            boolean flips) {
        int spatial() {
            return kernel.length;
        }

        private long[] imageSizes() {
            return IntStream.range(0, spatial())
                    .mapToLong(i -> (outputs[i] - 1) * stride + (kernel[i] - 1) * dilation + 1)
                    .toArray();
        }

        /** The windows [samples, groups, in, kernel..., outputs...] of images [samples, groups * in, sizes...]. */
        Layout windows() {
            long[] sizes = imageSizes();
            long[] shape = LaunchCase.concat(LaunchCase.concat(new long[] {samples, groups, in}, kernel), outputs);
            long[] strides = new long[shape.length];
            long step = 1;
            long offset = 3;
            for (int i = spatial() - 1; i >= 0; i--) {
                int axis = 3 + i;
                strides[axis] = flips ? -dilation * step : dilation * step;
                offset += flips ? (kernel[i] - 1) * dilation * step : 0;
                strides[axis + spatial()] = stride * step;
                step *= sizes[i];
            }
            for (int axis = 2; axis >= 0; axis--) {
                strides[axis] = step;
                step *= shape[axis];
            }
            return new Layout("windows", shape, strides, offset, step + 3);
        }

        /** The weights [samples, groups, out, in, kernel...], the same for all samples; flipped as the windows. */
        Layout weights() {
            long[] shape = LaunchCase.concat(new long[] {samples, groups, out, in}, kernel);
            return flips ? transposedWeights(shape) : Layout.broadcast(1, shape);
        }

        /** As for the gradient of the input: of weights [groups, in, out, kernel...], from their other end. */
        private Layout transposedWeights(long[] shape) {
            long taps = Arrays.stream(kernel).reduce(1, (a, b) -> a * b);
            long[] strides = new long[shape.length];
            strides[1] = in * out * taps;
            strides[2] = taps;
            strides[3] = out * taps;
            long step = -1;
            for (int axis = shape.length - 1; axis > 3; axis--) {
                strides[axis] = step;
                step *= shape[axis];
            }
            return new Layout("turned weights", shape, strides, taps - 1, groups * in * out * taps);
        }

        @Override
        public String toString() {
            return samples + " samples, " + groups + " groups, " + in + " to " + out + ", windows "
                    + Arrays.toString(kernel) + " at " + Arrays.toString(outputs) + ", stride " + stride
                    + ", dilation " + dilation + (flips ? ", flipped" : "");
        }
    }

    private static List<Convolution> convolutions() {
        return List.of(
                new Convolution(2, 1, 3, 5, new long[] {7, 9}, new long[] {3, 3}, 1, 1, false),
                new Convolution(2, 1, 3, 5, new long[] {7, 9}, new long[] {3, 3}, 1, 1, true),
                new Convolution(1, 1, 3, 13, new long[] {6, 35}, new long[] {7, 7}, 2, 1, false),
                new Convolution(3, 2, 2, 3, new long[] {4, 5}, new long[] {2, 3}, 3, 2, false),
                new Convolution(1, 1, 80, 14, new long[] {3, 23}, new long[] {3, 3}, 1, 1, false),
                new Convolution(1, 1, 80, 14, new long[] {3, 23}, new long[] {3, 3}, 1, 1, true),
                new Convolution(2, 3, 1, 1, new long[] {5, 40}, new long[] {3, 3}, 1, 1, false),
                new Convolution(2, 1, 4, 6, new long[] {33}, new long[] {5}, 1, 1, false),
                new Convolution(2, 1, 4, 17, new long[] {70}, new long[] {4}, 2, 3, true),
                new Convolution(2, 2, 3, 4, new long[] {3, 4, 5}, new long[] {2, 3, 2}, 1, 1, false),
                new Convolution(1, 1, 2, 3, new long[] {2, 3, 17}, new long[] {3, 1, 3}, 2, 1, true),
                new Convolution(2, 1, 9, 4, new long[] {6, 8}, new long[] {1, 1}, 2, 1, false),
                new Convolution(1, 1, 1, 1, new long[] {2, 2}, new long[] {2, 2}, 1, 1, false),
                new Convolution(4, 1, 20, 30, new long[] {7, 7}, new long[] {3, 3}, 1, 1, false),
                new Convolution(0, 1, 2, 3, new long[] {4, 4}, new long[] {3, 3}, 1, 1, false));
    }

    /** Samples and groups are batches; rows are channels, and columns places. */
    @TestFactory
    default Stream<DynamicTest> convolutionForward() {
        return convolutions().stream().map(c -> {
            long[] shape = LaunchCase.concat(new long[] {c.samples, c.groups, c.out}, c.outputs);
            Kernel kernel = new Kernel.MatMul(null, 1, 1 + c.spatial(), c.spatial());
            return test(new LaunchCase("forward: " + c, kernel, shape)
                    .tameInput(Type.F32, c.weights())
                    .tameInput(Type.F32, c.windows())
                    .output(Type.F32, Layout.contiguous(shape)));
        });
    }

    /** The gradient of weights: summed over samples and places. */
    @TestFactory
    default Stream<DynamicTest> convolutionWeights() {
        return convolutions().stream().map(c -> {
            int spatial = c.spatial();
            Layout gradient = permuted(
                    Layout.contiguous(LaunchCase.concat(new long[] {c.samples, c.groups, c.out}, c.outputs)),
                    IntStream.range(0, 3 + spatial).map(i -> i < 2 ? i + 1 : i == 2 ? 0 : i));
            Layout windows = permuted(
                    c.windows(),
                    IntStream.concat(
                            IntStream.of(1, 0),
                            IntStream.concat(
                                    IntStream.range(3 + spatial, 3 + 2 * spatial), IntStream.range(2, 3 + spatial))));
            long[] shape = LaunchCase.concat(new long[] {c.groups, c.out, c.in}, c.kernel);
            Kernel kernel = new Kernel.MatMul(null, 1, 1 + spatial, 1 + spatial);
            return test(new LaunchCase("weights: " + c, kernel, shape)
                    .tameInput(Type.F32, gradient)
                    .tameInput(Type.F32, windows)
                    .output(Type.F32, Layout.contiguous(shape)));
        });
    }

    /** Windows on the left, an epilogue, and an output whose rows and columns do not lie evenly. */
    @TestFactory
    default Stream<DynamicTest> convolutionTurnedRound() {
        return convolutions().stream().map(c -> {
            int spatial = c.spatial();
            Layout windows = permuted(
                    c.windows(),
                    IntStream.concat(
                            IntStream.of(0, 1),
                            IntStream.concat(
                                    IntStream.range(3 + spatial, 3 + 2 * spatial), IntStream.range(2, 3 + spatial))));
            Layout weights = permuted(
                    c.weights(),
                    IntStream.concat(
                            IntStream.of(0, 1), IntStream.concat(IntStream.range(3, 4 + spatial), IntStream.of(2))));
            long[] batch = {c.samples, c.groups};
            long[] shape = LaunchCase.concat(LaunchCase.concat(batch, c.outputs), new long[] {c.out});
            Expr epilogue = Expr.input(0, Type.F32).add(Expr.input(1, Type.F32));
            Kernel kernel = new Kernel.MatMul(epilogue, spatial, 1 + spatial, 1);
            Random random = new Random(c.toString().hashCode());
            return test(new LaunchCase("turned round: " + c, kernel, shape)
                    .tameInput(Type.F32, windows)
                    .tameInput(Type.F32, weights)
                    .tameInput(Type.F32, Layout.random(random, false, shape))
                    .output(Type.F32, Layout.random(random, true, shape)));
        });
    }

    /** Any layouts of any numbers of axes. */
    @TestFactory
    default Stream<DynamicTest> matMulManyAxes() {
        List<DynamicTest> tests = new ArrayList<>();
        Random random = new Random(29);
        int count = compiles() ? 20 : 60;
        for (int number = 0; number < count; number++) {
            long[] batch = axes(random, random.nextInt(3), 3);
            long[] m = axes(random, 1 + random.nextInt(3), 6);
            long[] k = axes(random, 1 + random.nextInt(3), 5);
            long[] n = axes(random, 1 + random.nextInt(3), 7);
            long[] shape = LaunchCase.concat(LaunchCase.concat(batch, m), n);
            String name = "axes " + number + ": " + Arrays.toString(m) + " x " + Arrays.toString(k) + " x "
                    + Arrays.toString(n);
            Kernel kernel = new Kernel.MatMul(
                    number % 3 == 0 ? Expr.input(0, Type.F32).neg() : null, m.length, k.length, n.length);
            tests.add(test(new LaunchCase(name, kernel, shape)
                    .input(Type.F32, Layout.random(random, false, LaunchCase.concat(LaunchCase.concat(batch, m), k)))
                    .input(Type.F32, Layout.random(random, false, LaunchCase.concat(LaunchCase.concat(batch, k), n)))
                    .output(Type.F32, Layout.random(random, true, shape))));
        }
        return tests.stream();
    }

    private static long[] axes(Random random, int count, int most) {
        long[] sizes = new long[count];
        Arrays.setAll(sizes, i -> random.nextInt(40) == 0 ? 0 : 1 + random.nextInt(most));
        return sizes;
    }

    private static Layout permuted(Layout layout, IntStream axes) {
        int[] order = axes.toArray();
        return new Layout(
                layout.name(),
                Arrays.stream(order).mapToLong(a -> layout.shape()[a]).toArray(),
                Arrays.stream(order).mapToLong(a -> layout.strides()[a]).toArray(),
                layout.offset(),
                layout.length());
    }
}
