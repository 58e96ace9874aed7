package ondol.backend.cpu;

/** F32 primitives in plain Java. C2 vectorises most: all that is arithmetic, since all arrays run from the same index. */
final class PlainFloats {
    private PlainFloats() {}

    static void neg(float[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = -a[k];
        }
    }

    static void abs(float[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.abs(a[k]);
        }
    }

    static void floor(float[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = (float) Math.floor(a[k]);
        }
    }

    static void sqrt(float[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = (float) Math.sqrt(a[k]);
        }
    }

    static void toI32(int[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = (int) a[k];
        }
    }

    static void toI64(long[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = (long) a[k];
        }
    }

    static void toBool(boolean[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] != 0;
        }
    }

    static void bits(int[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Float.floatToRawIntBits(a[k]);
        }
    }

    static void add(float[] d, float[] a, float[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] + b[k];
        }
    }

    static void sub(float[] d, float[] a, float[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] - b[k];
        }
    }

    static void mul(float[] d, float[] a, float[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] * b[k];
        }
    }

    static void div(float[] d, float[] a, float[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] / b[k];
        }
    }

    static void min(float[] d, float[] a, float[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.min(a[k], b[k]);
        }
    }

    static void max(float[] d, float[] a, float[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.max(a[k], b[k]);
        }
    }

    static void lt(boolean[] d, float[] a, float[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] < b[k];
        }
    }

    static void le(boolean[] d, float[] a, float[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] <= b[k];
        }
    }

    static void eq(boolean[] d, float[] a, float[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] == b[k];
        }
    }

    static void fma(float[] d, float[] a, float[] b, float[] c, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.fma(a[k], b[k], c[k]);
        }
    }

    static void select(float[] d, boolean[] a, float[] b, float[] c, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? b[k] : c[k];
        }
    }
}
