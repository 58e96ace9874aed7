package ondol.backend.cpu;

import ondol.kernel.ReduceOp;

/** The loops that combine I64 values; the order does not matter to them. */
final class IntegerFolds {
    private IntegerFolds() {}

    static long identity(ReduceOp op) {
        return switch (op) {
            case SUM -> 0;
            case PROD -> 1;
            case MAX -> Long.MIN_VALUE;
            case MIN -> Long.MAX_VALUE;
            case ARGMAX, ARGMIN -> throw new IllegalArgumentException(op + " has no identity");
        };
    }

    static long fold(ReduceOp op, long start, long[] a, int at, int n) {
        long result = start;
        switch (op) {
            case SUM -> {
                for (int k = at; k < at + n; k++) {
                    result += a[k];
                }
            }
            case PROD -> {
                for (int k = at; k < at + n; k++) {
                    result *= a[k];
                }
            }
            case MAX -> {
                for (int k = at; k < at + n; k++) {
                    result = Math.max(result, a[k]);
                }
            }
            case MIN -> {
                for (int k = at; k < at + n; k++) {
                    result = Math.min(result, a[k]);
                }
            }
            case ARGMAX, ARGMIN -> throw new IllegalArgumentException(op + " is no fold");
        }
        return result;
    }

    /** {@code d[to + k] = d[to + k] op a[at + k]}. */
    static void combine(ReduceOp op, long[] d, int to, long[] a, int at, int n) {
        switch (op) {
            case SUM -> {
                for (int k = 0; k < n; k++) {
                    d[to + k] += a[at + k];
                }
            }
            case PROD -> {
                for (int k = 0; k < n; k++) {
                    d[to + k] *= a[at + k];
                }
            }
            case MAX -> {
                for (int k = 0; k < n; k++) {
                    d[to + k] = Math.max(d[to + k], a[at + k]);
                }
            }
            case MIN -> {
                for (int k = 0; k < n; k++) {
                    d[to + k] = Math.min(d[to + k], a[at + k]);
                }
            }
            case ARGMAX, ARGMIN -> throw new IllegalArgumentException(op + " is no fold");
        }
    }

    /** How many are true. */
    static int count(boolean[] a, int at, int stride, int n) {
        int count = 0;
        if (stride == 1) {
            for (int k = at; k < at + n; k++) {
                count += a[k] ? 1 : 0;
            }
        } else {
            for (int k = 0; k < n; k++) {
                count += a[at + k * stride] ? 1 : 0;
            }
        }
        return count;
    }

    /** Adds 1 where one is true. */
    static void count(long[] d, int to, boolean[] a, int at, int n) {
        for (int k = 0; k < n; k++) {
            d[to + k] += a[at + k] ? 1 : 0;
        }
    }
}
