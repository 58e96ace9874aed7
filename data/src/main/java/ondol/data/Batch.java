package ondol.data;

import java.util.List;
import java.util.Objects;
import ondol.Device;
import ondol.Tensor;

/**
 * Some samples at once.
 *
 * @param inputs one or more, each [samples, ...]
 * @param target [samples, ...]
 */
public record Batch(List<Tensor> inputs, Tensor target) implements AutoCloseable {
    /**
     * A batch for a network of one or more inputs.
     *
     * @throws NullPointerException if one is null
     * @throws IllegalArgumentException if there is no input, or unless all have the same number of samples
     */
    public Batch {
        inputs = Inputs.given("Batch", inputs);
        Objects.requireNonNull(target, "Batch: the target is null; give a tensor");
        Inputs.rows("Batch", inputs, target);
    }

    /**
     * A batch for a network of one input.
     *
     * @param input [samples, ...]
     * @param target [samples, ...]
     * @throws NullPointerException if one is null
     * @throws IllegalArgumentException unless both have the same number of samples
     */
    public Batch(Tensor input, Tensor target) {
        this(Inputs.only("Batch", input), target);
    }

    /**
     * {@return the input}
     *
     * @throws IllegalStateException if there are several
     */
    public Tensor input() {
        return Inputs.only("Batch.input", inputs);
    }

    /** {@return the number of samples} */
    public int size() {
        return (int) target.size(0);
    }

    /**
     * {@return the same batch on a device; tensors that are there already are not copied}
     *
     * @param device where its tensors are wanted
     */
    public Batch to(Device device) {
        return new Batch(inputs.stream().map(t -> t.to(device)).toList(), target.to(device));
    }

    /** Gives the memory of all its tensors back now; whoever does not call it leaves that to the garbage collector. */
    @Override
    public void close() {
        inputs.forEach(Tensor::close);
        target.close();
    }
}
