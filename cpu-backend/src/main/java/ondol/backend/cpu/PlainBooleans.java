package ondol.backend.cpu;

/** BOOL primitives in plain Java. */
final class PlainBooleans {
    private PlainBooleans() {}

    static void not(boolean[] d, boolean[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = !a[k];
        }
    }

    static void toF32(float[] d, boolean[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? 1 : 0;
        }
    }

    static void toI32(int[] d, boolean[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? 1 : 0;
        }
    }

    static void toI64(long[] d, boolean[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? 1 : 0;
        }
    }

    static void and(boolean[] d, boolean[] a, boolean[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] & b[k];
        }
    }

    static void or(boolean[] d, boolean[] a, boolean[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] | b[k];
        }
    }

    static void xor(boolean[] d, boolean[] a, boolean[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ^ b[k];
        }
    }

    static void eq(boolean[] d, boolean[] a, boolean[] b, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] == b[k];
        }
    }

    static void select(boolean[] d, boolean[] a, boolean[] b, boolean[] c, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? b[k] : c[k];
        }
    }
}
