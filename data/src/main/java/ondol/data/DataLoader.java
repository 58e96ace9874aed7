package ondol.data;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Batches of a data set, epoch by epoch: each {@code for} loop over it is one; PyTorch's {@code torch.utils.data.DataLoader}.
 *
 * <pre>{@code
 * DataLoader<Batch> loader = DataLoader.of(train).batchSize(64).shuffle(new Generator(1)).prefetch(2);
 * for (int epoch = 0; epoch < 10; epoch++) {
 *     for (Batch batch : loader) { ... }
 * }
 * }</pre>
 *
 * <p>The order comes from a generator, as in PyTorch: with the same seed and settings, the batches of all epochs are those of
 * PyTorch's loader. The randomness of a sample comes from a generator of its own, which depends on the epoch and the sample's
 * place alone, so that a batch does not depend on who makes it and when. {@link #state} is a place in the middle of an epoch,
 * from which {@link #loadState} goes on.
 *
 * <p>A loader is for one thread at a time. With {@link #prefetch}, samples are asked for by several threads at once.
 *
 * @param <B> what a batch is
 */
public final class DataLoader<B> implements Iterable<B> {
    private final int samples;
    private final Collation<B> collation;
    private int batchSize = 1;
    private boolean shuffle;
    private boolean dropLast;
    private int prefetch;
    private int firstPart;
    private int endPart = 1;
    private int parts = 1;
    private @Nullable Device device;
    private @Nullable Generator generator;

    private @Nullable Epoch current;
    private @Nullable State resumed;

    private DataLoader(int samples, Collation<B> collation) {
        this.samples = samples;
        this.collation = collation;
    }

    /**
     * Batches in which the samples' inputs and targets are stacked, each along a new first axis.
     *
     * @param dataset the samples; those of a batch need the same shapes and types
     * @return a loader of all samples, in their order and one at a time until it is set otherwise
     */
    public static DataLoader<Batch> of(Dataset<Sample> dataset) {
        Objects.requireNonNull(dataset, "DataLoader.of: the data set is null; give one");
        return new DataLoader<>(dataset.size(), Collation.stacking(dataset));
    }

    /**
     * Batches that a function makes of a list of samples.
     *
     * @param <S> the type of a sample
     * @param <B> the type of a batch
     * @param dataset the samples
     * @param collate makes a batch of its samples, which are in the epoch's order; with {@link #prefetch} several
     *     threads call it at once
     * @return a loader of all samples, in their order and one at a time until it is set otherwise
     */
    public static <S, B> DataLoader<B> of(Dataset<S> dataset, Function<? super List<S>, ? extends B> collate) {
        Objects.requireNonNull(dataset, "DataLoader.of: the data set is null; give one");
        Objects.requireNonNull(collate, "DataLoader.of: the function is null; give one");
        return new DataLoader<>(dataset.size(), Collation.by(dataset, collate));
    }

    // ---- settings

    /**
     * Sets how many samples a batch has, 1 by default; the last of an epoch may have fewer.
     *
     * @param size 1 or more
     * @return this loader
     * @throws IllegalArgumentException if it is below 1
     */
    public DataLoader<B> batchSize(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("DataLoader.batchSize: " + size + "; a batch has one sample or more");
        }
        batchSize = size;
        return this;
    }

    /**
     * Has each epoch go through the samples in a new random order, which this generator decides.
     *
     * @param random the source of the orders, and of all else that is random, as with {@link #generator}
     * @return this loader
     */
    public DataLoader<B> shuffle(Generator random) {
        generator(random);
        shuffle = true;
        return this;
    }

    /**
     * The same with {@link Ondol#generator}, which {@link Ondol#manualSeed} seeds.
     *
     * @return this loader
     */
    public DataLoader<B> shuffle() {
        shuffle = true;
        return this;
    }

    /**
     * Sets where all that is random comes from, also where the order is not; by default {@link Ondol#generator}.
     *
     * @param random the source, which each epoch advances
     * @return this loader
     */
    public DataLoader<B> generator(Generator random) {
        generator = Objects.requireNonNull(random, "DataLoader: the generator is null; give one");
        return this;
    }

    /**
     * Leaves a last batch out that has fewer samples than the others.
     *
     * @param drop false, the default, keeps it
     * @return this loader
     */
    public DataLoader<B> dropLast(boolean drop) {
        dropLast = drop;
        return this;
    }

    /**
     * Sets how many batches are made ahead, on virtual threads, while the program works on the one that it has; 0, the
     * default, makes each when it is asked for.
     *
     * @param batches 0 or more
     * @return this loader
     * @throws IllegalArgumentException if it is negative
     */
    public DataLoader<B> prefetch(int batches) {
        if (batches < 0) {
            throw new IllegalArgumentException("DataLoader.prefetch: " + batches + "; give 0 or more batches");
        }
        prefetch = batches;
        return this;
    }

    /**
     * Brings batches to a device, those that are made ahead while the device works. For batches of {@link Batch} or
     * {@link Tensor}; others fail when they are made.
     *
     * @param to where batches are wanted; by default they stay where the samples are
     * @return this loader
     */
    public DataLoader<B> device(Device to) {
        device = Objects.requireNonNull(to, "DataLoader.device: it is null; give one");
        return this;
    }

    /**
     * Has each batch hold only a part of its samples, as one of several workers that share a batch wants it: cut into
     * so many parts, the samples of a batch of n from {@code n first / of} to {@code n end / of}, rounded down. Order,
     * places and {@link #state} stay those of the whole. A part that would have no samples has one, which is not this
     * worker's.
     *
     * @param first the first of this worker's parts, from 0
     * @param end the part after its last one
     * @param of the number of parts of a batch, 1 by default
     * @return this loader
     * @throws IllegalArgumentException unless {@code 0 <= first < end <= of}
     */
    public DataLoader<B> part(int first, int end, int of) {
        if (first < 0 || first >= end || end > of) {
            throw new IllegalArgumentException("DataLoader.part: parts " + first + " up to " + end + " of " + of
                    + "; give parts from 0 on, one or more, that there are");
        }
        firstPart = first;
        endPart = end;
        parts = of;
        return this;
    }

    // ---- use

    /**
     * {@return the number of samples of a batch, with those that {@link #part} leaves to others}
     *
     * @param batch its number in the epoch, from 0
     * @throws IndexOutOfBoundsException if there is no such batch
     */
    public int size(int batch) {
        Objects.checkIndex(batch, size());
        return (int) Math.min(batchSize, samples - (long) batch * batchSize);
    }

    /** {@return the number of batches of an epoch, without a smaller last one if {@link #dropLast} is set} */
    public int size() {
        return dropLast ? samples / batchSize : (int) (((long) samples + batchSize - 1) / batchSize);
    }

    /** {@return the number of samples of the data set} */
    public int samples() {
        return samples;
    }

    /** Begins an epoch; or goes on with one after {@link #loadState}. */
    @Override
    public Iterator<B> iterator() {
        State from = resumed;
        resumed = null;
        Epoch epoch =
                from == null || from.isBetweenEpochs() ? new Epoch(source().getState(), source(), 0) : resume(from);
        current = epoch;
        return epoch;
    }

    private Generator source() {
        return generator == null ? Ondol.generator() : generator;
    }

    private Epoch resume(State from) {
        Generator past = new Generator();
        past.setState(from.epochStart);
        return new Epoch(from.epochStart, past, from.batches);
    }

    /**
     * A place between two batches.
     *
     * @param epochStart the generator's state before the epoch began, as {@link Generator#getState} gives it
     * @param now its state at this place
     * @param batches how many batches of the epoch have been handed out
     * @param samples how many samples the data set has
     * @param batchSize how many samples a batch has
     * @param shuffles whether the order is random
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record State(byte[] epochStart, byte[] now, int batches, int samples, int batchSize, boolean shuffles) {
        /** Checks nothing that {@link DataLoader#loadState} does not. */
        public State {
            epochStart = epochStart.clone();
            now = now.clone();
        }

        /** Whether nothing of the epoch has been drawn yet. */
        private boolean isBetweenEpochs() {
            return batches == 0 && Arrays.equals(epochStart, now);
        }
    }

    /** {@return the place of the loader: in the epoch that was begun last, or before the first} */
    public State state() {
        byte[] now = source().getState();
        if (resumed != null) {
            return resumed;
        }
        if (current != null && current.hasNext()) { // which draws what is drawn at the end of an epoch
            return state(current.start, now, current.at);
        }
        now = source().getState();
        return state(now, now, 0);
    }

    private State state(byte[] start, byte[] now, int batches) {
        return new State(start, now, batches, samples, batchSize, shuffle);
    }

    /**
     * Goes to a place: the next epoch is the rest of the one that was going on there, with the batches that were still
     * to come.
     *
     * @param state a place that {@link #state} gave, of a loader with the same settings
     * @throws IllegalArgumentException if there is no such place in an epoch of this data set; nothing has changed then
     */
    public void loadState(State state) {
        if (state.samples != samples || state.batchSize != batchSize || state.shuffles != shuffle) {
            throw new IllegalArgumentException(
                    "DataLoader.loadState: the place is of " + text(state.samples, state.batchSize, state.shuffles)
                            + ", this loader is of " + text(samples, batchSize, shuffle)
                            + "; load it with the data set and the settings it was saved with");
        }
        if (state.batches < 0 || state.batches > size()) {
            throw new IllegalArgumentException("DataLoader.loadState: the place is after batch " + state.batches
                    + ", but an epoch has " + size() + "; load it with the dropLast it was saved with");
        }
        new Generator().setState(state.epochStart);
        source().setState(state.now);
        resumed = state;
        current = null;
    }

    private static String text(int samples, int batchSize, boolean shuffles) {
        return samples + " samples in batches of " + batchSize + (shuffles ? ", shuffled" : ", in order");
    }

    /** One way through the data, with the settings that there were when it began. */
    private final class Epoch implements Iterator<B> {
        private final byte[] start;
        private final int[] order;
        private final long seed;
        private final boolean extra;
        private final int batchSize = DataLoader.this.batchSize;
        private final boolean dropLast = DataLoader.this.dropLast;
        private final int batches = DataLoader.this.size();
        private final Queue<CompletableFuture<B>> ahead = new ArrayDeque<>();

        /** How many batches have been handed out, and how many have been begun. */
        private int at;

        private int begun;
        private boolean exhausted;

        /**
         * Draws what is random in an epoch as PyTorch does: a seed, then the order, by the generator itself if the program
         * gave one, otherwise by one with a seed drawn from it.
         */
        Epoch(byte[] start, Generator random, int at) {
            this.start = start;
            this.at = at;
            begun = at;
            seed = random.random64() & Long.MAX_VALUE;
            extra = shuffle && generator != null;
            if (shuffle) {
                Generator ordering = extra ? random : new Generator(random.random64() & Long.MAX_VALUE);
                order = Order.of(ordering.permutation(samples));
            } else {
                order = Order.ascending(samples);
            }
        }

        /** PyTorch draws one more order at the end of an epoch and uses nothing of it: the next epoch follows after that. */
        private void exhaust() {
            if (!exhausted && extra) {
                source().permutation(samples);
            }
            exhausted = true;
        }

        @Override
        public boolean hasNext() {
            if (at < batches) {
                return true;
            }
            exhaust();
            return false;
        }

        @Override
        public B next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the epoch has no more than " + batches + " batches");
            }
            B batch;
            if (prefetch == 0 && ahead.isEmpty()) {
                batch = make(at);
                begun = at + 1;
            } else {
                while (begun < batches && ahead.size() <= prefetch) {
                    int number = begun++;
                    CompletableFuture<B> future = new CompletableFuture<>();
                    ahead.add(future);
                    Thread.ofVirtual().name("ondol-data-", number).start(() -> {
                        try {
                            future.complete(make(number));
                        } catch (Throwable t) {
                            future.completeExceptionally(t);
                        }
                    });
                }
                batch = wait(Objects.requireNonNull(ahead.poll()));
            }
            at++;
            if (at == batches && !dropLast && samples % batchSize != 0) {
                exhaust();
            }
            return batch;
        }

        /** Throws what making the batch threw, in this thread. */
        private B wait(CompletableFuture<B> future) {
            try {
                return future.join();
            } catch (CompletionException e) {
                ahead.clear();
                begun = at;
                Throwable cause = e.getCause();
                if (cause == null) {
                    throw e;
                }
                switch (cause) {
                    case DataLoaderException d -> throw new DataLoaderException(d.getMessage(), d.getCause());
                    case RuntimeException r -> throw r;
                    case Error error -> throw error;
                    default -> throw e;
                }
            }
        }

        private B make(int number) {
            int from = number * batchSize;
            int to = (int) Math.min(samples, (long) from + batchSize);
            int begin = from + place(to - from, firstPart);
            int end = Math.max(begin + 1, from + place(to - from, endPart));
            B batch = collation.batch(Arrays.copyOfRange(order, begin, end), seed);
            return device == null ? batch : onDevice(batch, device);
        }
    }

    private int place(int rows, int part) {
        return (int) ((long) rows * part / parts);
    }

    @SuppressWarnings("unchecked") // of the same class
    private static <B> B onDevice(B batch, Device device) {
        return switch (batch) {
            case Batch b -> (B) b.to(device);
            case Tensor t -> (B) t.to(device);
            default ->
                throw new IllegalStateException(
                        "DataLoader.device: a batch is a " + batch.getClass().getSimpleName()
                                + ", which Ondol cannot bring to " + device
                                + "; do that in the function that puts samples together");
        };
    }
}
