package ondol.backend.cpu;

/** Plain Java: 4 x 4 sums in scalar registers. */
final class PlainMatMul extends MatMulKernel {
    @Override
    int rows() {
        return 4;
    }

    @Override
    int columns() {
        return 16;
    }

    @Override
    int rowsFor(int left) {
        return 4;
    }

    @Override
    int columnsFor(int left) {
        return (left + 3) / 4 * 4;
    }

    @Override
    boolean readsRows() {
        return false;
    }

    @Override
    Tile tile(int rows, int columns, boolean packed) {
        return switch (columns) {
            case 4 -> t -> run(t, 4);
            case 8 -> t -> run(t, 8);
            case 12 -> t -> run(t, 12);
            default -> t -> run(t, 16);
        };
    }

    @Override
    void copyLines(float[] from, int at, int stride, int lines, int width, float[] panel, int to) {
        for (int line = 0; line < lines; line++) {
            System.arraycopy(from, at + line * stride, panel, to + line * width, width);
        }
    }

    private static void run(TileArguments t, int columns) {
        for (int j = 0; j < columns; j += 4) {
            part(t.a, t.a0, t.b, t.b0 + j, t.pitchB, t.k, t.c, t.c0 + j, t.pitchC, t.first);
        }
    }

    private static void part(
            float[] a, int a0, float[] b, int b0, int pitchB, int k, float[] c, int c0, int pitchC, boolean first) {
        int c1 = c0 + pitchC;
        int c2 = c1 + pitchC;
        int c3 = c2 + pitchC;
        float s00 = 0;
        float s01 = 0;
        float s02 = 0;
        float s03 = 0;
        float s10 = 0;
        float s11 = 0;
        float s12 = 0;
        float s13 = 0;
        float s20 = 0;
        float s21 = 0;
        float s22 = 0;
        float s23 = 0;
        float s30 = 0;
        float s31 = 0;
        float s32 = 0;
        float s33 = 0;
        if (!first) {
            s00 = c[c0];
            s01 = c[c0 + 1];
            s02 = c[c0 + 2];
            s03 = c[c0 + 3];
            s10 = c[c1];
            s11 = c[c1 + 1];
            s12 = c[c1 + 2];
            s13 = c[c1 + 3];
            s20 = c[c2];
            s21 = c[c2 + 1];
            s22 = c[c2 + 2];
            s23 = c[c2 + 3];
            s30 = c[c3];
            s31 = c[c3 + 1];
            s32 = c[c3 + 2];
            s33 = c[c3 + 3];
        }
        for (int p = 0, q = a0, r = b0; p < k; p++, q += 4, r += pitchB) {
            float b0p = b[r];
            float b1p = b[r + 1];
            float b2p = b[r + 2];
            float b3p = b[r + 3];
            float a0p = a[q];
            float a1p = a[q + 1];
            float a2p = a[q + 2];
            float a3p = a[q + 3];
            s00 = Math.fma(a0p, b0p, s00);
            s01 = Math.fma(a0p, b1p, s01);
            s02 = Math.fma(a0p, b2p, s02);
            s03 = Math.fma(a0p, b3p, s03);
            s10 = Math.fma(a1p, b0p, s10);
            s11 = Math.fma(a1p, b1p, s11);
            s12 = Math.fma(a1p, b2p, s12);
            s13 = Math.fma(a1p, b3p, s13);
            s20 = Math.fma(a2p, b0p, s20);
            s21 = Math.fma(a2p, b1p, s21);
            s22 = Math.fma(a2p, b2p, s22);
            s23 = Math.fma(a2p, b3p, s23);
            s30 = Math.fma(a3p, b0p, s30);
            s31 = Math.fma(a3p, b1p, s31);
            s32 = Math.fma(a3p, b2p, s32);
            s33 = Math.fma(a3p, b3p, s33);
        }
        c[c0] = s00;
        c[c0 + 1] = s01;
        c[c0 + 2] = s02;
        c[c0 + 3] = s03;
        c[c1] = s10;
        c[c1 + 1] = s11;
        c[c1 + 2] = s12;
        c[c1 + 3] = s13;
        c[c2] = s20;
        c[c2 + 1] = s21;
        c[c2 + 2] = s22;
        c[c2 + 3] = s23;
        c[c3] = s30;
        c[c3 + 1] = s31;
        c[c3 + 2] = s32;
        c[c3 + 3] = s33;
    }
}
