package ondol.backend.cpu;

import ondol.kernel.Expr.Keep;

/**
 * The dropout mask of {@link Keep}, for runs of indices: the state at a run's start, found by skipping, times a table of
 * the multiplier's powers.
 */
final class KeepMask {
    /** As far as a table of powers goes. */
    static final int LONGEST_RUN = 1024;

    /** The multiplier to the powers 1, 2, 4, 8 ... */
    private static final long[] SQUARES = new long[Long.SIZE - 1];

    static {
        long power = Keep.MULTIPLIER;
        for (int k = 0; k < SQUARES.length; k++) {
            SQUARES[k] = power;
            power = times(power, power);
        }
    }

    /** The multiplier to the powers 0, 1, 2 ... */
    static final int[] SUCCESSIVE = powers(1);

    private KeepMask() {}

    /** The multiplier to the powers 0, stride, 2 stride ... */
    static int[] powers(long stride) {
        int[] powers = new int[LONGEST_RUN];
        long factor = power(stride);
        long power = 1;
        for (int k = 0; k < LONGEST_RUN; k++) {
            powers[k] = (int) power;
            power = times(power, factor);
        }
        return powers;
    }

    /** The state at an index. */
    static long state(int seed, long index) {
        return times(Keep.start(seed), power(index));
    }

    /** The mask of the frame's indices; the seed and the threshold are the run-time scalars of these numbers. */
    static void fill(Frame r, int seedScalar, int thresholdScalar, boolean[] d) {
        int seed = (int) r.scalars[seedScalar];
        int threshold = (int) r.scalars[thresholdScalar];
        int[] powers = r.powers();
        int at = 0;
        for (int run = 0; run < r.indexRuns; run++) {
            int count = r.indexCount[run];
            states(powers, state(seed, r.indexStart[run]), r.states, count);
            compare(r.states, threshold, d, at, count);
            at += count;
        }
    }

    /** Two loops, since C2 vectorises the first only where it is alone. */
    private static void states(int[] powers, long first, int[] states, int n) {
        for (int k = 0; k < n; k++) {
            states[k] = (int) times(powers[k], first);
        }
    }

    private static void compare(int[] states, int threshold, boolean[] d, int at, int n) {
        for (int k = 0; k < n; k++) {
            d[at + k] = states[k] < threshold;
        }
    }

    /** The product modulo 2^31 - 1 of two numbers between 1 and 2^31 - 2: the bits above the 31st count once more. */
    static long times(long a, long b) {
        long product = a * b;
        long folded = (product & Keep.MODULUS) + (product >>> 31);
        return (folded & Keep.MODULUS) + (folded >>> 31);
    }

    /** The multiplier to the power n. */
    static long power(long n) {
        long result = 1;
        for (long rest = n; rest != 0; rest &= rest - 1) {
            result = times(result, SQUARES[Long.numberOfTrailingZeros(rest)]);
        }
        return result;
    }
}
