package ondol.kernel;

import static ondol.kernel.ScalarEvaluator.bits;
import static ondol.kernel.ScalarEvaluator.f32;
import static ondol.kernel.Type.BOOL;
import static ondol.kernel.Type.F32;
import static ondol.kernel.Type.I32;
import static ondol.kernel.Type.I64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Compares the functions with double precision: at every 49 999th float of either sign, around every power of two, and
 * at the values where a formula begins or ends to apply. The bounds are what a check of all 2^32 floats once found.
 */
final class FunctionsTest {
    private static final float INF = Float.POSITIVE_INFINITY;
    private static final float NAN = Float.NaN;
    private static final float MIN = Float.MIN_VALUE;
    private static final float MAX = Float.MAX_VALUE;
    private static final float UNDER_ONE = Math.nextDown(1f);

    private static final Expr X = Expr.input(0, F32);
    private static final Expr Y = Expr.input(1, F32);
    private static final long[] NO_SCALARS = {};

    /** Where the composed functions, or their results, change their ways. */
    private static final float[] CRITICAL = {
        0,
        0.17328680f,
        0.34657359f,
        0.54930615f,
        0.67448975f,
        0.69314718f,
        0.8944f,
        1.109f,
        3.9192059f,
        3.92f,
        3.93f,
        8.66434f,
        9.0109134f,
        10,
        15.9424f,
        16.635532f,
        17.3287f,
        20,
        30,
        40,
        43.668f,
        87.33654f,
        88.02969f,
        88.37626f,
        88.72283f,
        88.72284f,
        90,
        103.27893f,
        103.97208f,
        103.9721f,
        104,
        105,
        110,
        1e10f,
        MAX,
        INF,
        1.5707963f,
        3.1415927f,
        4.712389f,
        6.2831855f,
        262144,
        131072.5f,
        2097152,
        8388608,
        16777216
    };

    // ---- accuracy

    @Test
    void exp() {
        check(Functions::exp, StrictMath::exp, 1.66);
        expect(Functions::exp, -INF, 0, INF, INF, 0f, 1, -0f, 1, 88.72284f, INF, -103.9721f, 0, -103.97207f, MIN);
    }

    @Test
    void expm1() {
        check(Functions::expm1, StrictMath::expm1, 1.47);
        expect(Functions::expm1, -INF, -1, INF, INF, 0f, 0f, -0f, -0f, MIN, MIN, -MIN, -MIN);
    }

    @Test
    void log() {
        check(Functions::log, StrictMath::log, 1.07);
        expect(Functions::log, 0f, -INF, -0f, -INF, -MIN, NAN, -1, NAN, -INF, NAN, INF, INF, 1, 0f, MIN, -103.27893f);
    }

    @Test
    void log1p() {
        check(Functions::log1p, StrictMath::log1p, 1.82);
        expect(Functions::log1p, 0f, 0f, -0f, -0f, -1, -INF, Math.nextDown(-1f), NAN, -INF, NAN, INF, INF, -MIN, -MIN);
    }

    @Test
    void sigmoid() {
        check(Functions::sigmoid, FunctionsTest::sigmoid, 1.82);
        expect(Functions::sigmoid, -INF, 0, INF, 1, 0f, 0.5f, -0f, 0.5f, 20, 1, -104, 0, -103.97207f, MIN);
    }

    @Test
    void tanh() {
        check(Functions::tanh, StrictMath::tanh, 1.75);
        expect(Functions::tanh, -INF, -1, INF, 1, 0f, 0f, -0f, -0f, MIN, MIN, -MIN, -MIN, 9.1f, 1, 1e30f, 1);
    }

    @Test
    void erf() {
        check(Functions::erf, FunctionsTest::erf, 1.85);
        expect(Functions::erf, -INF, -1, INF, 1, 0f, 0f, -0f, -0f, MIN, MIN, -MIN, -MIN, 3.93f, 1, -1e30f, -1);
    }

    @Test
    void sin() {
        check(Functions::sin, StrictMath::sin, 1.87);
        expect(Functions::sin, -INF, NAN, INF, NAN, 0f, 0f, -0f, -0f, MIN, MIN, -MIN, -MIN);
    }

    @Test
    void cos() {
        check(Functions::cos, StrictMath::cos, 1.93);
        expect(Functions::cos, -INF, NAN, INF, NAN, 0f, 1, -0f, 1, MIN, 1);
    }

