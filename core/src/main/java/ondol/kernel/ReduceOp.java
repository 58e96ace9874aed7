package ondol.kernel;

/**
 * How a {@link Kernel.Reduce} combines values.
 *
 * <p>SUM and PROD over n elements, taken in row-major order of the reduced axes: blocks of {@value #BLOCK} elements; in
 * a block, {@value #LANES} lanes start from +0 (from 1), lane l takes elements l, l + 64, l + 128 ... in order; then the
 * lanes are folded in halves ({@code lane[l] op= lane[l + 32]}, then 16, 8, 4, 2, 1). With more than one block, the
 * block results are combined by the same rule. An empty reduction gives +0 (1).
 */
public enum ReduceOp {
    /** The sum (F32; integers wrap). */
    SUM,
    /** The product (F32; integers wrap). */
    PROD,
    /** The largest value, as {@link BinaryOp#MAX}; on BOOL, whether any is true. */
    MAX,
    /** The smallest value, as {@link BinaryOp#MIN}; on BOOL, whether all are true. */
    MIN,
    /** The row-major index (I64) of the first largest value; -0 equals +0; the first NaN counts as larger than all. */
    ARGMAX,
    /** The row-major index (I64) of the first smallest value; -0 equals +0; the first NaN is smaller than all. */
    ARGMIN;

    /** Elements in a block of a SUM or PROD. */
    public static final int BLOCK = 4096;

    /** Lanes of a block of a SUM or PROD. */
    public static final int LANES = 64;

    /** Whether the result is an index. */
    public boolean isArg() {
        return this == ARGMAX || this == ARGMIN;
    }

    /** Whether an empty reduction has a value. */
    public boolean hasIdentity() {
        return this == SUM || this == PROD;
    }
}
