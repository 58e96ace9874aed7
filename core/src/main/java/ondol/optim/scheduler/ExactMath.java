package ondol.optim.scheduler;

/**
 * Cosines and powers that are rounded once: the double nearest to the true value, so that a schedule is the same numbers on
 * every machine.
 *
 * <p>PyTorch's are those of Python, which asks the C library. The GNU one is off by no more than 0.55 units in the last place,
 * and so gives the same double but for one argument in a thousand. {@code StrictMath} differs from it in three to six of a
 * hundred.
 */
final class ExactMath {
    /** Half of pi, in parts that are doubles. */
    private static final double[] HALF_PI = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110};

    private static final DoubleDouble LN_2 = new DoubleDouble(0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);

    private ExactMath() {}

    /** The cosine of a number whose magnitude is below 2^30. */
    static double cos(double x) {
        double quarters = Math.rint(x / HALF_PI[0]);
        DoubleDouble rest = DoubleDouble.of(x);
        for (double part : HALF_PI) {
            rest = rest.add(DoubleDouble.product(-quarters, part));
        }
        boolean odd = ((long) quarters & 1) != 0;
        double value = (odd ? sine(rest) : cosine(rest)).round();
        return ((long) quarters + 1 & 2) != 0 ? -value : value;
    }

    private static DoubleDouble cosine(DoubleDouble x) {
        return alternating(x, 0);
    }

    private static DoubleDouble sine(DoubleDouble x) {
        return alternating(x, 1).mul(x);
    }

    /** The sum of (-x^2)^k first! / (2k + first)!, for |x| up to a quarter of pi. */
    private static DoubleDouble alternating(DoubleDouble x, int first) {
        DoubleDouble minusSquare = x.mul(x).mul(-1);
        DoubleDouble sum = DoubleDouble.ONE;
        for (int n = first + 28; n > first; n -= 2) {
            sum = sum.mul(minusSquare).div(n * (n - 1.0)).add(DoubleDouble.ONE);
        }
        return sum;
    }

    /** A number of 0 or more to the power of a number of 0 or more. */
    static double pow(double x, double y) {
        double rough = StrictMath.pow(x, y);
        if (x == 1 || y == 0 || y == 1 || rough == 0 || !(rough < Double.POSITIVE_INFINITY)) {
            return rough;
        }
        if (y == 0.5) {
            return Math.sqrt(x);
        }
        if (y <= 64 && y == Math.rint(y) && rough > 0x1p-900 && rough < 0x1p900) {
            return product(x, (int) y).round();
        }
        return exp(log(x).mul(y));
    }

    /** {@code x} to the power {@code factors}, by squaring in double-double arithmetic. */
    private static DoubleDouble product(double x, int factors) {
        DoubleDouble all = DoubleDouble.of(x);
        for (int bit = Integer.highestOneBit(factors) >> 1; bit > 0; bit >>= 1) {
            all = all.mul(all);
            if ((factors & bit) != 0) {
                all = all.mul(x);
            }
        }
        return all;
    }

    private static double exp(DoubleDouble x) {
        int twos = (int) Math.rint(x.high() / LN_2.high());
        return Math.scalb(expOfSmall(x.add(LN_2.mul(-twos))).round(), twos);
    }

    /** e^x for |x| below 1/2. */
    private static DoubleDouble expOfSmall(DoubleDouble x) {
        DoubleDouble sixteenth = x.scale(-4);
        DoubleDouble sum = DoubleDouble.ONE;
        for (int n = 18; n > 0; n--) {
            sum = sum.mul(sixteenth).div(n).add(DoubleDouble.ONE);
        }
        for (int i = 0; i < 4; i++) {
            sum = sum.mul(sum);
        }
        return sum;
    }

    /**
     * The logarithm, from a rounded logarithm g of the significand m, by log m = g + log(1 + d) with d = m e^-g - 1, which is
     * tiny.
     */
    private static DoubleDouble log(double x) {
        int twos = x < Double.MIN_NORMAL ? Math.getExponent(x * 0x1p60) - 60 : Math.getExponent(x);
        double significand = x < Double.MIN_NORMAL ? Math.scalb(x * 0x1p60, -twos - 60) : Math.scalb(x, -twos);
        if (significand > 1.5) {
            significand /= 2;
            twos++;
        }
        double guess = StrictMath.log(significand);
        DoubleDouble d = expOfSmall(DoubleDouble.of(-guess)).mul(significand).add(DoubleDouble.of(-1));
        DoubleDouble rest = d.add(d.mul(d).mul(-0.5));
        return LN_2.mul(twos).add(DoubleDouble.of(guess)).add(rest);
    }
}
