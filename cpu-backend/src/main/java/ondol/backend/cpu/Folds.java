package ondol.backend.cpu;

import static ondol.kernel.ReduceOp.LANES;

import ondol.kernel.ReduceOp;

/** The loops that combine F32 values, in plain Java. */
final class Folds {
    private Folds() {}

    /** What changes no value that it is combined with; a sum's lanes begin with it. */
    static float identity(ReduceOp op) {
        return switch (op) {
            case SUM -> 0;
            case PROD -> 1;
            case MAX, ARGMAX -> Float.NEGATIVE_INFINITY;
            case MIN, ARGMIN -> Float.POSITIVE_INFINITY;
        };
    }

    /** Combines n values with the lanes, the first with lane 0; of an extreme there is one lane. */
    static void intoLanes(ReduceOp op, float[] lanes, float[] a, int at, int n) {
        switch (op) {
            case SUM -> sum(lanes, a, at, n);
            case PROD -> prod(lanes, a, at, n);
            case MAX, ARGMAX -> lanes[0] = max(lanes[0], a, at, n);
            case MIN, ARGMIN -> lanes[0] = min(lanes[0], a, at, n);
        }
    }

    /** Eight lanes at a time, whose additions need not wait for each other. */
    private static void sum(float[] lanes, float[] a, int at, int n) {
        int whole = n - n % LANES;
        for (int l = 0; l < LANES && whole > 0; l += 8) {
            float s0 = lanes[l];
            float s1 = lanes[l + 1];
            float s2 = lanes[l + 2];
            float s3 = lanes[l + 3];
            float s4 = lanes[l + 4];
            float s5 = lanes[l + 5];
            float s6 = lanes[l + 6];
            float s7 = lanes[l + 7];
            for (int k = at + l; k < at + whole; k += LANES) {
                s0 += a[k];
                s1 += a[k + 1];
                s2 += a[k + 2];
                s3 += a[k + 3];
                s4 += a[k + 4];
                s5 += a[k + 5];
                s6 += a[k + 6];
                s7 += a[k + 7];
            }
            lanes[l] = s0;
            lanes[l + 1] = s1;
            lanes[l + 2] = s2;
            lanes[l + 3] = s3;
            lanes[l + 4] = s4;
            lanes[l + 5] = s5;
            lanes[l + 6] = s6;
            lanes[l + 7] = s7;
        }
        for (int k = whole; k < n; k++) {
            lanes[k - whole] += a[at + k];
        }
    }

    private static void prod(float[] lanes, float[] a, int at, int n) {
        for (int k = 0; k < n; k++) {
            lanes[k % LANES] *= a[at + k];
        }
    }

    private static float max(float start, float[] a, int at, int n) {
        float best = start;
        for (int k = at; k < at + n; k++) {
            best = Math.max(best, a[k]);
        }
        return best;
    }

    private static float min(float start, float[] a, int at, int n) {
        float best = start;
        for (int k = at; k < at + n; k++) {
            best = Math.min(best, a[k]);
        }
        return best;
    }

    /** What the lanes come to, by halves; overwrites them. */
    static float fold(ReduceOp op, float[] lanes) {
        for (int half = op.hasIdentity() ? LANES / 2 : 0; half >= 1; half /= 2) {
            for (int l = 0; l < half; l++) {
                lanes[l] = op == ReduceOp.SUM ? lanes[l] + lanes[l + half] : lanes[l] * lanes[l + half];
            }
        }
        return lanes[0];
    }

    /** {@code d[k] = d[k] op a[k]}. */
    static void combine(ReduceOp op, float[] d, float[] a, int n) {
        switch (op) {
            case SUM -> add(d, a, n);
            case PROD -> multiply(d, a, n);
            case MAX, ARGMAX -> max(d, a, n);
            case MIN, ARGMIN -> min(d, a, n);
        }
    }

    private static void add(float[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] += a[k];
        }
    }

    private static void multiply(float[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] *= a[k];
        }
    }

    private static void max(float[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.max(d[k], a[k]);
        }
    }

    private static void min(float[] d, float[] a, int n) {
        for (int k = 0; k < n; k++) {
            d[k] = Math.min(d[k], a[k]);
        }
    }

    /** Whether a value wins against one that came before it. */
    static boolean isBefore(ReduceOp op, float value, float best) {
        return Float.isNaN(value) || (op == ReduceOp.ARGMAX ? value > best : value < best);
    }

    /** Where a value first occurs that is known to: +0 and -0 are one value, and so is every NaN. */
    static int indexOf(float[] a, int a0, int stride, float value) {
        int k = 0;
        if (Float.isNaN(value)) {
            while (!Float.isNaN(a[a0 + k * stride])) {
                k++;
            }
        } else {
            while (a[a0 + k * stride] != value) {
                k++;
            }
        }
        return k;
    }
}
