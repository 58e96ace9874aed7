package ondol.optim.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Cosines and powers against 60 digits. */
class ExactMathTest {
    private static final MathContext DIGITS = new MathContext(60);

    private static BigDecimal exact(double x) {
        return new BigDecimal(x);
    }

    /** The cosine by its series alone, so that numbers have to be small enough for 60 digits. */
    private static double cos(double x) {
        MathContext more = new MathContext(100);
        BigDecimal square = exact(x).multiply(exact(x), more).negate();
        BigDecimal term = BigDecimal.ONE;
        BigDecimal sum = BigDecimal.ONE;
        for (int n = 2; n < 400; n += 2) {
            term = term.multiply(square, more).divide(BigDecimal.valueOf((long) n * (n - 1)), more);
            sum = sum.add(term, more);
        }
        return sum.doubleValue();
    }

    @Test
    void cosines() {
        for (int period = 1; period < 40; period++) {
            for (int t = 0; t < 3 * period; t++) {
                double x = Math.PI * t / period;
                assertEquals(cos(x), ExactMath.cos(x), "cos(" + x + ")");
            }
        }
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            double x = random.nextDouble(-40, 40);
            assertEquals(cos(x), ExactMath.cos(x), "cos(" + x + ")");
        }
        assertEquals(-1, ExactMath.cos(Math.PI));
        assertEquals(1, ExactMath.cos(0));
    }

    /** A large argument is within the accuracy of a cosine that knows more digits of pi. */
    @Test
    void cosinesOfManyPeriods() {
        for (long t : new long[] {1_000_003, 123_456_789, 300_000_001}) {
            double x = Math.PI * t / 3;
            assertEquals(StrictMath.cos(x), ExactMath.cos(x), 1e-16);
        }
    }

    @Test
    void integerPowers() {
        for (double x : new double[] {0.1, 0.5, 0.9, 0.97, 0.99, 0.9999, 1.0 / 3, 0.7500000000000001, 1.1, 3}) {
            for (int n : new int[] {0, 1, 2, 3, 4, 7, 10, 31, 63, 64, 65, 100, 257, 300, 1000, 5000}) {
                double expected = exact(x).pow(n, DIGITS).doubleValue();
                assertEquals(expected, ExactMath.pow(x, n), x + "^" + n);
            }
        }
    }

    /** A power y = x^(n / 8) is the double for which y^8 is nearest to x^n. */
    @Test
    void brokenPowers() {
        Random random = new Random(2);
        for (int i = 0; i < 500; i++) {
            double x = random.nextDouble();
            int n = 1 + random.nextInt(40);
            BigDecimal root = exact(x).pow(n, DIGITS);
            for (int k = 0; k < 3; k++) {
                root = root.sqrt(DIGITS);
            }
            assertEquals(root.doubleValue(), ExactMath.pow(x, n / 8.0), x + "^" + n / 8.0);
        }
    }

    @Test
    void edges() {
        assertEquals(1, ExactMath.pow(0, 0));
        assertEquals(0, ExactMath.pow(0, 2.5));
        assertEquals(0, ExactMath.pow(0.5, 5000));
        assertEquals(Double.MIN_VALUE, ExactMath.pow(0.5, 1074));
        assertEquals(Double.POSITIVE_INFINITY, ExactMath.pow(3, 5000));
        assertEquals(exact(Double.MIN_VALUE).sqrt(DIGITS).doubleValue(), ExactMath.pow(Double.MIN_VALUE, 0.5));
        assertEquals(exact(1e-310).pow(3, DIGITS).sqrt(DIGITS).sqrt(DIGITS).doubleValue(), ExactMath.pow(1e-310, 0.75));
    }
}
