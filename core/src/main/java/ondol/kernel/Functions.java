package ondol.kernel;

import static ondol.kernel.Composition.SIGN_MASK;
import static ondol.kernel.Composition.bits;
import static ondol.kernel.Composition.f;
import static ondol.kernel.Composition.fromBits;
import static ondol.kernel.Composition.given;
import static ondol.kernel.Composition.i32;

/**
 * Functions composed of the primitives of {@link Expr}: what a kernel may use beyond them, on every backend and with
 * the same bits. A new one is written here, once.
 *
 * <p>Arguments are F32 unless a function says that it takes integers too. Where an error is given it is the largest
 * found over <i>all</i> floats (for {@link #pow}: over a thousand million pairs), in units in the last place of the
 * exact value; 0.5 would be correct rounding. NaN gives NaN unless a function says otherwise; the bits of a NaN are not
 * specified. Subnormal arguments and results are exact to the same error.
 */
public final class Functions {
    private Functions() {}

    // ---- exponentials

    /**
     * {@return {@code e^x}: at most 1.66 ulp} {@code exp(-inf) = 0}, {@code exp(inf) = inf}; underflows gradually.
     *
     * <p>Cody and Waite's reduction to {@code |r| <= ln 2} and a polynomial of degree 7 (J.-M. Muller, Elementary
     * Functions, 3rd edition, chapters 3 and 11).
     *
     * @param x the argument
     */
    public static Expr exp(Expr x) {
        given("exp", x);
        return Exponentials.exp(x);
    }

    /**
     * {@return {@code e^x - 1}, also for small x: at most 1.47 ulp} {@code expm1(-0) = -0}, {@code expm1(-inf) = -1}.
     *
     * @param x the argument
     */
    public static Expr expm1(Expr x) {
        given("expm1", x);
        return Exponentials.expm1(x);
    }

    /**
     * {@return the natural logarithm: at most 1.07 ulp} {@code log(0) = -inf}, {@code log(inf) = inf}, NaN below -0.
     *
     * <p>{@code x = 2^e m} with m in [2/3, 4/3), and a polynomial of degree 9 for log m (Muller, chapters 3 and 12).
     *
     * @param x the argument
     */
    public static Expr log(Expr x) {
        given("log", x);
        return Exponentials.log(x);
    }

    /**
     * {@return {@code log(1 + x)}, also for small x: at most 1.82 ulp} {@code log1p(-0) = -0}, {@code log1p(-1) = -inf}, NaN
     * below -1.
     *
     * @param x the argument
     */
    public static Expr log1p(Expr x) {
        given("log1p", x);
        return Exponentials.log1p(x);
    }

    /**
     * {@return {@code log(e^x + e^y)} without overflow, as torch.logaddexp; two equal infinities give that infinity}
     *
     * @param x the argument
     * @param y the second operand
     */
    public static Expr logAddExp(Expr x, Expr y) {
        given("logAddExp", x, y);
        Expr distance = x.eq(y).choose(f(0), x.sub(y).abs());
        return x.max(y).add(Exponentials.log1pExpMinus(distance));
    }

    /**
     * {@return x to the power of y: at most 1.8 ulp in what was tried} The special cases are those of C99 (F.9.4.4) and of
     * torch.pow: {@code pow(x, 0) = pow(1, y) = 1} even for NaN, {@code pow(-1, inf) = 1}, NaN for negative finite x and
     * fractional y, the sign of x for odd y, at zeros and infinities too.
     *
     * <p>The logarithm is carried to 2^-33 in two floats. Where the exponent is the constant 1, 2, 3, -1 or 0.5 the
     * result comes from multiplications, a division or a square root, at most 1.5 ulp.
     *
     * <p>Of I64 the power wraps, and a negative exponent gives 0 but for the bases 1 and -1.
     *
     * @param x the argument
     * @param y the exponent
     */
    public static Expr pow(Expr x, Expr y) {
        given("pow", x, y);
        return Powers.pow(x, y);
    }

    /**
     * {@return x to a constant power (F32; integers for powers of 0 to 3), as torch.pow has it: by multiplications, a division
     * or a square root for 0, 1, 2, 3, -1, -2, 0.5 and -0.5, at most 1.5 ulp and without C99's care for -0 and -infinity}
     *
     * @param x the argument
     * @param y the exponent
     */
    public static Expr pow(Expr x, double y) {
        given("pow", x);
        return Powers.pow(x, y);
    }

    // ---- trigonometry and the error function

