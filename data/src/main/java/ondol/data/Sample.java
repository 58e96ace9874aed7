package ondol.data;

import java.util.Objects;
import java.util.function.UnaryOperator;
import ondol.Tensor;

/**
 * What a network is given, and what it should answer.
 *
 * @param input any tensor, of the same shape for all samples of a data set
 * @param target the same; a class's number is a scalar of INT64
 */
public record Sample(Tensor input, Tensor target) {
    /**
     * A sample of two tensors.
     *
     * @throws NullPointerException if one is null
     */
    public Sample {
        Objects.requireNonNull(input, "Sample: the input is null; give a tensor");
        Objects.requireNonNull(target, "Sample: the target is null; give a tensor");
    }

    /** The same sample with another input. */
    public Sample withInput(UnaryOperator<Tensor> change) {
        return new Sample(change.apply(input), target);
    }

    /** The same sample with another target. */
    public Sample withTarget(UnaryOperator<Tensor> change) {
        return new Sample(input, change.apply(target));
    }
}
