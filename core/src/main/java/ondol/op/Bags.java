package ondol.op;

import ondol.DType;
import ondol.Shape;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** Indices in bags that follow each other. */
final class Bags {
    private final Tensor indices;
    private final long count;
    private final long longest;

    /** The place at which each bag begins; null if all are equally long. */
    private final @Nullable Tensor starts;

    /** The place at which each bag ends; null if all are equally long. */
    private final @Nullable Tensor ends;

    private Bags(Tensor indices, long count, long longest, @Nullable Tensor starts, @Nullable Tensor ends) {
        this.indices = indices;
        this.count = count;
        this.longest = longest;
        this.starts = starts;
        this.ends = ends;
    }

    /** Each row of a matrix is a bag. */
    static Bags ofRows(Tensor input) {
        return new Bags(input.flatten(), input.size(0), input.size(1), null, null);
    }

    /**
     * Bags that begin at offsets in a vector.
     *
     * @param hasEnd whether the last offset is where the last bag ends
     * @throws IllegalArgumentException if the offsets do not begin with 0, or descend, or go beyond the vector
     */
    static Bags ofOffsets(String operation, Tensor input, Tensor offsets, boolean hasEnd) {
        long n = input.numel();
        long[] at = offsets.toLongArray();
        if (at.length == 0 ? hasEnd || n > 0 : at[0] != 0) {
            throw new IllegalArgumentException(operation + ": the offsets "
                    + (at.length == 0 ? "are none" : "begin with " + at[0]) + "; the first must be 0");
        }
        int count = hasEnd ? at.length - 1 : at.length;
        long[] ends = new long[count];
        long longest = 0;
        for (int i = 0; i < count; i++) {
            ends[i] = i + 1 < at.length ? at[i + 1] : n;
            if (ends[i] < at[i] || ends[i] > n) {
                throw new IllegalArgumentException(operation + ": the offsets give bag " + i + " the indices " + at[i]
                        + " to " + ends[i] + " of " + n + "; they must not descend, nor be more than " + n);
            }
            longest = Math.max(longest, ends[i] - at[i]);
        }
        long end = count == 0 ? 0 : ends[count - 1];
        return new Bags(
                input.slice(0, 0, end),
                count,
                longest,
                offsets.slice(0, 0, count),
                Tensor.tensor(ends).to(input.device()));
    }

    /** All indices, [n]. */
    Tensor indices() {
        return indices;
    }

    /** How many bags there are. */
    long count() {
        return count;
    }

    /** The number of each index's bag, [n]. */
    Tensor numbers() {
        if (starts == null) {
            return range(count).unsqueeze(1).expand(count, longest).flatten();
        }
        Tensor one = one();
        Tensor none = one.sub(1L).expand(indices.numel() + 1);
        Tensor begun = none.scatterAdd(0, starts, one.expand(count)); // a bag may begin where all end
        return begun.slice(0, 0, indices.numel()).cumsum(0).sub(1L);
    }

    /** The places of each bag's indices, [count, longest]; -1 behind the end of shorter ones. */
    Tensor places() {
        if (starts == null || ends == null) {
            return range(indices.numel()).reshape(count, longest);
        }
        Tensor places = starts.unsqueeze(1).add(range(longest));
        return Tensor.where(places.lt(ends.unsqueeze(1)), places, one().neg());
    }

    private Tensor one() {
        return Tensor.ones(Shape.of(1), DType.INT64, indices.device());
    }

    private Tensor range(long n) {
        return Tensor.arange(n).to(indices.device());
    }
}
