package ondol.backend.cpu;

import ondol.kernel.ReduceOp;

/** {@link Folds} in plain Java. */
final class PlainFolds extends Folds {
    private static final int LANES = ReduceOp.LANES;

    @Override
    void sum(float[] lanes, float[] a, int a0, int n) {
        for (int k = 0; k < n; k += LANES) {
            int m = Math.min(LANES, n - k);
            for (int l = 0; l < m; l++) {
                lanes[l] += a[a0 + k + l];
            }
        }
    }

    @Override
    void sumProducts(float[] lanes, float[] a, int a0, float[] b, int b0, int n) {
        for (int k = 0; k < n; k += LANES) {
            int m = Math.min(LANES, n - k);
            for (int l = 0; l < m; l++) {
                lanes[l] += a[a0 + k + l] * b[b0 + k + l];
            }
        }
    }

    @Override
    void sumProducts(float[] lanes, float[] a, int a0, float b, int n) {
        for (int k = 0; k < n; k += LANES) {
            int m = Math.min(LANES, n - k);
            for (int l = 0; l < m; l++) {
                lanes[l] += a[a0 + k + l] * b;
            }
        }
    }

    @Override
    void prod(float[] lanes, float[] a, int a0, int n) {
        for (int k = 0; k < n; k += LANES) {
            int m = Math.min(LANES, n - k);
            for (int l = 0; l < m; l++) {
                lanes[l] *= a[a0 + k + l];
            }
        }
    }

    @Override
    float sumLanes(float[] lanes) {
        for (int half = LANES / 2; half >= 1; half /= 2) {
            for (int l = 0; l < half; l++) {
                lanes[l] += lanes[l + half];
            }
        }
        return lanes[0];
    }

    /** The product of 64 lanes, by halves; overwrites them. */
    static float prodLanes(float[] lanes) {
        for (int half = LANES / 2; half >= 1; half /= 2) {
            for (int l = 0; l < half; l++) {
                lanes[l] *= lanes[l + half];
            }
        }
        return lanes[0];
    }

    @Override
    float max(float[] a, int a0, int n) {
        float best = a[a0];
        for (int k = 1; k < n; k++) {
            best = Math.max(best, a[a0 + k]);
        }
        return best;
    }

    @Override
    float min(float[] a, int a0, int n) {
        float best = a[a0];
        for (int k = 1; k < n; k++) {
            best = Math.min(best, a[a0 + k]);
        }
        return best;
    }

    @Override
    void addTo(float[] d, int d0, float[] a, int a0, int n) {
        for (int k = 0; k < n; k++) {
            d[d0 + k] += a[a0 + k];
        }
    }

    @Override
    void add(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n) {
        for (int k = 0; k < n; k++) {
            d[d0 + k] = a[a0 + k] + b[b0 + k];
        }
    }

    @Override
    void addProductTo(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n) {
        for (int k = 0; k < n; k++) {
            d[d0 + k] += a[a0 + k] * b[b0 + k];
        }
    }

    @Override
    void addProductTo(float[] d, int d0, float[] a, int a0, float b, int n) {
        for (int k = 0; k < n; k++) {
            d[d0 + k] += a[a0 + k] * b;
        }
    }

    @Override
    void product(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n) {
        for (int k = 0; k < n; k++) {
            d[d0 + k] = a[a0 + k] * b[b0 + k];
        }
    }

    @Override
    void product(float[] d, int d0, float[] a, int a0, float b, int n) {
        for (int k = 0; k < n; k++) {
            d[d0 + k] = a[a0 + k] * b;
        }
    }

    @Override
    void maxTo(float[] d, int d0, float[] a, int a0, int n) {
        for (int k = 0; k < n; k++) {
            d[d0 + k] = Math.max(d[d0 + k], a[a0 + k]);
        }
    }

    @Override
    void minTo(float[] d, int d0, float[] a, int a0, int n) {
        for (int k = 0; k < n; k++) {
            d[d0 + k] = Math.min(d[d0 + k], a[a0 + k]);
        }
    }
}
