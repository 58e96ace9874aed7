package ondol.distributed;

import java.util.Objects;
import ondol.Tensor;

/**
 * A part of a batch whose gradient is computed as one: rows {@code begin} up to but without {@code end}.
 *
 * @param number which one, from 0
 * @param begin its first row in the batch of all workers
 * @param end the row after its last one
 * @param batch the number of rows of the batch of all workers
 */
public record Shard(int number, int begin, int end, int batch) {
    /**
     * A shard.
     *
     * @throws IllegalArgumentException unless {@code 0 <= number} and {@code 0 <= begin <= end <= batch}
     */
    public Shard {
        if (number < 0 || begin < 0 || end < begin || batch < end) {
            throw new IllegalArgumentException("Shard: number " + number + ", rows " + begin + " to " + end + " of "
                    + batch + "; give 0 <= number and 0 <= begin <= end <= batch");
        }
    }

    /** {@return how many rows it has; 0 where a batch has fewer rows than shards} */
    public int rows() {
        return end - begin;
    }

    /**
     * The shard's rows of a batch.
     *
     * @param whole [rows, ...], all rows of the batch of all workers
     * @return a view, [rows of the shard, ...]
     * @throws IllegalArgumentException if it has more or fewer rows than the batch
     */
    public Tensor of(Tensor whole) {
        Objects.requireNonNull(whole, "Shard.of: the batch is null; give a tensor of rows");
        if (whole.dim() == 0 || whole.size(0) != batch) {
            throw new IllegalArgumentException("Shard.of: " + whole.shape() + " has not the batch's " + batch
                    + " rows; give all of them, or backward the number of rows that there are");
        }
        return of(whole, 0);
    }

    /**
     * The shard's rows of a part of a batch.
     *
     * @param part [rows, ...]
     * @param first which row of the batch of all workers the part begins with
     * @return a view, [rows of the shard, ...]
     * @throws IllegalArgumentException if the part has not all of the shard's rows
     */
    public Tensor of(Tensor part, int first) {
        Objects.requireNonNull(part, "Shard.of: the batch is null; give a tensor of rows");
        if (part.dim() == 0 || first < 0 || begin < first || end - first > part.size(0)) {
            throw new IllegalArgumentException("Shard.of: " + part.shape() + " from row " + first
                    + " on has not all of rows " + begin + " to " + end + " of shard " + number);
        }
        return part.slice(0, begin - first, end - first);
    }

    /** Where a shard begins, of so many rows cut into so many shards; the last one ends where the one after it would begin. */
    static int begin(int rows, int number, int shards) {
        return (int) ((long) rows * number / shards);
    }
}
