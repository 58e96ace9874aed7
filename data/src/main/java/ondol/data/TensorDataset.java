package ondol.data;

import java.util.List;
import java.util.Objects;
import ondol.Device;
import ondol.Scope;
import ondol.Tensor;

/**
 * The rows of two tensors; PyTorch's {@code TensorDataset}. A batch of it takes its rows at once, wherever the tensors are.
 */
public final class TensorDataset implements Dataset<Sample> {
    private final Tensor inputs;
    private final Tensor targets;

    /**
     * Row i of the inputs with row i of the targets.
     *
     * @param inputs [samples, ...]
     * @param targets [samples, ...]
     * @throws IllegalArgumentException unless both have the same number of rows, at most 2^31 - 1
     */
    public TensorDataset(Tensor inputs, Tensor targets) {
        Objects.requireNonNull(inputs, "TensorDataset: the inputs are null; give a tensor");
        Objects.requireNonNull(targets, "TensorDataset: the targets are null; give a tensor");
        if (inputs.dim() == 0
                || targets.dim() == 0
                || inputs.size(0) != targets.size(0)
                || inputs.size(0) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("TensorDataset: the inputs are " + inputs.shape() + " and the targets "
                    + targets.shape() + "; the first size of both is the number of samples, which must be the same");
        }
        this.inputs = inputs.detach();
        this.targets = targets.detach();
    }

    /** All inputs, [samples, ...]. */
    public Tensor inputs() {
        return inputs;
    }

    /** All targets, [samples, ...]. */
    public Tensor targets() {
        return targets;
    }

    @Override
    public int size() {
        return (int) inputs.size(0);
    }

    @Override
    public Sample get(int index) {
        Objects.checkIndex(index, size());
        return new Sample(inputs.select(0, index), targets.select(0, index));
    }

    @Override
    public String describe(int index) {
        return "row " + index;
    }

    /** The same rows on a device: worth it where they fit, since nothing is copied for a batch then. */
    public TensorDataset to(Device device) {
        return new TensorDataset(inputs.to(device), targets.to(device));
    }

    /** Some rows, as one launch for each tensor. */
    Batch batch(int... indices) {
        long[] rows = new long[indices.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = indices[i];
        }
        List<Tensor> both = Scope.results(() -> {
            Tensor places = Tensor.tensor(rows);
            return List.of(
                    inputs.indexSelect(0, places.to(inputs.device())),
                    targets.indexSelect(0, places.to(targets.device())));
        });
        return new Batch(both.get(0), both.get(1));
    }
}
