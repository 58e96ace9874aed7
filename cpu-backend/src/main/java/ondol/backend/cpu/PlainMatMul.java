package ondol.backend.cpu;

import java.util.Arrays;

/**
 * Products in plain Java. All is done by one loop that the JIT compiler turns into vector instructions by itself, because
 * its arrays are all indexed alike: four rows of B times four columns of two rows of A are added to two rows of C. B's and
 * C's rows are copied for that to arrays of their own.
 */
final class PlainMatMul extends MatMulPlan {
    /** The rows of B added at a time. */
    private static final int STEP = 4;

    /** With so many, copying rows of B hardly counts, and those of C stay in the cache. */
    private static final int MOST_HIGH = 64;

    private static final int MOST_ACROSS = 256;

    /** Rows shorter than this fill no vectors; columns do, if they are longer. */
    private static final int SHORT_ROW = 32;

    private PlainMatMul(MatMulSize size, boolean transposes, int high, int across) {
        super(size, transposes, high, across, 1);
    }

    /** The plan for products of that size, shared by so many threads. */
    static PlainMatMul of(MatMulSize size, int threads) {
        boolean transposes = size.n() < SHORT_ROW && size.m() > size.n();
        MatMulSize s = transposes ? size.transposed() : size;
        int across = Math.min(s.n(), MOST_ACROSS);
        int parts = threads == 1 ? 1 : Math.ceilDiv(3 * threads, Math.ceilDiv(s.n(), across));
        int high = Math.min(MOST_HIGH, roundUp(Math.ceilDiv(s.m(), parts), 2));
        return new PlainMatMul(s, transposes, high, across);
    }

    @Override
    int sharedFloats() {
        return 0;
    }

    @Override
    void run(MatMulProduct product, Sharing sharing) {
        share(
                product,
                0,
                size.n(),
                true,
                size.nanos(),
                sharing,
                (scratch, i0, i1, j0, j1) -> multiply(product, scratch, i0, i1, j0, j1));
    }

    private void multiply(MatMulProduct product, Scratch scratch, int i0, int i1, int j0, int j1) {
        int rows = i1 - i0;
        int columns = j1 - j0;
        int high = roundUp(rows, 2);
        float[][] room = scratch.rows(high + STEP, columns);
        for (int i = 0; i < high; i++) {
            Arrays.fill(room[i], 0, columns, 0f);
        }
        Matrix a = product.a;
        Matrix b = product.b;
        int[] places = scratch.places(0, rows);
        a.rows.fill(i0, rows, places, 0);
        int[] across = scratch.places(1, columns);
        b.columns.fill(j0, columns, across, 0);
        for (long p = 0; p < size.k(); p += STEP) {
            int depth = (int) Math.min(STEP, size.k() - p);
            b.copyRows(p, depth, j0, columns, across, room, high);
            for (int q = depth; q < STEP; q++) {
                Arrays.fill(room[high + q], 0, columns, 0f);
            }
            int first = a.at(0, p);
            int second = depth > 1 ? a.at(0, p + 1) - first : 0;
            int third = depth > 2 ? a.at(0, p + 2) - first : 0;
            int fourth = depth > 3 ? a.at(0, p + 3) - first : 0;
            for (int i = 0; i < rows; i += 2) {
                int at = first + places[i];
                int next = first + places[Math.min(i + 1, rows - 1)];
                addTo(room, high, i, columns, a.array, at, next, second, third, fourth, depth);
            }
        }
        for (int i = 0; i < rows; i++) {
            product.c.setRows(i0 + i, 1, j0, columns, room[i], 0);
        }
    }

    /** Adds to two rows; A's next three columns are {@code second}, {@code third}, {@code fourth} further. Where B has no more rows, -0 * 0 is added, which is -0 and changes nothing, -0 neither. */
    private static void addTo(
            float[][] room,
            int b,
            int i,
            int n,
            float[] a,
            int at,
            int next,
            int second,
            int third,
            int fourth,
            int depth) {
        boolean two = depth > 1;
        boolean three = depth > 2;
        boolean four = depth > 3;
        add(
                room[i],
                room[i + 1],
                room[b],
                room[b + 1],
                room[b + 2],
                room[b + 3],
                a[at],
                two ? a[at + second] : -0f,
                three ? a[at + third] : -0f,
                four ? a[at + fourth] : -0f,
                a[next],
                two ? a[next + second] : -0f,
                three ? a[next + third] : -0f,
                four ? a[next + fourth] : -0f,
                n);
    }

    private static void add(
            float[] c0,
            float[] c1,
            float[] b0,
            float[] b1,
            float[] b2,
            float[] b3,
            float a00,
            float a01,
            float a02,
            float a03,
            float a10,
            float a11,
            float a12,
            float a13,
            int n) {
        for (int j = 0; j < n; j++) {
            float x0 = b0[j];
            float x1 = b1[j];
            float x2 = b2[j];
            float x3 = b3[j];
            c0[j] = Math.fma(a03, x3, Math.fma(a02, x2, Math.fma(a01, x1, Math.fma(a00, x0, c0[j]))));
            c1[j] = Math.fma(a13, x3, Math.fma(a12, x2, Math.fma(a11, x1, Math.fma(a10, x0, c1[j]))));
        }
    }
}
