package ondol.data;

import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import ondol.Generator;

/**
 * A number of samples that can be asked for one by one, in any order and by several threads at once; PyTorch's map-style
 * {@code torch.utils.data.Dataset}.
 *
 * <p>A data set of one's own implements {@link #size} and {@link #get(int)}:
 *
 * <pre>{@code
 * final class Recordings implements Dataset<Sample> {
 *     public int size() { return files.size(); }
 *     public Sample get(int index) { return new Sample(load(files.get(index)), Tensor.tensor(labels[index])); }
 *     public String describe(int index) { return files.get(index).toString(); }    // for messages
 * }
 * }</pre>
 *
 * @param <S> what a sample is; {@link Sample} where it is an input with its target
 */
public interface Dataset<S> {
    /** {@return the number of samples, 0 or more} */
    int size();

    /**
     * {@return a sample} Its random parts are the same each time.
     *
     * @param index 0 up to but without {@link #size}
     */
    S get(int index);

    /**
     * {@return a sample as an epoch sees it: its random parts are drawn from a generator} By default as {@link
     * #get(int)}.
     *
     * @param index 0 up to but without {@link #size}
     * @param random a generator for this sample alone
     */
    default S get(int index, Generator random) {
        return get(index);
    }

    /**
     * {@return the name of a sample in messages: a file's name, a row's number}
     *
     * @param index 0 up to but without {@link #size}
     */
    default String describe(int index) {
        return "sample " + index;
    }

    /**
     * The samples of a list.
     *
     * @param <S> the type of a sample
     * @param samples any number; the list is copied, the samples are not
     * @return a data set in the order of the list
     */
    static <S> Dataset<S> of(List<? extends S> samples) {
        List<S> all = List.copyOf(samples);
        return new Dataset<>() {
            @Override
            public int size() {
                return all.size();
            }

            @Override
            public S get(int index) {
                return all.get(Objects.checkIndex(index, all.size()));
            }
        };
    }

    /**
     * Each sample, changed by a function when it is asked for.
     *
     * @param <T> the type of the changed samples
     * @param function makes a new sample of one, each time it is asked for; several threads may call it at once
     * @return a view of this data set, of the same size
     */
    default <T> Dataset<T> map(Function<? super S, ? extends T> function) {
        Objects.requireNonNull(function, "Dataset.map: the function is null; give one");
        return augment((sample, _) -> function.apply(sample));
    }

    /**
     * Each sample, changed at random when it is asked for: differently in each epoch, the same on each machine.
     *
     * @param <T> the type of the changed samples
     * @param function makes a new sample of one, with a generator for it alone; several threads may call it at once
     * @return a view of this data set, of the same size
     */
    default <T> Dataset<T> augment(BiFunction<? super S, ? super Generator, ? extends T> function) {
        return new MappedDataset<>(this, function);
    }

    /**
     * The samples at some places, in that order; one may occur more than once.
     *
     * @param indices places of 0 up to but without {@link #size}
     * @return a view of this data set
     * @throws IndexOutOfBoundsException if there is no such sample
     */
    default Dataset<S> subset(int... indices) {
        return new SubsetDataset<>(this, indices);
    }

    /**
     * These samples, and then those of another data set.
     *
     * @param other the samples that follow
     * @return a view of both
     * @throws ArithmeticException if they are more than 2^31 - 1 together
     */
    default Dataset<S> concat(Dataset<S> other) {
        return new ConcatDataset<>(this, other);
    }

    /**
     * Deals the samples out at random, as {@code torch.utils.data.random_split} does with the same generator.
     *
     * @param generator the source of the order, which is drawn once
     * @param sizes how many samples each part gets; together all of them
     * @return a view for each size, in the order of the sizes
     * @throws IllegalArgumentException if one is negative, or they do not add up to {@link #size}
     */
    default List<Dataset<S>> randomSplit(Generator generator, int... sizes) {
        return subsets(Order.random("randomSplit", generator, size(), sizes));
    }

    private List<Dataset<S>> subsets(int[][] places) {
        @SuppressWarnings({"unchecked", "rawtypes"})
        Dataset<S>[] parts = new Dataset[places.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = subset(places[i]);
        }
        return List.of(parts);
    }

    /**
     * Deals the samples out at random, but so that each part has about its share of each class: the samples of a class,
     * in random order, are spread evenly over the whole, and that is cut into the parts. A class of very few samples
     * may be missing in a small part; of parts of 8, 1 and 1 tenths the first has all samples of such a class.
     *
     * @param generator the source of the order, which is drawn once
     * @param labels the class of each sample, by numbers
     * @param sizes how many samples each part gets; together all of them
     * @return a view for each size, in the order of the sizes
     * @throws IllegalArgumentException if one is negative, or they do not add up to {@link #size}, or there are more or
     *     fewer labels
     */
    default List<Dataset<S>> stratifiedSplit(Generator generator, long[] labels, int... sizes) {
        if (labels.length != size()) {
            throw new IllegalArgumentException("stratifiedSplit: there are " + labels.length + " labels for " + size()
                    + " samples; give each its own");
        }
        return subsets(Order.stratified(generator, labels, sizes));
    }

    /**
     * Deals the samples out at random by fractions, as {@code random_split} does: each part gets the whole number below its
     * share, and what is left over goes to the first ones, one each.
     *
     * @param generator the source of the order, which is drawn once
     * @param fractions of 0 to 1, which add up to 1
     * @return a view for each fraction, in the order of the fractions
     * @throws IllegalArgumentException for others
     */
    default List<Dataset<S>> randomSplit(Generator generator, double... fractions) {
        return randomSplit(generator, Order.sizes(size(), fractions));
    }
}
