package ondol.data;

import java.util.Objects;
import java.util.function.BiFunction;
import ondol.Generator;
import ondol.Tensor;

/**
 * Changes a sample's input, at random or not; see {@link Transforms}. It is also what {@link Dataset#augment} takes:
 *
 * <pre>{@code train.augment(Transforms.randomCrop(32, 32, 4).then(Transforms.randomHorizontalFlip(0.5))) }</pre>
 */
@FunctionalInterface
@SuppressWarnings("FunctionalInterfaceMethodChanged") // a sample is not a tensor: nobody means the other apply
public interface Transform extends BiFunction<Sample, Generator, Sample> {
    /**
     * {@return the changed input, a new tensor or a view}
     *
     * @param x the input; it is not changed in place
     * @param random where all that is random in it comes from
     */
    Tensor apply(Tensor x, Generator random);

    @Override
    @SuppressWarnings(
            "FunctionalInterfaceMethodChanged") // a lambda is a function of the input; that of samples follows
    default Sample apply(Sample sample, Generator random) {
        return sample.withInput(x -> apply(x, random));
    }

    /**
     * {@return this change, and then another}
     *
     * @param next the change of the input that this one gives
     */
    default Transform then(Transform next) {
        Objects.requireNonNull(next, "Transform.then: the next one is null; give a transform");
        return (x, random) -> next.apply(apply(x, random), random);
    }
}
