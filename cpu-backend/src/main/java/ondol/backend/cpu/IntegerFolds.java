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
}
