package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import ondol.backend.cuda.Gemm.Arguments;
import ondol.backend.cuda.Gemm.Matrix;
import org.junit.jupiter.api.Test;

/** Row-major products said in cuBLAS's words are the same products. */
class GemmTest {
    private static final int CASES = 20_000;

    @Test
    void sameProducts() {
        Random random = new Random(1);
        for (int i = 0; i < CASES; i++) {
            int m = 1 + random.nextInt(5);
            int n = 1 + random.nextInt(5);
            int k = 1 + random.nextInt(5);
            int batch = 1 + random.nextInt(3);
            Matrix a = matrix(random, random.nextBoolean(), m, k, batch, true);
            Matrix b = matrix(random, random.nextBoolean(), k, n, batch, true);
            Matrix c = matrix(random, false, m, n, batch, false);
            Gemm gemm = new Gemm(m, n, k, batch, a, b, c);

            // Three matrices one after another, in any order, with something between them that nobody may touch.
            int gap = random.nextInt(4);
            int[] sizes = {size(a, m, k, batch), size(b, k, n, batch), size(c, m, n, batch)};
            int[] at = new int[3];
            int end = gap;
            int first = random.nextInt(3);
            for (int j = 0; j < 3; j++) {
                int which = (first + j) % 3;
                at[which] = end;
                end += sizes[which] + gap;
            }
            float[] memory = new float[end];
            for (int j = 0; j < end; j++) {
                memory[j] = random.nextInt(-8, 9); // sums are exact
            }
            // What C holds does not matter.
            Arrays.fill(memory, at[2], at[2] + sizes[2], Float.NaN);

            float[] expected = memory.clone();
            rowMajor(gemm, expected, at[0], at[1], at[2]);
            float[] result = memory.clone();
            columnMajor(gemm.arguments(at[0], at[1], at[2]), result);
            assertArrayEquals(expected, result, gemm.toString());
        }
    }

    private static Matrix matrix(
            Random random, boolean transposed, int rows, int columns, int batch, boolean mayShare) {
        int stored = transposed ? columns : rows;
        int length = transposed ? rows : columns;
        // The stride of a single row says nothing, and may be anything.
        int rowStride = stored == 1 ? random.nextInt(8) : length + random.nextInt(3);
        int used = (stored - 1) * rowStride + length;
        int batchStride = mayShare && random.nextInt(4) == 0 || batch == 1 ? 0 : used + random.nextInt(3);
        return new Matrix(transposed, rowStride, batchStride);
    }

    private static int size(Matrix matrix, int rows, int columns, int batch) {
        return (int) (1 + at(matrix, batch - 1, rows - 1, columns - 1));
    }

    private static long at(Matrix matrix, long p, long i, long j) {
        return p * matrix.batchStride()
                + (matrix.transposed() ? j * matrix.rowStride() + i : i * matrix.rowStride() + j);
    }

    /** What {@link Gemm} says. */
    private static void rowMajor(Gemm g, float[] memory, int a, int b, int c) {
        for (long p = 0; p < g.batch(); p++) {
            for (long i = 0; i < g.m(); i++) {
                for (long j = 0; j < g.n(); j++) {
                    float sum = 0;
                    for (long l = 0; l < g.k(); l++) {
                        sum += memory[(int) (a + at(g.a(), p, i, l))] * memory[(int) (b + at(g.b(), p, l, j))];
                    }
                    memory[(int) (c + at(g.c(), p, i, j))] = sum;
                }
            }
        }
    }

    /** What cuBLAS's documentation says: column-major, with its conditions on the leading dimensions. */
    private static void columnMajor(Arguments x, float[] memory) {
        assertTrue(x.lda() >= (x.transposeA() ? x.k() : x.m()), "lda: " + x);
        assertTrue(x.ldb() >= (x.transposeB() ? x.n() : x.k()), "ldb: " + x);
        assertTrue(x.ldc() >= x.m(), "ldc: " + x);
        for (long p = 0; p < x.batch(); p++) {
            for (long i = 0; i < x.m(); i++) {
                for (long j = 0; j < x.n(); j++) {
                    float sum = 0;
                    for (long l = 0; l < x.k(); l++) {
                        long a = x.transposeA() ? l + i * x.lda() : i + l * x.lda();
                        long b = x.transposeB() ? j + l * x.ldb() : l + j * x.ldb();
                        sum += memory[(int) (x.a() + p * x.strideA() + a)]
                                * memory[(int) (x.b() + p * x.strideB() + b)];
                    }
                    memory[(int) (x.c() + p * x.strideC() + i + j * x.ldc())] = sum;
                }
            }
        }
    }

    @Test
    void oneExample() {
        Gemm gemm = new Gemm(2, 3, 4, 5, new Matrix(false, 4, 8), new Matrix(true, 7, 0), new Matrix(false, 3, 6));
        assertEquals(
                new Arguments(true, false, 3, 2, 4, 200, 7, 0, 100, 4, 8, 300, 3, 6, 5), gemm.arguments(100, 200, 300));
    }

    @Test
    void whatCannotBeSaid() {
        Matrix plain = new Matrix(false, 4, 16);
        assertEquals(
                "a product of sizes 0, 4, 4 x 1",
                assertThrows(IllegalArgumentException.class, () -> new Gemm(0, 4, 4, 1, plain, plain, plain))
                        .getMessage());
        Matrix repeated = new Matrix(false, 0, 16);
        assertEquals(
                "B's rows in memory have 4 elements and a stride of 0",
                assertThrows(IllegalArgumentException.class, () -> new Gemm(4, 4, 4, 1, plain, repeated, plain))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Gemm(4, 4, 4, 1, plain, plain, new Matrix(true, 4, 16)));
    }
}
