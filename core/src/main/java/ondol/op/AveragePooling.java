package ondol.op;

import java.util.List;
import ondol.Tensor;

/**
 * The averages of windows over the last axes, one axis after the other, the last first.
 *
 * @param divisor what the sums are divided by; 0 for the number of elements
 */
record AveragePooling(List<PoolAxis> axes, boolean includePadding, long divisor, boolean isAdjoint)
        implements LinearMap {
    @Override
    public Tensor of(Tensor x) {
        int first = x.dim() - axes.size();
        if (isAdjoint) {
            Tensor out = divided(x);
            for (int i = 0; i < axes.size(); i++) {
                out = axes.get(i).spread(out, first + i);
            }
            return out.contiguous();
        }
        Tensor out = x;
        for (int i = axes.size() - 1; i >= 0; i--) {
            out = axes.get(i).sums(out, first + i);
        }
        return divided(out);
    }

    private Tensor divided(Tensor sums) {
        if (divisor > 0) {
            return sums.div((double) divisor);
        }
        if (sums.numel() == 0) { // whose windows may be more than a list holds
            return sums.contiguous();
        }
        float[] counts = {1};
        long[] sizes = new long[axes.size()];
        for (int i = 0; i < sizes.length; i++) {
            PoolAxis axis = axes.get(i);
            sizes[i] = axis.windows();
            int windows = Math.toIntExact(sizes[i]);
            float[] before = counts;
            float[] product = new float[Math.multiplyExact(before.length, windows)];
            for (int at = 0; at < product.length; at++) {
                product[at] = before[at / windows] * axis.count(at % windows, includePadding);
            }
            counts = product;
        }
        for (float count : counts) {
            if (count != counts[0]) {
                return sums.div(Tensor.tensor(counts).to(sums.device()).reshape(sizes));
            }
        }
        return sums.div((double) counts[0]);
    }

    @Override
    public LinearMap adjoint() {
        return new AveragePooling(axes, includePadding, divisor, !isAdjoint);
    }
}
