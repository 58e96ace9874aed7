package ondol.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import ondol.Generator;
import ondol.Scope;
import ondol.Tensor;
import ondol.autograd.Autograd;

/** How a batch is made of the samples at some places. */
interface Collation<B> {
    /**
     * Makes a batch.
     *
     * @param seed what the generators of all samples of this epoch come from
     */
    B batch(int[] places, long seed);

    /** By stacking each of the inputs, and the targets. */
    static Collation<Batch> stacking(Dataset<Sample> dataset) {
        if (dataset instanceof TensorDataset tensors) {
            return (places, _) -> tensors.batch(places);
        }
        if (dataset instanceof SubsetDataset<Sample> part && part.source() instanceof TensorDataset tensors) {
            return (places, _) -> tensors.batch(part.places(places));
        }
        return (places, seed) -> {
            List<Tensor> all = Scope.results(() -> {
                try (var _ = Autograd.noGrad()) {
                    return stack(dataset, places, samples(dataset, places, seed));
                }
            });
            return new Batch(all.subList(0, all.size() - 1), all.getLast());
        };
    }

    /** Each input of all samples, and the target. */
    private static List<Tensor> stack(Dataset<Sample> dataset, int[] places, List<Sample> samples) {
        int inputs = samples.getFirst().inputs().size();
        for (int i = 0; i < places.length; i++) {
            if (samples.get(i).inputs().size() != inputs) {
                throw new IllegalArgumentException("DataLoader: " + dataset.describe(places[0]) + " has " + inputs
                        + " inputs, " + dataset.describe(places[i]) + " has "
                        + samples.get(i).inputs().size() + "; give all samples as many");
            }
        }
        List<Tensor> all = new ArrayList<>();
        for (int i = 0; i < inputs; i++) {
            int at = i;
            String what = inputs == 1 ? "input" : "input " + i;
            all.add(stack(
                    dataset, places, samples, what, sample -> sample.inputs().get(at)));
        }
        all.add(stack(dataset, places, samples, "target", Sample::target));
        return all;
    }

    /** By a function of the program's. */
    static <S, B> Collation<B> by(Dataset<S> dataset, Function<? super List<S>, ? extends B> function) {
        return (places, seed) -> {
            List<S> samples = samples(dataset, places, seed);
            try {
                return function.apply(samples);
            } catch (RuntimeException e) {
                throw new DataLoaderException(
                        "DataLoader: the batch of " + dataset.describe(places[0]) + " and " + (places.length - 1)
                                + " more cannot be put together: " + e.getMessage(),
                        e);
            }
        };
    }

    private static <S> List<S> samples(Dataset<S> dataset, int[] places, long seed) {
        List<S> samples = new ArrayList<>(places.length);
        for (int place : places) {
            try {
                samples.add(dataset.get(place, generator(seed, place)));
            } catch (RuntimeException e) {
                throw new DataLoaderException(
                        "DataLoader: " + dataset.describe(place) + " cannot be read: " + e.getMessage(), e);
            }
        }
        return samples;
    }

    /** A sample's own, whoever asks for it and when. The mixing is that of SplittableRandom (Steele et al., 2014). */
    private static Generator generator(long seed, int place) {
        long z = seed + (place + 1L) * 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return new Generator((z ^ (z >>> 31)) & 0xffffffffL);
    }

    private static Tensor stack(
            Dataset<Sample> dataset, int[] places, List<Sample> samples, String what, Function<Sample, Tensor> part) {
        Tensor[] tensors = new Tensor[places.length];
        for (int i = 0; i < tensors.length; i++) {
            tensors[i] = part.apply(samples.get(i));
            if (!tensors[i].shape().equals(tensors[0].shape()) || tensors[i].dtype() != tensors[0].dtype()) {
                String first = text(tensors[0]);
                String other = text(tensors[i]);
                throw new IllegalArgumentException(
                        "DataLoader: the " + what + " of " + dataset.describe(places[0])
                                + " is " + first + ", that of " + dataset.describe(places[i]) + " is " + other
                                + "; bring them to one shape and type, or give DataLoader.of a function that puts them together");
            }
        }
        return Tensor.stack(0, tensors);
    }

    private static String text(Tensor t) {
        return t.dtype() + " of shape " + t.shape();
    }
}
