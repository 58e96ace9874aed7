package ondol.backend.cpu;

/** I32 primitives in plain Java, most of which C2 vectorises. */
final class PlainInts {
    private PlainInts() {}

    static void neg(int[] d, int[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = -a[k];
        }
    }

    static void abs(int[] d, int[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.abs(a[k]);
        }
    }

    static void not(int[] d, int[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = ~a[k];
        }
    }

    static void toF32(float[] d, int[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k];
        }
    }

    static void toI64(long[] d, int[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k];
        }
    }

    static void toBool(boolean[] d, int[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] != 0;
        }
    }

    static void fromBits(float[] d, int[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Float.intBitsToFloat(a[k]);
        }
    }

    static void add(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] + b[k];
        }
    }

    static void sub(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] - b[k];
        }
    }

    static void mul(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] * b[k];
        }
    }

    static void min(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.min(a[k], b[k]);
        }
    }

    static void max(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.max(a[k], b[k]);
        }
    }

    static void and(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] & b[k];
        }
    }

    static void or(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] | b[k];
        }
    }

    static void xor(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ^ b[k];
        }
    }

    static void shl(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] << b[k];
        }
    }

    static void shr(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >> b[k];
        }
    }

    static void ushr(int[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >>> b[k];
        }
    }

    static void lt(boolean[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] < b[k];
        }
    }

    static void le(boolean[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] <= b[k];
        }
    }

    static void eq(boolean[] d, int[] a, int[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] == b[k];
        }
    }

    static void select(int[] d, boolean[] a, int[] b, int[] c, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? b[k] : c[k];
        }
    }
}
