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
     * Makes a row's inputs and its target: of all rows as many, of the same types and shapes.
     *
     * @param row from the data; to be left as it is
     * @return inputs and target, on the CPU
     * @throws Exception if the row is not what it should be; that ends the training
     */
    Sample encode(T row) throws Exception;
}