    /**
     * {@return the sine of an angle in radians: at most 1.87 ulp} {@code sin(-0) = -0}, {@code sin(inf) = NaN}, and never
     * outside [-1, 1].
     *
     * <p>Up to 2^18 Cody and Waite's reduction by multiples of pi in three parts with fma, beyond Payne and Hanek's in
     * integers; then an odd polynomial of degree 9 (Muller, chapters 3 and 11).
     *
     * @param x the argument
     */
    public static Expr sin(Expr x) {
        given("sin", x);
        return Trigonometry.sin(x);
    }

    /**
     * {@return the cosine of an angle in radians: at most 1.93 ulp} All else as for {@link #sin}.
     *
     * @param x the argument
     */
    public static Expr cos(Expr x) {
        given("cos", x);
        return Trigonometry.cos(x);
    }

    /**
     * {@return the error function: at most 1.85 ulp} {@code erf(-0) = -0}, {@code erf(inf) = 1}, odd.
     *
     * @param x the argument
     */
    public static Expr erf(Expr x) {
        given("erf", x);
        return ErrorFunction.erf(x);
    }

    // ---- roots and simple powers

    /**
     * {@return {@code 1 / sqrt(x)}: at most 1.5 ulp} {@code rsqrt(0) = inf}, {@code rsqrt(-0) = -inf}.
     *
     * @param x the argument
     */
    public static Expr rsqrt(Expr x) {
        given("rsqrt", x);
        return reciprocal(x.sqrt());
    }

    /**
     * {@return {@code 1 / x}, correctly rounded}
     *
     * @param x the argument
     */
    public static Expr reciprocal(Expr x) {
        given("reciprocal", x);
        return f(1).div(x);
    }

    /**
     * {@return {@code x * x} (F32, integers)}
     *
     * @param x the argument
     */
    public static Expr square(Expr x) {
        given("square", x);
        return x.mul(x);
    }

    // ---- activations

    /**
     * {@return {@code 1 / (1 + e^-x)}: at most 1.82 ulp, also where it is subnormal}
     *
     * @param x the argument
     */
    public static Expr sigmoid(Expr x) {
        given("sigmoid", x);
        return Exponentials.sigmoid(x);
    }

    /**
     * {@return the hyperbolic tangent: at most 1.75 ulp} {@code tanh(-0) = -0}, {@code tanh(inf) = 1}, odd.
     *
     * @param x the argument
     */
    public static Expr tanh(Expr x) {
        given("tanh", x);
        return Exponentials.tanh(x);
    }

    /**
     * {@return {@code x < 0 ? 0 : x} (F32, integers): NaN stays NaN, -0 stays -0}
     *
     * @param x the argument
     */
    public static Expr relu(Expr x) {
        given("relu", x);
        Expr zero = Expr.constant(x.type(), 0);
        return x.lt(zero).choose(zero, x);
    }

    /**
     * {@return {@code x > 0 ? x : slope * x}}
     *
     * @param x the argument
     * @param slope the slope below 0
     */
    public static Expr leakyRelu(Expr x, Expr slope) {
        given("leakyRelu", x, slope);
        return f(0).lt(x).choose(x, x.mul(slope));
    }

    /**
     * {@return {@code x < 0 ? alpha * (e^x - 1) : x}}
     *
     * @param x the argument
     * @param alpha minus the value that is approached towards minus infinity
     */
    public static Expr elu(Expr x, Expr alpha) {
        given("elu", x, alpha);
        return x.lt(f(0)).choose(Exponentials.expm1(x).mul(alpha), x);
    }

    /**
     * {@return {@code x / 2 * (1 + erf(x / sqrt(2)))}, as torch.nn.GELU}
     *
     * @param x the argument
     */
    public static Expr gelu(Expr x) {
        given("gelu", x);
        return x.mul(0.5).mul(erf(x.mul(Math.sqrt(0.5))).add(1));
    }

    /**
     * {@return {@code x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))}, as torch.nn.GELU(approximate='tanh')}
     *
     * @param x the argument
     */
    public static Expr geluTanh(Expr x) {
        given("geluTanh", x);
        Expr inner = x.mul(x).mul(x).fma(f(0.044715), x).mul(Math.sqrt(2 / Math.PI));
        return x.mul(0.5).mul(tanh(inner).add(1));
    }

    /**
     * {@return {@code x * sigmoid(x)}, as torch.nn.SiLU}
     *
     * @param x the argument
     */
    public static Expr silu(Expr x) {
        given("silu", x);
        return x.mul(sigmoid(x));
    }

    /**
     * {@return {@code log(1 + e^x)}, at most 2.9 ulp; x itself above 20, as torch.nn.Softplus}
     *
     * @param x the argument
     */
    public static Expr softplus(Expr x) {
        given("softplus", x);
        return x.max(f(0)).add(Exponentials.log1pExpMinus(x.abs()));
    }

