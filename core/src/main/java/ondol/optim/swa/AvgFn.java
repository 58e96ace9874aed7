package ondol.optim.swa;

import java.util.List;
import ondol.Tensor;

/**
 * How averages take in new values; PyTorch's {@code multi_avg_fn}. {@link SwaUtils} has the usual ones. One of one's own may be in
 * tensor operations:
 *
 * <pre>{@code
 * AvgFn half = (averaged, current, n) -> {
 *     for (int i = 0; i < averaged.size(); i++) {
 *         averaged.get(i).addInPlace(current.get(i)).mulInPlace(0.5);
 *     }
 * };
 * }</pre>
 */
@FunctionalInterface
public interface AvgFn {
    /**
     * Changes the averages. Nothing is recorded meanwhile. The first values of all become the averages without this.
     *
     * @param averaged the averages, FLOAT32, of buffers also INT64; they are overwritten
     * @param current the new values, each of its average's type, shape and device; they are left alone
     * @param numAveraged how many values the averages are of, 1 or more
     */
    void update(List<Tensor> averaged, List<Tensor> current, long numAveraged);
}
