package ondol.distributed;

import java.util.Objects;
import ondol.Tensor;

/**
 * A part of a batch whose gradient is computed as one: rows {@code begin} up to but without {@code end}.
 *
 * @param number which one, from 0
 * @param begin its first row in the batch of all workers
 * @param end the row after its last one
 */
public record Shard(int number, int begin, int end) {
    /** {@return how many rows it has; 0 where a batch has fewer rows than shards} */
    public int rows() {
        return end - begin;
    }

    /**
     * The shard's rows of a batch.
     *
     * @param batch [rows, ...], all rows of the batch of all workers
     * @return a view, [rows of the shard, ...]
     */
    public Tensor of(Tensor batch) {
        return of(batch, 0);
    }

    /**
     * The shard's rows of a part of a batch.
     *
     * @param part [rows, ...]
     * @param first which row of the batch of all workers the part begins with
     * @return a view, [rows of the shard, ...]
     */
    public Tensor of(Tensor part, int first) {
        Objects.requireNonNull(part, "Shard.of: the batch is null; give a tensor of rows");
        return part.slice(0, begin - first, end - first);
    }

    /** Where a shard begins, of so many rows cut into so many shards; the last one ends where the one after it would begin. */
    static int begin(int rows, int number, int shards) {
        return (int) ((long) rows * number / shards);
    }
}
