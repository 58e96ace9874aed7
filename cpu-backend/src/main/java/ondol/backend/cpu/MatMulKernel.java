package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.List;

/** The innermost loops of the matrix product: a tile of C in registers, over a block of k. */
abstract sealed class MatMulKernel permits PlainMatMul, VectorMatMul {
    /** A tile's rows. */
    abstract int rows();

    /** The rows of the smallest tile that takes {@code left} rows, fewer than {@link #rows}. */
    abstract int rowsFor(int left);

    /** A tile's columns. */
    abstract int columns();

    /**
     * {@code C[i][j] = fma(A[i][p], B[p][j], C[i][j])} over ascending p, for a whole tile.
     *
     * @param rows the tile's rows: {@link #rows} or what {@link #rowsFor} gave
     * @param a column p of A is at {@code a0 + p * rows}, packed
     * @param b row p of B is at {@code b0 + p * pitchB}
     * @param c row i of C is at {@code c0 + i * pitchC}
     * @param first whether C starts from +0 instead of what is there
     */
    abstract void tile(
            int rows,
            float[] a,
            int a0,
            float[] b,
            int b0,
            int pitchB,
            int k,
            float[] c,
            int c0,
            int pitchC,
            boolean first);

    /** What to run until it is compiled before this kernel is used. */
    List<Warmup.Exercise> exercises() {
        int k = 32;
        float[] a = new float[k * rows()];
        float[] b = new float[k * columns()];
        float[] c = new float[rows() * columns()];
        List<Warmup.Exercise> exercises = new ArrayList<>();
        for (int left = rows(); left > 0; left -= 4) {
            int rows = left == rows() ? left : rowsFor(left);
            Runnable once = () -> tile(rows, a, 0, b, 0, columns(), k, c, 0, columns(), c[0] != 0);
            exercises.add(new Warmup.Exercise("tile of " + rows, once));
        }
        return exercises;
    }
}