    @Test
    void softplus() {
        check(Functions::softplus, x -> x > 20 ? x : StrictMath.log1p(StrictMath.exp(x)), 2.9);
        expect(Functions::softplus, -INF, 0, INF, INF, 21, 21, MAX, MAX, -104, 0);
    }

    @Test
    void boundedFunctionsStayInTheirBounds() {
        ScalarEvaluator[] functions = {
            of(Functions.sin(X)), of(Functions.cos(X)), of(Functions.tanh(X)), of(Functions.erf(X))
        };
        forSamples(49_999, x -> {
            for (ScalarEvaluator function : functions) {
                float y = call(function, x);
                assertTrue(Math.abs(y) <= 1 || Float.isNaN(y), () -> x + " gives " + y);
            }
        });
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            float x = (float) (Math.PI / 2 * (random.nextInt(1000) - 500)) + (float) (random.nextGaussian() * 1e-3);
            assertTrue(Math.abs(call(functions[0], x)) <= 1 && Math.abs(call(functions[1], x)) <= 1, () -> "at " + x);
        }
    }

    // ---- pow

    @Test
    void pow() {
        ScalarEvaluator pow = of(Functions.pow(X, Y));
        Random random = new Random(1);
        double worst = 0;
        for (int i = 0; i < 300_000; i++) {
            float x = switch (i % 4) {
                case 0 -> Float.intBitsToFloat(random.nextInt(0x7f800000));
                case 1 -> (float) Math.exp(random.nextGaussian() * 0.1);
                case 2 -> 1 + random.nextInt(-1000, 1000) * 0x1p-24f;
                default -> random.nextFloat();
            };
            double power = random.nextDouble(-155, 130);
            float y = i % 8 < 6 ? (float) (power * Math.log(2) / Math.log(x)) : Math.round(random.nextGaussian() * 9);
            double error = ulps(call(pow, x, y), c99Pow(x, y));
            assertTrue(error <= 1.8, () -> "pow(" + x + ", " + y + ") is off by " + error + " ulp");
            worst = Math.max(worst, error);
        }
        assertTrue(worst > 1, "the samples are too easy");
    }

    @Test
    void powOfSpecialValues() {
        float[] values = {
            0,
            MIN,
            Float.MIN_NORMAL,
            1e-30f,
            0.33333f,
            0.5f,
            UNDER_ONE,
            1,
            Math.nextUp(1f),
            1.5f,
            2,
            3,
            4,
            1e10f,
            8388607.5f,
            16777215,
            16777216,
            16777218,
            0x1p31f,
            0x1p32f,
            0x1p33f,
            1e38f,
            MAX,
            INF,
            NAN
        };
        ScalarEvaluator pow = of(Functions.pow(X, Y));
        for (int i = 0; i < 4 * values.length * values.length; i++) {
            float x = values[i / 4 % values.length] * (i % 2 == 0 ? 1 : -1);
            float y = values[i / 4 / values.length] * (i % 4 < 2 ? 1 : -1);
            double error = ulps(call(pow, x, y), c99Pow(x, y));
            assertTrue(error <= 1.8, () -> "pow(" + x + ", " + y + ") = " + call(pow, x, y));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0.5", "3, 1.5", "-1, 0.5", "0.5, 0.5", "0, 0", "-2, 1.8", "2.5, 1.8"})
    void powOfConstantExponent(float exponent, double bound) {
        DoubleBinaryOperator reference = FunctionsTest::c99Pow;
        Expr e = Functions.pow(X, Expr.constant(exponent));
        check(x -> e, x -> reference.applyAsDouble(x, exponent), bound);
    }

    /** Powers wrap; a negative exponent leaves nothing but of 1 and -1. */
    @Test
    void powOfIntegers() {
        ScalarEvaluator pow = new ScalarEvaluator(Functions.pow(Expr.input(0, I64), Expr.input(1, I64)));
        BigInteger modulus = BigInteger.ONE.shiftLeft(64);
        for (long x : new long[] {0, 1, -1, 2, -2, 3, 10, -7, Long.MAX_VALUE, Long.MIN_VALUE}) {
            for (long y : new long[] {0, 1, 2, 3, 5, 62, 63, 64, 65, 1000, 1L << 40, 1L << 62, Long.MAX_VALUE}) {
                long expected = BigInteger.valueOf(x)
                        .modPow(BigInteger.valueOf(y), modulus)
                        .longValue();
                assertEquals(expected, pow.evaluate(new long[] {x, y}, NO_SCALARS, 0), x + " to " + y);
            }
            for (long y : new long[] {-1, -2, -63, Long.MIN_VALUE}) {
                long expected = x == 1 ? 1 : x == -1 ? y % 2 == 0 ? 1 : -1 : 0;
                assertEquals(expected, pow.evaluate(new long[] {x, y}, NO_SCALARS, 0), x + " to " + y);
            }
        }
        for (int y = 0; y <= 3; y++) {
            assertEquals((long) Math.pow(-5, y), integer(Functions.pow(Expr.input(0, I64), y), -5));
        }
    }

    // ---- activations

    @Test
    void relu() {
        expect(Functions::relu, -5, 0f, -0f, -0f, 0f, 0f, 5, 5, NAN, NAN, -INF, 0f, INF, INF, -MIN, 0f);
        assertEquals(0, integer(Functions.relu(Expr.input(0, I64)), -7));
        assertEquals(7, integer(Functions.relu(Expr.input(0, I64)), 7));
    }

    @Test
    void leakyRelu() {
        UnaryOperator<Expr> leaky = x -> Functions.leakyRelu(x, Expr.constant(0.25f));
        expect(leaky, -8, -2, 8, 8, 0f, 0f, -0f, -0f, NAN, NAN, INF, INF, -INF, -INF, -MIN, -0f, MAX, MAX);
    }

    @Test
    void elu() {
        check(x -> Functions.elu(x, Expr.constant(1f)), x -> x > 0 ? x : StrictMath.expm1(x), 1.47);
        expect(x -> Functions.elu(x, Expr.constant(2f)), 3, 3, -0f, -0f, 0f, 0f, -INF, -2, INF, INF, NAN, NAN);
    }

    @Test
    void gatedActivations() {
        float[] points = {-8, -3, -1, -0.5f, -0.01f, 0, 0.01f, 0.5f, 1, 3, 8};
        for (float x : points) {
            double inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
            assertEquals(0.5 * x * (1 + erf(x / Math.sqrt(2))), call(of(Functions.gelu(X)), x), 5e-7);
            assertEquals(0.5 * x * (1 + Math.tanh(inner)), call(of(Functions.geluTanh(X)), x), 5e-7);
            assertEquals(x * sigmoid(x), call(of(Functions.silu(X)), x), 5e-7);
        }
        expect(Functions::gelu, 0f, 0f, -0f, -0f, 20, 20, -20, -0f, NAN, NAN, INF, INF);
        expect(Functions::geluTanh, 0f, 0f, -0f, -0f, 20, 20, -20, -0f, NAN, NAN, INF, INF);
        expect(Functions::silu, 0f, 0f, -0f, -0f, 20, 20, -INF, NAN, NAN, NAN, INF, INF);
    }

    @Test
    void logAddExp() {
        ScalarEvaluator f = of(Functions.logAddExp(X, Y));
        Random random = new Random(3);
        for (int i = 0; i < 10_000; i++) {
            float x = (float) random.nextGaussian() * 20;
            float y = x + (float) random.nextGaussian() * 10;
            double expected = Math.max(x, y) + StrictMath.log1p(StrictMath.exp(-Math.abs((double) x - y)));
            assertEquals(expected, call(f, x, y), 2 * Math.ulp(Math.max(Math.abs(x), Math.abs(y))) + 1e-7);
        }
        assertEquals(INF, call(f, INF, INF));
        assertEquals(-INF, call(f, -INF, -INF));
        assertEquals(INF, call(f, -INF, INF));
        assertEquals(3, call(f, -INF, 3));
        assertEquals(NAN, call(f, NAN, 3));
    }

    // ---- rounding, comparing, choosing

    @Test
    void rounding() {
        check(Functions::round, Math::rint, 0);
        check(Functions::ceil, Math::ceil, 0);
        check(Functions::trunc, x -> x < 0 ? Math.ceil(x) : Math.floor(x), 0);
        expect(Functions::round, 0.5f, 0f, 1.5f, 2, 2.5f, 2, -0.5f, -0f, -1.5f, -2, -0.3f, -0f, 8388607.5f, 8388608);
        expect(Functions::ceil, -0.5f, -0f, 0.5f, 1, -0f, -0f, -INF, -INF);
        expect(Functions::trunc, -0.5f, -0f, 0.5f, 0f, -0f, -0f, 0f, 0f, -1.5f, -1, INF, INF, -INF, -INF);
        Expr i = Expr.input(0, I64);
        assertSame(i, Functions.round(i));
        assertSame(i, Functions.ceil(i));
        assertSame(i, Functions.trunc(i));
    }

    @Test
    void roots() {
        check(Functions::rsqrt, x -> 1 / Math.sqrt(x), 1.5);
        check(Functions::reciprocal, x -> 1 / x, 0.5000001);
        check(Functions::square, x -> x * x, 0.5);
        assertEquals(49, integer(Functions.square(Expr.input(0, I64)), -7));
    }

    @Test
    void sign() {
        ScalarEvaluator ofFloat = of(Functions.sign(X));
        float[] pairs = {-5, -1, -MIN, -1, -0f, 0f, 0f, 0f, MIN, 1, INF, 1, -INF, -1, NAN, 0f};
        for (int i = 0; i < pairs.length; i += 2) {
            assertEquals(pairs[i + 1], call(ofFloat, pairs[i]));
        }
        for (Type type : new Type[] {I32, I64}) {
            Expr sign = Functions.sign(Expr.input(0, type));
            assertEquals(-1, integer(sign, -7));
            assertEquals(0, integer(sign, 0));
            assertEquals(1, integer(sign, Integer.MAX_VALUE));
        }
    }

    @Test
    void clamp() {
        expect(x -> Functions.clamp(x, Expr.constant(-1f), Expr.constant(2f)), -5, -1, 0.5f, 0.5f, INF, 2, NAN, NAN);
        expect(x -> Functions.clamp(x, Expr.constant(3f), Expr.constant(2f)), -5, 2, 9, 2);
        expect(x -> Functions.clamp(x, Expr.constant(0f), Expr.constant(1f)), -0f, -0f, 0f, 0f, -1, 0f);
        expect(x -> Functions.clamp(x, Expr.constant(-1f), Expr.constant(-0f)), -0f, -0f, 0f, 0f, 1, -0f);
        expect(x -> Functions.clamp(x, Expr.constant(NAN), Expr.constant(2f)), -5, NAN, 9, NAN);
        Expr integers = Functions.clamp(Expr.input(0, I64), Expr.constantI64(-1), Expr.constantI64(Long.MAX_VALUE));
        assertEquals(-1, integer(integers, Long.MIN_VALUE));
        assertEquals(1L << 40, integer(integers, 1L << 40));
    }

    @Test
    void tests() {
        float[] values = {-INF, -1, -0f, 0f, MIN, 1, MAX, INF, NAN};
        for (float x : values) {
            assertEquals(Float.isNaN(x), truth(Functions.isNan(X), x, 0));
            assertEquals(Float.isInfinite(x), truth(Functions.isInf(X), x, 0));
            assertEquals(Float.isFinite(x), truth(Functions.isFinite(X), x, 0));
            for (float y : values) {
                assertEquals(x > y, truth(Functions.gt(X, Y), x, y));
                assertEquals(x >= y, truth(Functions.ge(X, Y), x, y));
                assertEquals(x != y, truth(Functions.ne(X, Y), x, y));
            }
        }
        Expr i = Expr.input(0, I64);
        assertEquals(0, integer(Functions.isNan(i), Long.MAX_VALUE));
        assertEquals(0, integer(Functions.isInf(i), Long.MAX_VALUE));
        assertEquals(1, integer(Functions.isFinite(i), Long.MAX_VALUE));
        assertEquals(1, integer(Functions.ne(Expr.input(0, BOOL), Expr.constant(false)), 1));
    }

    /** Every primitive is a pass over the data on a CPU: a function that grows should be seen to grow. */
    @Test
    void cost() {
        assertEquals(18, of(Functions.exp(X)).primitives());
        assertEquals(20, of(Functions.expm1(X)).primitives());
        assertEquals(28, of(Functions.log(X)).primitives());
        assertEquals(27, of(Functions.log1p(X)).primitives());
        assertEquals(63, of(Functions.sin(X)).primitives());
        assertEquals(63, of(Functions.cos(X)).primitives());
        assertEquals(27, of(Functions.tanh(X)).primitives());
        assertEquals(21, of(Functions.sigmoid(X)).primitives());
        assertEquals(31, of(Functions.erf(X)).primitives());
        assertEquals(30, of(Functions.softplus(X)).primitives());
        assertEquals(95, of(Functions.pow(X, Y)).primitives());
    }

    // ---- the means

    private interface Sample {
        void at(float x);
    }

    /** Calls {@code sample} at every {@code step}th float, around the powers of two, and at critical values. */
    private static void forSamples(int step, Sample sample) {
        for (long bits = 0; bits < 1L << 32; bits += step) {
            sample.at(f32(bits));
        }
        for (int exponent = 0; exponent < 256; exponent++) {
            for (int offset = -20; offset <= 20; offset++) {
                sample.at(Float.intBitsToFloat((exponent << 23) + offset & 0x7fffffff));
                sample.at(-Float.intBitsToFloat((exponent << 23) + offset & 0x7fffffff));
            }
        }
        for (float critical : CRITICAL) {
            int middle = Float.floatToRawIntBits(critical);
            for (int bits = Math.max(0, middle - 200); bits <= middle + 200; bits++) {
                sample.at(Float.intBitsToFloat(bits));
                sample.at(-Float.intBitsToFloat(bits));
            }
        }
    }

    /** Checks that a function lies within {@code bound} ulp of its reference everywhere, and is NaN where that is. */
    private static void check(UnaryOperator<Expr> function, DoubleUnaryOperator reference, double bound) {
        check(function, reference, bound, INF);
    }

    private static void check(
            UnaryOperator<Expr> function, DoubleUnaryOperator reference, double bound, float largest) {
        ScalarEvaluator evaluator = of(function.apply(X));
        forSamples(49_999, x -> {
            if (Math.abs(x) > largest) {
                return;
            }
            float actual = call(evaluator, x);
            double expected = reference.applyAsDouble(x);
            double error = ulps(actual, expected);
            assertTrue(
                    error <= bound,
                    () -> x + " (" + Float.toHexString(x) + ") gives " + actual + ", expected " + expected + ": off by "
                            + error + " ulp");
        });
    }

    /** Checks pairs of argument and result, bit by bit but for the bits of a NaN. */
    private static void expect(UnaryOperator<Expr> function, float... pairs) {
        ScalarEvaluator evaluator = of(function.apply(X));
        for (int i = 0; i < pairs.length; i += 2) {
            float x = pairs[i];
            float actual = call(evaluator, x);
            assertEquals(pairs[i + 1], actual, () -> "at " + x);
        }
        assertTrue(Float.isNaN(call(evaluator, NAN)));
    }

    /** The distance of {@code actual} from {@code exact} in units in the last place of the latter as a float. */
    private static double ulps(float actual, double exact) {
        if (Double.isNaN(exact) || Float.isNaN(actual)) {
            return Double.isNaN(exact) && Float.isNaN(actual) ? 0 : Double.POSITIVE_INFINITY;
        }
        if (Math.copySign(1, exact) != Math.copySign(1, actual)) {
            return Double.POSITIVE_INFINITY;
        }
        if (Math.abs(exact) >= 0x1p128) {
            return Float.isInfinite(actual) ? 0 : Double.POSITIVE_INFINITY;
        }
        double finite = Math.min(Math.abs((double) actual), 0x1p128); // what rounding takes for infinity
        int exponent = Math.max(Float.MIN_EXPONENT, Math.getExponent(exact));
        return Math.scalb(Math.abs(finite - Math.abs(exact)), 23 - exponent);
    }

    private static double sigmoid(double x) {
        double e = StrictMath.exp(-Math.abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    /** {@code 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...)}: all terms have one sign. */
    private static double erf(double x) {
        if (x == 0 || !(Math.abs(x) <= 6)) {
            return Math.signum(x);
        }
        double sum = 0;
        double term = x;
        for (int n = 1; sum + term != sum; n++) {
            sum += term;
            term *= 2 * x * x / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * StrictMath.exp(-x * x) * sum;
    }

    /** {@link StrictMath#pow}, but 1 where C99 and torch.pow say so and Java says NaN. */
    private static double c99Pow(double x, double y) {
        return x == 1 || Math.abs(x) == 1 && Double.isInfinite(y) ? 1 : StrictMath.pow(x, y);
    }

    private static ScalarEvaluator of(Expr e) {
        return new ScalarEvaluator(e);
    }

    private static float call(ScalarEvaluator f, float... arguments) {
        long[] inputs = new long[arguments.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = bits(arguments[i]);
        }
        return f32(f.evaluate(inputs, NO_SCALARS, 0));
    }

    private static boolean truth(Expr e, float x, float y) {
        return ScalarEvaluator.evaluate(e, new long[] {bits(x), bits(y)}, NO_SCALARS, 0) != 0;
    }

    private static long integer(Expr e, long x) {
        return ScalarEvaluator.evaluate(e, new long[] {x}, NO_SCALARS, 0);
    }
}
