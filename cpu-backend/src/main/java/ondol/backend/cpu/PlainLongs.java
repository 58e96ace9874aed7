package ondol.backend.cpu;

/** I64 primitives in plain Java, most of which C2 vectorises. */
final class PlainLongs {
    private PlainLongs() {}

    static void neg(long[] d, long[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = -a[k];
        }
    }

    static void abs(long[] d, long[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.abs(a[k]);
        }
    }

    static void not(long[] d, long[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = ~a[k];
        }
    }

    static void toF32(float[] d, long[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k];
        }
    }

    static void toI32(int[] d, long[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = (int) a[k];
        }
    }

    static void toBool(boolean[] d, long[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] != 0;
        }
    }

    static void add(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] + b[k];
        }
    }

    static void sub(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] - b[k];
        }
    }

    static void mul(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] * b[k];
        }
    }

    static void min(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.min(a[k], b[k]);
        }
    }

    static void max(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.max(a[k], b[k]);
        }
    }

    static void and(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] & b[k];
        }
    }

    static void or(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] | b[k];
        }
    }

    static void xor(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ^ b[k];
        }
    }

    static void shl(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] << b[k];
        }
    }

    static void shr(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >> b[k];
        }
    }

    static void ushr(long[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >>> b[k];
        }
    }

    static void lt(boolean[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] < b[k];
        }
    }

    static void le(boolean[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] <= b[k];
        }
    }

    static void eq(boolean[] d, long[] a, long[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] == b[k];
        }
    }

    static void select(long[] d, boolean[] a, long[] b, long[] c, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? b[k] : c[k];
        }
    }
}
