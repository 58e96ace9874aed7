package ondol.kernel;

/** Small pieces from which the elementary functions are composed. */
final class Composition {
    /** The bits of 1.0f. */
    static final int ONE_BITS = 0x3f800000;

    /** The place of the exponent in a float's bits. */
    static final int EXPONENT_SHIFT = 23;

    /** The sign of a float's bits. */
    static final int SIGN_MASK = 0x80000000;

    /** The sign and the exponent of a float's bits. */
    static final int EXPONENT_MASK = 0xff800000;

    /** The smallest normal float. */
    static final float MIN_NORMAL = 0x1p-126f;

    private Composition() {}

    /** Fails if an argument of a function is null. */
    static void given(String function, Expr... arguments) {
        for (Expr e : arguments) {
            if (e == null) {
                throw new NullPointerException("Functions." + function + ": an argument is null; give an expression");
            }
        }
    }

    static Expr f(double value) {
        return Expr.constant((float) value);
    }

    static Expr i32(int value) {
        return Expr.constantI32(value);
    }

    static Expr bits(Expr x) {
        return Expr.unary(UnaryOp.BITS, x);
    }

    static Expr fromBits(Expr i) {
        return Expr.unary(UnaryOp.FROM_BITS, i);
    }

    static Expr shl(Expr a, int count) {
        return Expr.binary(BinaryOp.SHL, a, Expr.constant(a.type(), count));
    }

    /** {@code c[0] + c[1] x + c[2] x^2 + ...} by Horner's rule: one fma for each coefficient but the last. */
    static Expr polynomial(Expr x, float... c) {
        Expr sum = f(c[c.length - 1]);
        for (int i = c.length - 2; i >= 0; i--) {
            sum = sum.fma(x, f(c[i]));
        }
        return sum;
    }

    /**
     * x rounded to an integer n and left in the low bits of a float: {@code x * factor + (1.5 * 2^23 + bias)}, for
     * {@code |x * factor| < 2^22}. The float's bits end in those of n + bias; {@link #rounded} gives n as a float.
     */
    static Expr shifted(Expr x, double factor, int bias) {
        return x.fma(f(factor), f(0x1.8p23 + bias));
    }

    /** The integer n that {@link #shifted} left in {@code shifted}, as a float. */
    static Expr rounded(Expr shifted, int bias) {
        return shifted.sub(f(0x1.8p23 + bias));
    }

    /** {@code 2^(n + bias - 127)} for the n and bias of {@link #shifted}, if {@code 0 < n + bias < 255}. */
    static Expr power2(Expr shifted) {
        return fromBits(shl(bits(shifted), EXPONENT_SHIFT));
    }
}
