package ondol.nn;

import java.util.Arrays;
import java.util.List;
import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.PoolOptions;
import ondol.op.Pooling;

/** The common parts of the modules that undo a maximum pooling. */
abstract sealed class UnpoolingModule extends Module permits MaxUnpool1d, MaxUnpool2d, MaxUnpool3d {
    private final int axes;
    private final long[] kernelSize;
    private final long[] stride;
    private final long[] padding;

    UnpoolingModule(int axes, long[] kernelSize, PoolOptions options) {
        String name = getClass().getSimpleName();
        PoolingLayer.check(name, axes, "kernelSize", kernelSize, options);
        if (options.ceilMode() || Arrays.stream(options.dilation()).anyMatch(d -> d != 1)) {
            throw new IllegalArgumentException(name + ": options with "
                    + (options.ceilMode() ? "ceil mode" : "a dilation of " + Arrays.toString(options.dilation()))
                    + "; only stride and padding are possible, and the output's size can be given to forward");
        }
        this.axes = axes;
        this.kernelSize = each(kernelSize);
        this.stride = options.stride().length == 0 ? this.kernelSize : each(options.stride());
        this.padding = each(options.padding());
    }

    private long[] each(long[] values) {
        long[] all = values.clone();
        if (values.length < axes) {
            all = new long[axes];
            Arrays.fill(all, values[0]);
        }
        return all;
    }

    /**
     * Computes the smallest planes that pooling of these windows could have come from: {@code (size - 1) stride - 2 padding +
     * kernel} along each axis.
     *
     * @param input what maximum pooling gave
     * @param indices the places that it gave: of the input's shape, INT64
     * @return [N, C, places...] or [C, places...]
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public final Tensor forward(Tensor input, Tensor indices) {
        return forward(input, indices, new long[0]);
    }

    /**
     * Computes planes of a size.
     *
     * @param input what maximum pooling gave
     * @param indices the places that it gave: of the input's shape, INT64
     * @param outputSize the planes' sizes along all axes, or the whole output's; less than a stride more or less than in {@link
     *     #forward(Tensor, Tensor)}
     * @return [N, C, places...] or [C, places...]
     * @throws IllegalArgumentException if shapes, types or devices do not fit
     */
    public final Tensor forward(Tensor input, Tensor indices, long... outputSize) {
        PoolingLayer.checked(name(), axes, Arguments.given(name() + ".forward", "input", input));
        long[] plane = plane(input, outputSize);
        return switch (axes) {
            case 1 -> Pooling.maxUnpool1d(input, indices, plane);
            case 2 -> Pooling.maxUnpool2d(input, indices, plane);
            default -> Pooling.maxUnpool3d(input, indices, plane);
        };
    }

    /**
     * {@link #forward(Tensor, Tensor, long...)}, with the hooks that are registered at this module.
     *
     * @param input what maximum pooling gave
     * @param indices the places that it gave: of the input's shape, INT64
     * @param outputSize the planes' sizes along all axes, or the whole output's
     * @return [N, C, places...] or [C, places...]
     */
    public final Tensor call(Tensor input, Tensor indices, long... outputSize) {
        if (!hasHooks()) {
            return forward(input, indices, outputSize);
        }
        String name = name() + ".call";
        return callWithHooks(
                        List.of(Arguments.given(name, "input", input), Arguments.given(name, "indices", indices)),
                        in -> List.of(forward(in.get(0), in.get(1), outputSize)))
                .getFirst();
    }

    private long[] plane(Tensor input, long[] outputSize) {
        long[] least = new long[axes];
        for (int i = 0; i < axes; i++) {
            long size = input.size(input.dim() - axes + i);
            least[i] = (size - 1) * stride[i] - 2 * padding[i] + kernelSize[i];
        }
        long[] plane = TransposedSizes.lasts(name(), input, axes, outputSize);
        if (plane.length == 0) {
            plane = least;
        }
        for (int i = 0; i < axes; i++) {
            long low = Math.max(1, least[i] - stride[i] + 1);
            long high = least[i] + stride[i] - 1;
            if (plane[i] < low || plane[i] > high) {
                throw TransposedSizes.outside(name(), input, plane, i, low, high);
            }
        }
        return plane;
    }

    /** As PyTorch prints it: a number for each axis. */
    @Override
    protected final String extraRepr() {
        return "kernel_size=" + Repr.of(kernelSize) + ", stride=" + Repr.of(stride) + ", padding=" + Repr.of(padding);
    }
}
