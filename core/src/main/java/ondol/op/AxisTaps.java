package ondol.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.Fused;
import ondol.Shape;
import ondol.Tensor;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * Along one axis, weighted sums of elements chosen by their places: {@code out[o] = sum over t of weights[t][o] *
 * in[places[t][o]]}, added in the order of t.
 *
 * @param size the axis's size
 * @param weights null if there is one place for each element, with weight 1
 */
@SuppressWarnings("ArrayRecordComponent")
record AxisTaps(long size, long[][] places, float @Nullable [][] weights) {
    private static final Kernel.Map TWO = new Kernel.Map(sum(2));
    private static final Kernel.Map FOUR = new Kernel.Map(sum(4));

    private static Expr sum(int taps) {
        Expr sum = Expr.input(0, Type.F32).mul(Expr.input(taps, Type.F32));
        for (int t = 1; t < taps; t++) {
            sum = sum.add(Expr.input(t, Type.F32).mul(Expr.input(taps + t, Type.F32)));
        }
        return sum;
    }

    /** The elements at places, without weights. */
    static AxisTaps of(long size, long[] places) {
        return new AxisTaps(size, new long[][] {places}, null);
    }

    Tensor of(Tensor x, int axis) {
        if (weights == null) {
            return x.indexSelect(axis, vector(x, places[0]));
        }
        List<Tensor> inputs = new ArrayList<>();
        for (long[] tap : places) {
            inputs.add(x.indexSelect(axis, vector(x, tap)));
        }
        for (float[] weight : weights) {
            inputs.add(column(x, axis, weight));
        }
        return Fused.map(weights.length == 2 ? TWO : FOUR, inputs);
    }

    /** The adjoint: each element goes to the places it was made of. */
    Tensor adjoint(Tensor g, int axis) {
        long[] sizes = g.shape().toArray();
        sizes[axis] = size;
        Tensor out = Tensor.zeros(Shape.of(sizes), g.dtype(), g.device());
        for (int t = 0; t < places.length; t++) {
            Tensor part = weights == null ? g : g.mul(column(g, axis, weights[t]));
            Tensor indices = alongAxis(vector(g, places[t]), axis, g.dim()).expandAs(g);
            out = out.scatterAdd(axis, indices, part);
        }
        return out;
    }

    private static Tensor vector(Tensor like, long[] values) {
        return Tensor.tensor(values).to(like.device());
    }

    private static Tensor column(Tensor like, int axis, float[] values) {
        return alongAxis(Tensor.tensor(values).to(like.device()), axis, like.dim());
    }

    private static Tensor alongAxis(Tensor vector, int axis, int axes) {
        long[] sizes = new long[axes];
        Arrays.fill(sizes, 1);
        sizes[axis] = vector.numel();
        return vector.reshape(sizes);
    }

    /** Taps along each of the last axes; null where an axis stays as it is. */
    static LinearMap along(@Nullable AxisTaps[] lasts) {
        return new Along(lasts, false);
    }

    private record Along(@Nullable AxisTaps[] lasts, boolean isAdjoint) implements LinearMap {
        @Override
        public Tensor of(Tensor x) {
            Tensor out = x;
            for (int i = 0; i < lasts.length; i++) {
                AxisTaps taps = lasts[isAdjoint ? lasts.length - 1 - i : i];
                int axis = x.dim() - (isAdjoint ? i + 1 : lasts.length - i);
                if (taps != null) {
                    out = isAdjoint ? taps.adjoint(out, axis) : taps.of(out, axis);
                }
            }
            return out == x ? x.clone() : out;
        }

        @Override
        public LinearMap adjoint() {
            return new Along(lasts, !isAdjoint);
        }
    }
}
