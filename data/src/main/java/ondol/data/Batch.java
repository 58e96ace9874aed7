package ondol.data;

import java.util.Objects;
import ondol.Device;
import ondol.Tensor;

/**
 * Some samples at once.
 *
 * @param input [samples, ...]
 * @param target [samples, ...]
 */
public record Batch(Tensor input, Tensor target) implements AutoCloseable {
    /**
     * A batch of two tensors.
     *
     * @throws NullPointerException if one is null
     * @throws IllegalArgumentException unless both have the same number of samples
     */
    public Batch {
        Objects.requireNonNull(input, "Batch: the input is null; give a tensor");
        Objects.requireNonNull(target, "Batch: the target is null; give a tensor");
        if (input.dim() == 0 || target.dim() == 0 || input.size(0) != target.size(0)) {
            throw new IllegalArgumentException("Batch: the input is " + input.shape() + " and the target "
                    + target.shape() + "; the first size of both is the number of samples, which must be the same");
        }
    }

    /** The number of samples. */
    public int size() {
        return (int) input.size(0);
    }

    /** The same batch on a device; itself if it is there. */
    public Batch to(Device device) {
        return new Batch(input.to(device), target.to(device));
    }

    /** Gives the memory of both tensors back now; whoever does not call it leaves that to the garbage collector. */
    @Override
    public void close() {
        input.close();
        target.close();
    }
}
