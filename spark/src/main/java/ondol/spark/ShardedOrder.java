package ondol.spark;

import java.io.Serializable;
import ondol.Generator;

/**
 * Which rows are in which batch, and in which part of it: a rule that does not know how many workers there are.
 *
 * <p>Rows have indices from 0 to {@code rows - 1}. Row i belongs to one shard for good, the one that would have it if the data went
 * through in order: batch {@code i / batchSize}, place {@code i % batchSize}; of a batch of n rows, shard s has the places from
 * {@code n s / S} to {@code n (s + 1) / S}, rounded down, as {@link ondol.distributed.DataParallel} cuts it. So a worker needs the rows of
 * its shards alone, and rows of any order, even sorted ones, are dealt out like cards.
 *
 * <p>Each epoch goes through each shard's rows in an order of its own: that of {@code new Generator(z).permutation(n)}, where z is made of
 * seed, epoch and shard. Rows change their batch from epoch to epoch, and their neighbours from other shards with it; they keep their
 * shard.
 *
 * @param rows how many rows there are
 * @param batchSize how many rows a batch has; the last one may have fewer
 * @param shards how many parts a batch is cut into
 * @param shuffle whether epochs have orders of their own
 * @param seed what the orders come from
 */
public record ShardedOrder(long rows, int batchSize, int shards, boolean shuffle, long seed) implements Serializable {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException unless there is a row, and {@code 1 <= shards <= batchSize}; or if there are more than 2^31 - 1
     *     batches, or rows in a shard
     */
    public ShardedOrder {
        if (rows < 1) {
            throw new IllegalArgumentException("ShardedOrder: " + rows + " rows; give 1 or more");
        }
        if (shards < 1 || shards > batchSize) {
            throw new IllegalArgumentException("ShardedOrder: batches of " + batchSize + " rows in " + shards
                    + " shards; give 1 shard or more, and a row to each");
        }
        if (rows / batchSize >= Integer.MAX_VALUE || rows / shards >= Integer.MAX_VALUE - batchSize) {
            throw new IllegalArgumentException("ShardedOrder: " + rows + " rows in batches of " + batchSize + " and "
                    + shards + " shards; give larger batches, or more shards");
        }
    }

    /** {@return the number of batches of an epoch} */
    public int batches() {
        return (int) ((rows + batchSize - 1) / batchSize);
    }

    /**
     * Counts the rows of a batch.
     *
     * @param batch from 0 up to but without {@link #batches}
     * @return {@code batchSize}, or fewer in the last one
     */
    public int size(int batch) {
        return (int) Math.min(batchSize, rows - (long) batch * batchSize);
    }

    /**
     * Finds the shard that a row belongs to, in all epochs.
     *
     * @param index the row's, from 0
     * @return the number of its shard, from 0
     */
    public int shardOf(long index) {
        int size = size((int) (index / batchSize));
        long place = index % batchSize;
        return (int) (((place + 1) * shards - 1) / size);
    }

    /** How many rows a shard has of a batch of so many rows. */
    private int share(int size, int shard) {
        return (int) ((long) size * (shard + 1) / shards - (long) size * shard / shards);
    }

    /**
     * Counts a shard's rows in a batch.
     *
     * @param batch from 0 up to but without {@link #batches}
     * @param shard from 0 up to but without {@code shards}
     * @return 0 or more
     */
    public int size(int batch, int shard) {
        return share(size(batch), shard);
    }

    /**
     * Counts a shard's rows in all batches.
     *
     * @param shard from 0 up to but without {@code shards}
     * @return 0 or more
     */
    public int rowsOf(int shard) {
        long full = rows / batchSize;
        return (int) (full * share(batchSize, shard) + share((int) (rows % batchSize), shard));
    }

    /**
     * The order of a shard's rows in an epoch: places among them, where they are sorted by their indices.
     *
     * @param epoch from 1
     * @param shard from 0 up to but without {@code shards}
     * @return a permutation of the numbers from 0 up to but without {@link #rowsOf}
     */
    public int[] places(int epoch, int shard) {
        int[] places = new int[rowsOf(shard)];
        long[] order = shuffle ? new Generator(seed(epoch, shard)).permutation(places.length) : null;
        for (int i = 0; i < places.length; i++) {
            places[i] = order == null ? i : (int) order[i];
        }
        return places;
    }

    /**
     * Finds where a shard's rows of a batch begin in {@link #places}; there are {@link #size(int, int)} of them.
     *
     * @param batch from 0 up to but without {@link #batches}
     * @param shard from 0 up to but without {@code shards}
     * @return a place in that array, from 0
     */
    public int begin(int batch, int shard) {
        return batch * share(batchSize, shard);
    }

    /**
     * Finds the index of a shard's row by its place among them.
     *
     * @param shard from 0 up to but without {@code shards}
     * @param place from 0 up to but without {@link #rowsOf}
     * @return from 0 up to but without {@code rows}
     */
    public long index(int shard, int place) {
        int share = share(batchSize, shard);
        long batch = Math.min(rows / batchSize, place / share);
        int size = size((int) batch);
        return batch * batchSize + (long) size * shard / shards + (place - batch * share);
    }

    /**
     * The indices of a shard's rows of a batch, in their order.
     *
     * @param epoch from 1
     * @param batch from 0 up to but without {@link #batches}
     * @param shard from 0 up to but without {@code shards}
     * @return {@link #size(int, int)} row numbers
     */
    public long[] indices(int epoch, int batch, int shard) {
        int[] places = places(epoch, shard);
        long[] indices = new long[size(batch, shard)];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = index(shard, places[begin(batch, shard) + i]);
        }
        return indices;
    }

    /** The mixing is that of SplittableRandom (Steele et al., 2014), first of the epoch, then of the shard. */
    private long seed(int epoch, int shard) {
        return mix(mix(seed, epoch), shard + 1) & 0xffffffffL;
    }

    private static long mix(long seed, int number) {
        long z = seed + number * 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
