package ondol.data;

import java.util.Objects;
import java.util.function.BiFunction;
import ondol.Generator;

/** The samples of one data set, and then those of another. */
record ConcatDataset<S>(Dataset<S> first, Dataset<S> second) implements Dataset<S> {
    ConcatDataset {
        Objects.requireNonNull(second, "Dataset.concat: the other data set is null; give one");
        Math.addExact(first.size(), second.size());
    }

    @Override
    public int size() {
        return first.size() + second.size();
    }

    private <R> R at(int index, BiFunction<Dataset<S>, Integer, R> what) {
        Objects.checkIndex(index, size());
        return index < first.size() ? what.apply(first, index) : what.apply(second, index - first.size());
    }

    @Override
    public S get(int index) {
        return at(index, Dataset::get);
    }

    @Override
    public S get(int index, Generator random) {
        return at(index, (dataset, i) -> dataset.get(i, random));
    }

    @Override
    public String describe(int index) {
        return at(index, Dataset::describe);
    }
}
