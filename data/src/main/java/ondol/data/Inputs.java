package ondol.data;

import java.util.List;
import java.util.Objects;
import ondol.Tensor;

/** The inputs of a sample, a batch or a data set: one, or several. */
final class Inputs {
    private Inputs() {}

    /** A copy, of one or more. */
    static List<Tensor> given(String who, List<Tensor> inputs) {
        Objects.requireNonNull(inputs, () -> who + ": the inputs are null; give a list of tensors");
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException(who + ": there is no input; give one or more");
        }
        for (int i = 0; i < inputs.size(); i++) {
            int at = i;
            Objects.requireNonNull(inputs.get(i), () -> who + ": input " + at + " is null; give a tensor");
        }
        return List.copyOf(inputs);
    }

    /** A list of one. */
    static List<Tensor> only(String who, Tensor input) {
        return List.of(Objects.requireNonNull(input, () -> who + ": the input is null; give a tensor"));
    }

    /** The input where there is but one. */
    static Tensor only(String who, List<Tensor> inputs) {
        if (inputs.size() > 1) {
            throw new IllegalStateException(who + ": there are " + inputs.size() + " inputs; ask for inputs()");
        }
        return inputs.getFirst();
    }

    /** Refuses inputs that have not as many rows as the target. */
    static void rows(String who, List<Tensor> inputs, Tensor target) {
        for (Tensor input : inputs) {
            if (input.dim() == 0 || target.dim() == 0 || input.size(0) != target.size(0)) {
                throw new IllegalArgumentException(who + ": the input is " + input.shape() + " and the target "
                        + target.shape() + "; the first size of both is the number of samples, which must be the same");
            }
        }
    }
}
