package ondol.data;

import java.util.Objects;
import java.util.function.BiFunction;
import ondol.Generator;

/** Samples that are changed when they are asked for. */
record MappedDataset<S, T>(Dataset<S> source, BiFunction<? super S, ? super Generator, ? extends T> function)
        implements Dataset<T> {
    MappedDataset {
        Objects.requireNonNull(function, "Dataset.augment: the function is null; give one");
    }

    @Override
    public int size() {
        return source.size();
    }

    @Override
    public T get(int index) {
        return get(index, new Generator(index));
    }

    @Override
    public T get(int index, Generator random) {
        return function.apply(source.get(index, random), random);
    }

    @Override
    public String describe(int index) {
        return source.describe(index);
    }
}
