package ondol.op;

import ondol.Shape;
import ondol.Tensor;

/**
 * The last axes longer by {@code low} in front and {@code high} at the end, where a value stands; shorter, where these are
 * negative. The adjoint takes away what was added, and puts zeros where something was taken away.
 */
@SuppressWarnings("ArrayRecordComponent")
record ConstantPadding(long[] low, long[] high, double value) implements LinearMap {
    @Override
    public Tensor of(Tensor x) {
        long[] sizes = x.shape().toArray();
        int first = sizes.length - low.length;
        for (int i = 0; i < low.length; i++) {
            sizes[first + i] += low[i] + high[i];
        }
        Tensor out = Tensor.empty(Shape.of(sizes), x.dtype(), x.device());
        Tensor from = x;
        Tensor place = out;
        for (int i = 0; i < low.length; i++) {
            int axis = first + i;
            long before = Math.max(0, low[i]);
            long end = sizes[axis] - Math.max(0, high[i]);
            if (before > 0) {
                place.slice(axis, 0, before).fill(value);
            }
            if (end < sizes[axis]) {
                place.slice(axis, end, sizes[axis]).fill(value);
            }
            place = place.slice(axis, before, end);
            from = from.slice(axis, Math.max(0, -low[i]), x.size(axis) - Math.max(0, -high[i]));
        }
        place.copyFrom(from);
        return out;
    }

    @Override
    public LinearMap adjoint() {
        return new ConstantPadding(negative(low), negative(high), 0);
    }

    private static long[] negative(long[] values) {
        long[] out = values.clone();
        for (int i = 0; i < out.length; i++) {
            out[i] = -out[i];
        }
        return out;
    }
}
