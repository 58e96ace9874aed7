package ondol.data;

import ondol.Generator;

/**
 * Which samples of an epoch are whose, of several workers or several shards; PyTorch's {@code
 * torch.utils.data.distributed.DistributedSampler}. All get as many: some samples twice, or with {@link #dropLast} some not at all.
 *
 * <pre>{@code
 * DistributedSampler mine = new DistributedSampler(data.size(), group.size(), group.rank()).shuffle(1);
 * for (int epoch = 0; epoch < 10; epoch++) {
 *     for (Batch batch : DataLoader.of(data.subset(mine.indices(epoch))).batchSize(32)) { ... }
 * }
 * }</pre>
 *
 * <p>The order of an epoch is a permutation by a generator of the seed {@code seed + epoch}, the same for all; of it, a worker gets every
 * {@code replicas}-th sample from the place {@code rank} on. Where the bits are not to depend on the number of workers, ask for a fixed
 * number of shards instead: one sampler for each of them, of which a worker takes some.
 */
public final class DistributedSampler {
    private final int samples;
    private final int replicas;
    private final int rank;
    private boolean shuffle;
    private boolean dropLast;
    private long seed;

    /**
     * The share of one, of the samples in their order.
     *
     * @param samples how many there are, 1 or more
     * @param replicas how many share them: workers or shards
     * @param rank which one of them, from 0
     * @throws IllegalArgumentException unless {@code 0 <= rank < replicas} and there are samples
     */
    public DistributedSampler(int samples, int replicas, int rank) {
        if (samples < 1 || rank < 0 || rank >= replicas) {
            throw new IllegalArgumentException("DistributedSampler: " + samples + " samples, rank " + rank + " of "
                    + replicas + "; give 1 or more samples, and a rank from 0 up to but without their number");
        }
        this.samples = samples;
        this.replicas = replicas;
        this.rank = rank;
    }

    /**
     * Has each epoch go through the samples in an order of its own.
     *
     * @param from the seed of epoch 0, to which later epochs add their number; the same for all workers
     * @return this sampler
     */
    public DistributedSampler shuffle(long from) {
        shuffle = true;
        seed = from;
        return this;
    }

    /**
     * Leaves samples out that not all would get, instead of giving some twice.
     *
     * @param drop false, the default, gives some twice
     * @return this sampler
     */
    public DistributedSampler dropLast(boolean drop) {
        dropLast = drop;
        return this;
    }

    /** {@return how many samples an epoch has for this one, as for each of the others} */
    public int size() {
        return dropLast ? samples / replicas : (int) (((long) samples + replicas - 1) / replicas);
    }

    /**
     * {@return the places of this one's samples in an epoch, in a new array}
     *
     * @param epoch its number, from 0
     */
    public int[] indices(int epoch) {
        int[] order = shuffle ? Order.of(new Generator(seed + epoch).permutation(samples)) : Order.ascending(samples);
        int[] mine = new int[size()];
        for (int i = 0; i < mine.length; i++) {
            mine[i] = order[(int) (((long) i * replicas + rank) % samples)];
        }
        return mine;
    }
}