    /**
     * {@return {@code log(1 + e^(beta x)) / beta}; x itself where {@code beta x} is above 20, as torch.nn.Softplus}
     *
     * @param x the argument
     * @param beta how sharply it bends at 0
     */
    public static Expr softplus(Expr x, Expr beta) {
        given("softplus", x, beta);
        Expr scaled = x.mul(beta);
        return f(20).lt(scaled).choose(x, softplus(scaled).div(beta));
    }

    // ---- rounding

    /**
     * {@return the smallest integral value not below x; -0 between -1 and 0} Integers stay as they are.
     *
     * @param x the argument
     */
    public static Expr ceil(Expr x) {
        given("ceil", x);
        return x.type().isInteger() ? x : x.neg().floor().neg();
    }

    /**
     * {@return x without its fraction, with the sign of x even if zero} Integers stay as they are.
     *
     * @param x the argument
     */
    public static Expr trunc(Expr x) {
        given("trunc", x);
        if (x.type().isInteger()) {
            return x;
        }
        return x.max(f(-0.0f)).floor().sub(x.neg().max(f(0)).floor());
    }

    /**
     * {@return the nearest integral value, half to even, with the sign of x even if zero} Integers stay as they are.
     *
     * @param x the argument
     */
    public static Expr round(Expr x) {
        given("round", x);
        if (x.type().isInteger()) {
            return x;
        }
        Expr a = x.abs();
        Expr rounded = a.add(0x1p23).add(-0x1p23);
        Expr signed = fromBits(Expr.binary(BinaryOp.OR, bits(rounded), bits(x).and(i32(SIGN_MASK))));
        return a.lt(f(0x1p23)).choose(signed, x);
    }

    // ---- comparing and choosing

    /**
     * {@return the sign, -1, 0 or 1 (F32, integers); zero of either sign and NaN give +0, as torch.sign}
     *
     * @param x the argument
     */
    public static Expr sign(Expr x) {
        given("sign", x);
        if (x.type().isInteger()) {
            return x.min(Expr.constant(x.type(), 1)).max(Expr.constant(x.type(), -1));
        }
        return x.lt(f(0)).choose(f(-1), f(0).lt(x).choose(f(1), f(0)));
    }

    /**
     * {@return {@code min(max(x, low), high)} (F32, integers), as torch.clamp: NaN if any is NaN, high if it is below low, and
     * x itself where it equals a bound, so that a zero keeps its sign}
     *
     * @param x the argument
     * @param low the lower bound
     * @param high the upper bound
     */
    public static Expr clamp(Expr x, Expr low, Expr high) {
        given("clamp", x, low, high);
        if (x.type().isInteger()) {
            return x.max(low).min(high);
        }
        Expr y = low.le(x).choose(x, x.max(low));
        return y.le(high).choose(y, y.min(high));
    }

    /**
     * {@return {@code x > y} to BOOL; false if either is NaN (F32, integers)}
     *
     * @param x the argument
     * @param y the second operand
     */
    public static Expr gt(Expr x, Expr y) {
        given("gt", x, y);
        return y.lt(x);
    }

    /**
     * {@return {@code x >= y} to BOOL; false if either is NaN (F32, integers)}
     *
     * @param x the argument
     * @param y the second operand
     */
    public static Expr ge(Expr x, Expr y) {
        given("ge", x, y);
        return y.le(x);
    }

    /**
     * {@return {@code x != y} to BOOL; true if either is NaN (F32, integers, BOOL)}
     *
     * @param x the argument
     * @param y the second operand
     */
    public static Expr ne(Expr x, Expr y) {
        given("ne", x, y);
        return x.eq(y).not();
    }

    /**
     * {@return whether x is NaN, to BOOL; never for integers}
     *
     * @param x the argument
     */
    public static Expr isNan(Expr x) {
        given("isNan", x);
        return ne(x, x);
    }

    /**
     * {@return whether x is infinite, to BOOL; never for integers}
     *
     * @param x the argument
     */
    public static Expr isInf(Expr x) {
        given("isInf", x);
        return x.type() == Type.F32 ? x.abs().eq(f(Float.POSITIVE_INFINITY)) : Expr.constant(false);
    }

    /**
     * {@return whether x is neither infinite nor NaN, to BOOL; always for integers}
     *
     * @param x the argument
     */
    public static Expr isFinite(Expr x) {
        given("isFinite", x);
        return x.type() == Type.F32 ? x.abs().lt(f(Float.POSITIVE_INFINITY)) : Expr.constant(true);
    }
}
