package ondol.spark;

import java.io.Serializable;
import ondol.data.Sample;

/**
 * What a row is to a network. It goes to the workers, so what it captures must be serializable.
 *
 * @param <T> what a row is
 */
@FunctionalInterface
public interface Encoder<T> extends Serializable {
    /**
     * The row's inputs and its target: of all rows as many, of the same types and shapes, on the CPU.
     *
     * @throws Exception if the row is not what it should be; that ends the training
     */
    Sample encode(T row) throws Exception;
}
