package ondol.backend.cuda;

/**
 * Matrix products C = A . B of a batch, in row-major memory: what an element's place is in each matrix.
 *
 * @param m rows of A and C, at least 1 as all sizes
 * @param n columns of B and C
 * @param k columns of A, rows of B
 * @param batch how many products
 */
record Gemm(long m, long n, long k, long batch, Matrix a, Matrix b, Matrix c) {
    /**
     * Where the elements of a batch of matrices are: element (i, j) of matrix number p is at
     * {@code p * batchStride + i * rowStride + j}, and if transposed, at {@code p * batchStride + j * rowStride + i}.
     *
     * @param batchStride may be 0 for A and B: one matrix for all products
     */
    record Matrix(boolean transposed, long rowStride, long batchStride) {}

    /**
     * The same products as cuBLAS wants them, with everything in column-major memory.
     *
     * @param transposeA whether cuBLAS's A is transposed, and so on: these are not the A and B of the row-major product
     * @param a the address of cuBLAS's A
     */
    record Arguments(
            boolean transposeA,
            boolean transposeB,
            long m,
            long n,
            long k,
            long a,
            long lda,
            long strideA,
            long b,
            long ldb,
            long strideB,
            long c,
            long ldc,
            long strideC,
            long batch) {}

    /** Checks that cuBLAS can do these products. */
    Gemm {
        if (m < 1 || n < 1 || k < 1 || batch < 1) {
            throw new IllegalArgumentException("a product of sizes " + m + ", " + n + ", " + k + " x " + batch);
        }
        if (c.transposed) {
            throw new IllegalArgumentException("the result is transposed: swap A and B instead");
        }
        checkRows("A", a, m, k);
        checkRows("B", b, k, n);
        checkRows("C", c, m, n);
    }

    private static void checkRows(String name, Matrix matrix, long rows, long columns) {
        long stored = matrix.transposed ? columns : rows;
        long length = matrix.transposed ? rows : columns;
        if (stored > 1 && matrix.rowStride < length) {
            throw new IllegalArgumentException(
                    name + "'s rows in memory have " + length + " elements and a stride of " + matrix.rowStride);
        }
    }

    /**
     * cuBLAS's arguments for matrices at these addresses.
     *
     * <p>Read column-major, the memory of a row-major matrix holds its transpose, and the row stride is the leading dimension.
     * So what cuBLAS has to write into C's memory is the transpose of C, an n x m matrix, and that is B' . A', B' being the
     * transpose of B:
     *
     * <ul>
     *   <li>cuBLAS's A is B, its B is A, its m is n, its n is m; k, C and the batch are the same;
     *   <li>B's memory read column-major is B' already, so that cuBLAS does not transpose it, unless {@code b.transposed}: then
     *       it is B, which cuBLAS has to transpose. For A the same;
     *   <li>all strides stay: {@code lda = b.rowStride}, {@code ldb = a.rowStride}, {@code ldc = c.rowStride}.
     * </ul>
     *
     * cuBLAS refuses a leading dimension that is less than the length of a column in memory, even if there is only one column;
     * that row's stride may be anything here and is replaced.
     */
    Arguments arguments(long addressA, long addressB, long addressC) {
        return new Arguments(
                b.transposed,
                a.transposed,
                n,
                m,
                k,
                addressB,
                Math.max(b.rowStride, b.transposed ? k : n),
                b.batchStride,
                addressA,
                Math.max(a.rowStride, a.transposed ? m : k),
                a.batchStride,
                addressC,
                Math.max(c.rowStride, n),
                c.batchStride,
                batch);
    }
}
