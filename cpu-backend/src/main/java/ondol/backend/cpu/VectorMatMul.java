package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Vector API: 12 x 2 vectors of C in registers where there are 32 of them, 6 x 2 where there are 16, and fewer for what
 * is left at the bottom. The sums are local variables one by one, since an array of vectors would live in memory.
 */
final class VectorMatMul extends MatMulKernel {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int WIDTH = S.length();

    /** AVX-512 and NEON have 32 registers, AVX2 and SSE 16. */
    private static final boolean MANY_REGISTERS =
            WIDTH == 16 || System.getProperty("os.arch", "").equals("aarch64");

    private static final int ROWS = MANY_REGISTERS ? 12 : 6;

    @Override
    int rows() {
        return ROWS;
    }

    @Override
    int rowsFor(int left) {
        if (left <= 4) {
            return 4;
        }
        return MANY_REGISTERS && left <= 8 ? 8 : ROWS;
    }

    @Override
    int columns() {
        return 2 * WIDTH;
    }

    @Override
    void tile(
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
            boolean first) {
        switch (rows) {
            case 12 -> tile12(a, a0, b, b0, pitchB, k, c, c0, pitchC, first);
            case 8 -> tile8(a, a0, b, b0, pitchB, k, c, c0, pitchC, first);
            case 6 -> tile6(a, a0, b, b0, pitchB, k, c, c0, pitchC, first);
            case 4 -> tile4(a, a0, b, b0, pitchB, k, c, c0, pitchC, first);
            default -> throw new IllegalArgumentException("no tile of " + rows + " rows");
        }
    }

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(S, array, at);
    }

    private static void tile12(
            float[] a, int a0, float[] b, int b0, int pitchB, int k, float[] c, int c0, int pitchC, boolean first) {
        FloatVector l0 = first ? FloatVector.zero(S) : load(c, c0);
        FloatVector r0 = first ? FloatVector.zero(S) : load(c, c0 + WIDTH);
        FloatVector l1 = first ? FloatVector.zero(S) : load(c, c0 + pitchC);
        FloatVector r1 = first ? FloatVector.zero(S) : load(c, c0 + pitchC + WIDTH);
        FloatVector l2 = first ? FloatVector.zero(S) : load(c, c0 + 2 * pitchC);
        FloatVector r2 = first ? FloatVector.zero(S) : load(c, c0 + 2 * pitchC + WIDTH);
        FloatVector l3 = first ? FloatVector.zero(S) : load(c, c0 + 3 * pitchC);
        FloatVector r3 = first ? FloatVector.zero(S) : load(c, c0 + 3 * pitchC + WIDTH);
        FloatVector l4 = first ? FloatVector.zero(S) : load(c, c0 + 4 * pitchC);
        FloatVector r4 = first ? FloatVector.zero(S) : load(c, c0 + 4 * pitchC + WIDTH);
        FloatVector l5 = first ? FloatVector.zero(S) : load(c, c0 + 5 * pitchC);
        FloatVector r5 = first ? FloatVector.zero(S) : load(c, c0 + 5 * pitchC + WIDTH);
        FloatVector l6 = first ? FloatVector.zero(S) : load(c, c0 + 6 * pitchC);
        FloatVector r6 = first ? FloatVector.zero(S) : load(c, c0 + 6 * pitchC + WIDTH);
        FloatVector l7 = first ? FloatVector.zero(S) : load(c, c0 + 7 * pitchC);
        FloatVector r7 = first ? FloatVector.zero(S) : load(c, c0 + 7 * pitchC + WIDTH);
        FloatVector l8 = first ? FloatVector.zero(S) : load(c, c0 + 8 * pitchC);
        FloatVector r8 = first ? FloatVector.zero(S) : load(c, c0 + 8 * pitchC + WIDTH);
        FloatVector l9 = first ? FloatVector.zero(S) : load(c, c0 + 9 * pitchC);
        FloatVector r9 = first ? FloatVector.zero(S) : load(c, c0 + 9 * pitchC + WIDTH);
        FloatVector l10 = first ? FloatVector.zero(S) : load(c, c0 + 10 * pitchC);
        FloatVector r10 = first ? FloatVector.zero(S) : load(c, c0 + 10 * pitchC + WIDTH);
        FloatVector l11 = first ? FloatVector.zero(S) : load(c, c0 + 11 * pitchC);
        FloatVector r11 = first ? FloatVector.zero(S) : load(c, c0 + 11 * pitchC + WIDTH);
        for (int p = 0, q = a0, row = b0; p < k; p++, q += 12, row += pitchB) {
            FloatVector left = load(b, row);
            FloatVector right = load(b, row + WIDTH);
            FloatVector x0 = FloatVector.broadcast(S, a[q]);
            l0 = x0.fma(left, l0);
            r0 = x0.fma(right, r0);
            FloatVector x1 = FloatVector.broadcast(S, a[q + 1]);
            l1 = x1.fma(left, l1);
            r1 = x1.fma(right, r1);
            FloatVector x2 = FloatVector.broadcast(S, a[q + 2]);
            l2 = x2.fma(left, l2);
            r2 = x2.fma(right, r2);
            FloatVector x3 = FloatVector.broadcast(S, a[q + 3]);
            l3 = x3.fma(left, l3);
            r3 = x3.fma(right, r3);
            FloatVector x4 = FloatVector.broadcast(S, a[q + 4]);
            l4 = x4.fma(left, l4);
            r4 = x4.fma(right, r4);
            FloatVector x5 = FloatVector.broadcast(S, a[q + 5]);
            l5 = x5.fma(left, l5);
            r5 = x5.fma(right, r5);
            FloatVector x6 = FloatVector.broadcast(S, a[q + 6]);
            l6 = x6.fma(left, l6);
            r6 = x6.fma(right, r6);
            FloatVector x7 = FloatVector.broadcast(S, a[q + 7]);
            l7 = x7.fma(left, l7);
            r7 = x7.fma(right, r7);
            FloatVector x8 = FloatVector.broadcast(S, a[q + 8]);
            l8 = x8.fma(left, l8);
            r8 = x8.fma(right, r8);
            FloatVector x9 = FloatVector.broadcast(S, a[q + 9]);
            l9 = x9.fma(left, l9);
            r9 = x9.fma(right, r9);
            FloatVector x10 = FloatVector.broadcast(S, a[q + 10]);
            l10 = x10.fma(left, l10);
            r10 = x10.fma(right, r10);
            FloatVector x11 = FloatVector.broadcast(S, a[q + 11]);
            l11 = x11.fma(left, l11);
            r11 = x11.fma(right, r11);
        }
        l0.intoArray(c, c0);
        r0.intoArray(c, c0 + WIDTH);
        l1.intoArray(c, c0 + pitchC);
        r1.intoArray(c, c0 + pitchC + WIDTH);
        l2.intoArray(c, c0 + 2 * pitchC);
        r2.intoArray(c, c0 + 2 * pitchC + WIDTH);
        l3.intoArray(c, c0 + 3 * pitchC);
        r3.intoArray(c, c0 + 3 * pitchC + WIDTH);
        l4.intoArray(c, c0 + 4 * pitchC);
        r4.intoArray(c, c0 + 4 * pitchC + WIDTH);
        l5.intoArray(c, c0 + 5 * pitchC);
        r5.intoArray(c, c0 + 5 * pitchC + WIDTH);
        l6.intoArray(c, c0 + 6 * pitchC);
        r6.intoArray(c, c0 + 6 * pitchC + WIDTH);
        l7.intoArray(c, c0 + 7 * pitchC);
        r7.intoArray(c, c0 + 7 * pitchC + WIDTH);
        l8.intoArray(c, c0 + 8 * pitchC);
        r8.intoArray(c, c0 + 8 * pitchC + WIDTH);
        l9.intoArray(c, c0 + 9 * pitchC);
        r9.intoArray(c, c0 + 9 * pitchC + WIDTH);
        l10.intoArray(c, c0 + 10 * pitchC);
        r10.intoArray(c, c0 + 10 * pitchC + WIDTH);
        l11.intoArray(c, c0 + 11 * pitchC);
        r11.intoArray(c, c0 + 11 * pitchC + WIDTH);
    }

    private static void tile8(
            float[] a, int a0, float[] b, int b0, int pitchB, int k, float[] c, int c0, int pitchC, boolean first) {
        FloatVector l0 = first ? FloatVector.zero(S) : load(c, c0);
        FloatVector r0 = first ? FloatVector.zero(S) : load(c, c0 + WIDTH);
        FloatVector l1 = first ? FloatVector.zero(S) : load(c, c0 + pitchC);
        FloatVector r1 = first ? FloatVector.zero(S) : load(c, c0 + pitchC + WIDTH);
        FloatVector l2 = first ? FloatVector.zero(S) : load(c, c0 + 2 * pitchC);
        FloatVector r2 = first ? FloatVector.zero(S) : load(c, c0 + 2 * pitchC + WIDTH);
        FloatVector l3 = first ? FloatVector.zero(S) : load(c, c0 + 3 * pitchC);
        FloatVector r3 = first ? FloatVector.zero(S) : load(c, c0 + 3 * pitchC + WIDTH);
        FloatVector l4 = first ? FloatVector.zero(S) : load(c, c0 + 4 * pitchC);
        FloatVector r4 = first ? FloatVector.zero(S) : load(c, c0 + 4 * pitchC + WIDTH);
        FloatVector l5 = first ? FloatVector.zero(S) : load(c, c0 + 5 * pitchC);
        FloatVector r5 = first ? FloatVector.zero(S) : load(c, c0 + 5 * pitchC + WIDTH);
        FloatVector l6 = first ? FloatVector.zero(S) : load(c, c0 + 6 * pitchC);
        FloatVector r6 = first ? FloatVector.zero(S) : load(c, c0 + 6 * pitchC + WIDTH);
        FloatVector l7 = first ? FloatVector.zero(S) : load(c, c0 + 7 * pitchC);
        FloatVector r7 = first ? FloatVector.zero(S) : load(c, c0 + 7 * pitchC + WIDTH);
        for (int p = 0, q = a0, row = b0; p < k; p++, q += 8, row += pitchB) {
            FloatVector left = load(b, row);
            FloatVector right = load(b, row + WIDTH);
            FloatVector x0 = FloatVector.broadcast(S, a[q]);
            l0 = x0.fma(left, l0);
            r0 = x0.fma(right, r0);
            FloatVector x1 = FloatVector.broadcast(S, a[q + 1]);
            l1 = x1.fma(left, l1);
            r1 = x1.fma(right, r1);
            FloatVector x2 = FloatVector.broadcast(S, a[q + 2]);
            l2 = x2.fma(left, l2);
            r2 = x2.fma(right, r2);
            FloatVector x3 = FloatVector.broadcast(S, a[q + 3]);
            l3 = x3.fma(left, l3);
            r3 = x3.fma(right, r3);
            FloatVector x4 = FloatVector.broadcast(S, a[q + 4]);
            l4 = x4.fma(left, l4);
            r4 = x4.fma(right, r4);
            FloatVector x5 = FloatVector.broadcast(S, a[q + 5]);
            l5 = x5.fma(left, l5);
            r5 = x5.fma(right, r5);
            FloatVector x6 = FloatVector.broadcast(S, a[q + 6]);
            l6 = x6.fma(left, l6);
            r6 = x6.fma(right, r6);
            FloatVector x7 = FloatVector.broadcast(S, a[q + 7]);
            l7 = x7.fma(left, l7);
            r7 = x7.fma(right, r7);
        }
        l0.intoArray(c, c0);
        r0.intoArray(c, c0 + WIDTH);
        l1.intoArray(c, c0 + pitchC);
        r1.intoArray(c, c0 + pitchC + WIDTH);
        l2.intoArray(c, c0 + 2 * pitchC);
        r2.intoArray(c, c0 + 2 * pitchC + WIDTH);
        l3.intoArray(c, c0 + 3 * pitchC);
        r3.intoArray(c, c0 + 3 * pitchC + WIDTH);
        l4.intoArray(c, c0 + 4 * pitchC);
        r4.intoArray(c, c0 + 4 * pitchC + WIDTH);
        l5.intoArray(c, c0 + 5 * pitchC);
        r5.intoArray(c, c0 + 5 * pitchC + WIDTH);
        l6.intoArray(c, c0 + 6 * pitchC);
        r6.intoArray(c, c0 + 6 * pitchC + WIDTH);
        l7.intoArray(c, c0 + 7 * pitchC);
        r7.intoArray(c, c0 + 7 * pitchC + WIDTH);
    }

    private static void tile6(
            float[] a, int a0, float[] b, int b0, int pitchB, int k, float[] c, int c0, int pitchC, boolean first) {
        FloatVector l0 = first ? FloatVector.zero(S) : load(c, c0);
        FloatVector r0 = first ? FloatVector.zero(S) : load(c, c0 + WIDTH);
        FloatVector l1 = first ? FloatVector.zero(S) : load(c, c0 + pitchC);
        FloatVector r1 = first ? FloatVector.zero(S) : load(c, c0 + pitchC + WIDTH);
        FloatVector l2 = first ? FloatVector.zero(S) : load(c, c0 + 2 * pitchC);
        FloatVector r2 = first ? FloatVector.zero(S) : load(c, c0 + 2 * pitchC + WIDTH);
        FloatVector l3 = first ? FloatVector.zero(S) : load(c, c0 + 3 * pitchC);
        FloatVector r3 = first ? FloatVector.zero(S) : load(c, c0 + 3 * pitchC + WIDTH);
        FloatVector l4 = first ? FloatVector.zero(S) : load(c, c0 + 4 * pitchC);
        FloatVector r4 = first ? FloatVector.zero(S) : load(c, c0 + 4 * pitchC + WIDTH);
        FloatVector l5 = first ? FloatVector.zero(S) : load(c, c0 + 5 * pitchC);
        FloatVector r5 = first ? FloatVector.zero(S) : load(c, c0 + 5 * pitchC + WIDTH);
        for (int p = 0, q = a0, row = b0; p < k; p++, q += 6, row += pitchB) {
            FloatVector left = load(b, row);
            FloatVector right = load(b, row + WIDTH);
            FloatVector x0 = FloatVector.broadcast(S, a[q]);
            l0 = x0.fma(left, l0);
            r0 = x0.fma(right, r0);
            FloatVector x1 = FloatVector.broadcast(S, a[q + 1]);
            l1 = x1.fma(left, l1);
            r1 = x1.fma(right, r1);
            FloatVector x2 = FloatVector.broadcast(S, a[q + 2]);
            l2 = x2.fma(left, l2);
            r2 = x2.fma(right, r2);
            FloatVector x3 = FloatVector.broadcast(S, a[q + 3]);
            l3 = x3.fma(left, l3);
            r3 = x3.fma(right, r3);
            FloatVector x4 = FloatVector.broadcast(S, a[q + 4]);
            l4 = x4.fma(left, l4);
            r4 = x4.fma(right, r4);
            FloatVector x5 = FloatVector.broadcast(S, a[q + 5]);
            l5 = x5.fma(left, l5);
            r5 = x5.fma(right, r5);
        }
        l0.intoArray(c, c0);
        r0.intoArray(c, c0 + WIDTH);
        l1.intoArray(c, c0 + pitchC);
        r1.intoArray(c, c0 + pitchC + WIDTH);
        l2.intoArray(c, c0 + 2 * pitchC);
        r2.intoArray(c, c0 + 2 * pitchC + WIDTH);
        l3.intoArray(c, c0 + 3 * pitchC);
        r3.intoArray(c, c0 + 3 * pitchC + WIDTH);
        l4.intoArray(c, c0 + 4 * pitchC);
        r4.intoArray(c, c0 + 4 * pitchC + WIDTH);
        l5.intoArray(c, c0 + 5 * pitchC);
        r5.intoArray(c, c0 + 5 * pitchC + WIDTH);
    }

    private static void tile4(
            float[] a, int a0, float[] b, int b0, int pitchB, int k, float[] c, int c0, int pitchC, boolean first) {
        FloatVector l0 = first ? FloatVector.zero(S) : load(c, c0);
        FloatVector r0 = first ? FloatVector.zero(S) : load(c, c0 + WIDTH);
        FloatVector l1 = first ? FloatVector.zero(S) : load(c, c0 + pitchC);
        FloatVector r1 = first ? FloatVector.zero(S) : load(c, c0 + pitchC + WIDTH);
        FloatVector l2 = first ? FloatVector.zero(S) : load(c, c0 + 2 * pitchC);
        FloatVector r2 = first ? FloatVector.zero(S) : load(c, c0 + 2 * pitchC + WIDTH);
        FloatVector l3 = first ? FloatVector.zero(S) : load(c, c0 + 3 * pitchC);
        FloatVector r3 = first ? FloatVector.zero(S) : load(c, c0 + 3 * pitchC + WIDTH);
        for (int p = 0, q = a0, row = b0; p < k; p++, q += 4, row += pitchB) {
            FloatVector left = load(b, row);
            FloatVector right = load(b, row + WIDTH);
            FloatVector x0 = FloatVector.broadcast(S, a[q]);
            l0 = x0.fma(left, l0);
            r0 = x0.fma(right, r0);
            FloatVector x1 = FloatVector.broadcast(S, a[q + 1]);
            l1 = x1.fma(left, l1);
            r1 = x1.fma(right, r1);
            FloatVector x2 = FloatVector.broadcast(S, a[q + 2]);
            l2 = x2.fma(left, l2);
            r2 = x2.fma(right, r2);
            FloatVector x3 = FloatVector.broadcast(S, a[q + 3]);
            l3 = x3.fma(left, l3);
            r3 = x3.fma(right, r3);
        }
        l0.intoArray(c, c0);
        r0.intoArray(c, c0 + WIDTH);
        l1.intoArray(c, c0 + pitchC);
        r1.intoArray(c, c0 + pitchC + WIDTH);
        l2.intoArray(c, c0 + 2 * pitchC);
        r2.intoArray(c, c0 + 2 * pitchC + WIDTH);
        l3.intoArray(c, c0 + 3 * pitchC);
        r3.intoArray(c, c0 + 3 * pitchC + WIDTH);
    }
}
