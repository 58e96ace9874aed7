package ondol.op;

import ondol.DType;
import ondol.Shape;
import ondol.Tensor;

/**
 * The windows of planes as columns, [N, C, H, W] to [N, C * KH * KW, windows], or the adjoint, which adds up where windows overlap.
 *
 * @param vertical the windows along H
 * @param horizontal the windows along W
 */
record Columns(PoolAxis vertical, PoolAxis horizontal, boolean isAdjoint) implements LinearMap {
    @Override
    public Tensor of(Tensor x) {
        return isAdjoint ? planes(x) : columns(x);
    }

    private Tensor columns(Tensor x) {
        long n = x.size(0);
        long rows = x.size(1) * vertical.kernel() * horizontal.kernel();
        Tensor windows = horizontal.windows(vertical.windows(x, 2, 0), 3, 0);
        return windows.permute(0, 1, 4, 5, 2, 3).clone().view(n, rows, vertical.windows() * horizontal.windows());
    }

    private Tensor planes(Tensor columns) {
        long n = columns.size(0);
        long channels = columns.size(1) / vertical.kernel() / horizontal.kernel();
        long height = vertical.size() + 2 * vertical.padding();
        long width = horizontal.size() + 2 * horizontal.padding();
        Tensor parts = columns.reshape(
                n, channels, vertical.kernel(), horizontal.kernel(), vertical.windows(), horizontal.windows());
        Tensor out = Tensor.zeros(Shape.of(n, channels, height, width), DType.FLOAT32, columns.device());
        for (long i = 0; i < vertical.kernel(); i++) {
            Tensor rows = every(out, 2, i, vertical);
            Tensor part = parts.select(2, i);
            for (long j = 0; j < horizontal.kernel(); j++) {
                every(rows, 3, j, horizontal).addInPlace(part.select(2, j));
            }
        }
        return out.slice(2, vertical.padding(), vertical.padding() + vertical.size())
                .slice(3, horizontal.padding(), horizontal.padding() + horizontal.size())
                .contiguous();
    }

    /** The places of element {@code tap} of all windows. */
    private static Tensor every(Tensor padded, int axis, long tap, PoolAxis windows) {
        long first = tap * windows.dilation();
        return padded.slice(axis, first, first + (windows.windows() - 1) * windows.stride() + 1, windows.stride());
    }

    @Override
    public LinearMap adjoint() {
        return new Columns(vertical, horizontal, !isAdjoint);
    }
}
