package ondol.data;

import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import ondol.Tensor;

/**
 * A network's input, and the answer it should give.
 *
 * @param inputs any tensors, as many and of the same shapes for all samples of a data set
 * @param target any tensor, the same; a class's number is a scalar of INT64
 */
public record Sample(List<Tensor> inputs, Tensor target) {
    /**
     * A sample for a network of one or more inputs.
     *
     * @throws NullPointerException if one is null
     * @throws IllegalArgumentException if there is no input
     */
    public Sample {
        inputs = Inputs.given("Sample", inputs);
        Objects.requireNonNull(target, "Sample: the target is null; give a tensor");
    }

    /**
     * A sample for a network of one input.
     *
     * @param input of the same shape for all samples of a data set
     * @param target the answer that is wanted
     * @throws NullPointerException if one is null
     */
    public Sample(Tensor input, Tensor target) {
        this(Inputs.only("Sample", input), target);
    }

    /**
     * {@return the input}
     *
     * @throws IllegalStateException if there are several
     */
    public Tensor input() {
        return Inputs.only("Sample.input", inputs);
    }

    /**
     * {@return the same sample with another input}
     *
     * @param change makes the new input of the present one
     * @throws IllegalStateException if there are several
     */
    public Sample withInput(UnaryOperator<Tensor> change) {
        return new Sample(change.apply(input()), target);
    }

    /**
     * {@return the same sample with another target}
     *
     * @param change makes the new target of the present one
     */
    public Sample withTarget(UnaryOperator<Tensor> change) {
        return new Sample(inputs, change.apply(target));
    }
}
