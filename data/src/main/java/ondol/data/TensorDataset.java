package ondol.data;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import ondol.Device;
import ondol.Scope;
import ondol.Tensor;

/**
 * The rows of tensors; PyTorch's {@code TensorDataset}. A batch of it takes its rows at once, wherever the tensors are.
 */
public final class TensorDataset implements Dataset<Sample> {
    private final List<Tensor> inputs;
    private final Tensor targets;

    /**
     * Row i of the inputs with row i of the targets.
     *
     * @param inputs [samples, ...]
     * @param targets [samples, ...]
     * @throws IllegalArgumentException unless both have the same number of rows, at most 2^31 - 1
     */
    public TensorDataset(Tensor inputs, Tensor targets) {
        this(Inputs.only("TensorDataset", inputs), targets);
    }

    /**
     * Row i of each of several inputs with row i of the targets.
     *
     * @param inputs one or more, each [samples, ...]
     * @param targets [samples, ...]
     * @throws IllegalArgumentException if there is no input, or unless all have the same number of rows, at most 2^31 - 1
     */
    public TensorDataset(List<Tensor> inputs, Tensor targets) {
        List<Tensor> given = Inputs.given("TensorDataset", inputs);
        Objects.requireNonNull(targets, "TensorDataset: the targets are null; give a tensor");
        Inputs.rows("TensorDataset", given, targets);
        if (targets.size(0) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "TensorDataset: there are " + targets.size(0) + " samples; give at most 2^31 - 1");
        }
        this.inputs = given.stream().map(Tensor::detach).toList();
        this.targets = targets.detach();
    }

    /**
     * {@return all inputs, [samples, ...]}
     *
     * @throws IllegalStateException if each sample has several
     */
    public Tensor inputs() {
        return Inputs.only("TensorDataset.inputs", inputs);
    }

    /** {@return all targets, [samples, ...]} */
    public Tensor targets() {
        return targets;
    }

    @Override
    public int size() {
        return (int) targets.size(0);
    }

    @Override
    public Sample get(int index) {
        Objects.checkIndex(index, size());
        return new Sample(inputs.stream().map(t -> t.select(0, index)).toList(), targets.select(0, index));
    }

    @Override
    public String describe(int index) {
        return "row " + index;
    }

    /**
     * {@return the same rows on a device} It is worth it where they fit, since nothing is copied for a batch then.
     *
     * @param device where the tensors are wanted
     */
    public TensorDataset to(Device device) {
        return new TensorDataset(inputs.stream().map(t -> t.to(device)).toList(), targets.to(device));
    }

    /** Some rows, as one launch for each tensor. */
    Batch batch(int... indices) {
        long[] rows = new long[indices.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = indices[i];
        }
        List<Tensor> all = Scope.results(() -> {
            Tensor places = Tensor.tensor(rows);
            return Stream.concat(inputs.stream(), Stream.of(targets))
                    .map(t -> t.indexSelect(0, places.to(t.device())))
                    .toList();
        });
        return new Batch(all.subList(0, inputs.size()), all.getLast());
    }
}
