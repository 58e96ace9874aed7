package ondol.kernel;

/**
 * How a {@link Kernel.Reduce} combines values.
 *
 * <p>SUM and PROD over n elements, taken in row-major order of the reduced axes: blocks of {@value #BLOCK} elements; in
 * a block, {@value #LANES} lanes start from +0 (from 1), lane l takes elements l, l + 64, l + 128 ... in order; then the
 * lanes are folded in halves ({@code lane[l] op= lane[l + 32]}, then 16, 8, 4, 2, 1). With more than one block, the
 * block results are combined by the same rule. An empty reduction gives +0 (1).
 *
 * <p>How exact that is: an element goes through at most 69 roundings at each level of blocks, 63 in its lane and 6 in the
 * halves. So a sum is off by at most {@code 69 L 2^-24 sum |x_i|} (to first order), a product by {@code 69 L 2^-24} of
 * itself, with L = 1 up to 4096 elements, 2 up to 16,777,216, 3 up to 6.8e10. Rounding errors of different elements mostly
 * cancel; those of equal elements do not, since all lanes round alike: 0.1 taken a hundred million times gives 9,999,992,
 * eight units of the last place too little, all lost in the lanes. (PyTorch's sum is that number, too.) A smaller bound
 * has its price: shorter lanes mean more blocks, whose halves then take an eighth of the time and more, and a sum that
 * keeps what it rounds off (Kahan's) takes four additions for one.
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

    /** {@return whether the result is an index} */
    public boolean isArg() {
        return this == ARGMAX || this == ARGMIN;
    }

    /** {@return whether an empty reduction has a value} */
    public boolean hasIdentity() {
        return this == SUM || this == PROD;
    }
}
