package ondol.op;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How rows of a weight are looked up: what PyTorch's {@code embedding}, {@code embedding_bag} and their layers take as keyword
 * arguments, with their defaults. It is immutable: each method returns options with one thing changed.
 *
 * <pre>{@code
 * new Embedding(10000, 64, new EmbeddingOptions().paddingIdx(0));
 * Embeddings.embedding(indices, weight, new EmbeddingOptions().maxNorm(1));
 * }</pre>
 *
 * @param paddingIdx the row that gets no gradient, and does not count in a bag; negative ones count from the end, null for none
 * @param maxNorm how large the norm of a row may be; null for any
 * @param normType the p of that norm
 * @param scaleGradByFreq whether a row's gradient is divided by how often the row was looked up
 */
public record EmbeddingOptions(
        @Nullable Long paddingIdx, @Nullable Double maxNorm, double normType, boolean scaleGradByFreq) {
    /**
     * Checks all settings.
     *
     * @throws IllegalArgumentException if the largest norm is negative or NaN, or the norm's p is NaN
     */
    public EmbeddingOptions {
        if (maxNorm != null && !(maxNorm >= 0)) {
            throw new IllegalArgumentException(
                    "EmbeddingOptions.maxNorm: it is " + maxNorm + "; it must be 0 or more, or null for any norm");
        }
        if (Double.isNaN(normType)) {
            throw new IllegalArgumentException("EmbeddingOptions.normType: it is NaN; give a number, or an infinity");
        }
    }

    /** PyTorch's defaults: no padding, norms of any size, gradients as they are. */
    public EmbeddingOptions() {
        this(null, null, 2, false);
    }

    /**
     * Sets the row that gets no gradient, and does not count in a bag; negative ones count from the end.
     *
     * @param row the row's number
     * @return a copy of these options with that setting
     */
    public EmbeddingOptions paddingIdx(long row) {
        return new EmbeddingOptions(row, maxNorm, normType, scaleGradByFreq);
    }

    /**
     * Sets how large the norm of a row may be: larger ones are made smaller, in the weight itself, when they are looked up.
     *
     * @param norm the largest norm, 0 or more
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is negative or NaN
     */
    public EmbeddingOptions maxNorm(double norm) {
        return new EmbeddingOptions(paddingIdx, norm, normType, scaleGradByFreq);
    }

    /**
     * Sets the p of the norm, as for {@link ondol.ReductionOps#norm(double, int...)}.
     *
     * @param p the order of the norm, 2 by default
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if it is NaN
     */
    public EmbeddingOptions normType(double p) {
        return new EmbeddingOptions(paddingIdx, maxNorm, p, scaleGradByFreq);
    }

    /**
     * Sets whether a row's gradient is divided by how often the row was looked up.
     *
     * @param wanted true or, as by default, false
     * @return a copy of these options with that setting
     */
    public EmbeddingOptions scaleGradByFreq(boolean wanted) {
        return new EmbeddingOptions(paddingIdx, maxNorm, normType, wanted);
    }

    /**
     * Counts the padding's row from the first of so many rows.
     *
     * @param operation what messages begin with
     * @param rows how many rows the weight has
     * @return a copy of these options with that setting
     * @throws IllegalArgumentException if there is no such row
     */
    public EmbeddingOptions ofRows(String operation, long rows) {
        Objects.requireNonNull(operation, "EmbeddingOptions: the operation's name is null; give it, for the message");
        Long row = paddingIdx;
        if (row == null) {
            return this;
        }
        if (row < -rows || row >= rows) {
            throw new IllegalArgumentException(operation + ": paddingIdx is " + row + ", but there are " + rows
                    + " rows" + (rows == 0 ? "" : "; give " + -rows + " to " + (rows - 1)));
        }
        return row < 0 ? paddingIdx(row + rows) : this;
    }
}
