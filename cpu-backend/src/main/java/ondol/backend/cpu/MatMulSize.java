package ondol.backend.cpu;

/**
 * The sizes of a product of [m, k] and [k, n].
 *
 * @param k more than an int counts where both factors repeat their elements
 */
record MatMulSize(int m, int n, long k) {
    boolean is(long rows, long columns, long inner) {
        return m == rows && n == columns && k == inner;
    }

    /** Of the transposed product. */
    MatMulSize transposed() {
        return new MatMulSize(n, m, k);
    }

    /** About how long the product takes on one thread. */
    double nanos() {
        return (double) m * n * (k / 100.0 + 0.3);
    }
}
