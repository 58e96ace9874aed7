package ondol.kernel;

import static ondol.kernel.Composition.EXPONENT_MASK;
import static ondol.kernel.Composition.MIN_NORMAL;
import static ondol.kernel.Composition.SIGN_MASK;
import static ondol.kernel.Composition.bits;
import static ondol.kernel.Composition.f;
import static ondol.kernel.Composition.fromBits;
import static ondol.kernel.Composition.i32;
import static ondol.kernel.Composition.polynomial;
import static ondol.kernel.Composition.power2;
import static ondol.kernel.Composition.rounded;
import static ondol.kernel.Composition.shifted;
import static ondol.kernel.Exponentials.LN2;
import static ondol.kernel.Exponentials.LN2_HI;
import static ondol.kernel.Exponentials.LN2_LO;

/**
 * The power function: {@code e^(y log x)} with a logarithm of two floats, since an error in the exponent of 104 is an
 * error of 104 in the result (J.-M. Muller, <i>Elementary Functions</i>, 3rd edition, sections 4.3 and 13.2).
 */
final class Powers {
    private static final Expr ONE = f(1);
    private static final Expr INFINITY = f(Float.POSITIVE_INFINITY);
    private static final Expr MINUS_INFINITY = f(Float.NEGATIVE_INFINITY);

    /** A value in two floats. */
    private record Pair(Expr high, Expr low) {}

    private Powers() {}

    static Expr pow(Expr x, Expr y) {
        if (x.type().isInteger()) {
            return ofIntegers(x, y);
        }
        if (y instanceof Expr.Constant constant && constant.type() == Type.F32) {
            float exponent = constant.asFloat();
            if (exponent == 1) {
                return x;
            } else if (exponent == 2) {
                return x.mul(x);
            } else if (exponent == 3) {
                return x.mul(x).mul(x);
            } else if (exponent == -1) {
                return ONE.div(x);
            } else if (exponent == 0.5f) {
                // the sum makes -0 a +0, as C99 has it
                return x.eq(MINUS_INFINITY).choose(INFINITY, x.add(0).sqrt());
            }
        }
        return general(x, y);
    }

    static Expr pow(Expr x, double y) {
        Expr one = Expr.constant(x.type(), 1);
        if (y == 0) {
            return one;
        } else if (y == 1) {
            return x;
        } else if (y == 2) {
            return x.mul(x);
        } else if (y == 3) {
            return x.mul(x).mul(x);
        } else if (y == -1) {
            return one.div(x);
        } else if (y == -2) {
            return one.div(x.mul(x));
        } else if (y == 0.5) {
            return x.sqrt();
        } else if (y == -0.5) {
            return one.div(x.sqrt());
        } else {
            return pow(x, Expr.constant(x.type(), y));
        }
    }

    /** Repeated squaring: one step for each bit of the exponent but its sign. */
    private static Expr ofIntegers(Expr x, Expr y) {
        Expr zero = Expr.constant(x.type(), 0);
        Expr one = Expr.constant(x.type(), 1);
        Expr power = one;
        Expr square = x;
        for (int bit = 0; bit < 8 * x.type().bytes() - 1; bit++) {
            Expr isSet = y.and(Expr.constant(x.type(), Math.scalb(1.0, bit)))
                    .eq(zero)
                    .not();
            power = isSet.choose(power.mul(square), power);
            square = square.mul(square);
        }
        // 1 / x: only 1 and -1 have an integer for it
        Expr ofMinusOne = y.and(one).eq(zero).choose(one, x);
        Expr reciprocal =
                x.eq(one).choose(one, x.eq(Expr.constant(x.type(), -1)).choose(ofMinusOne, zero));
        return y.lt(zero).choose(reciprocal, power);
    }

    private static Expr general(Expr x, Expr y) {
        // At 2^32 every power of a float but 1 is already 0 or infinite. This keeps y finite, and a large y even.
        Expr exponent = y.max(f(-0x1p32)).min(f(0x1p32));
        Expr magnitude = ofMagnitude(x.abs(), exponent);
        Expr half = exponent.mul(0.5);
        Expr signed = fromBits(Expr.binary(BinaryOp.OR, bits(magnitude), bits(x).and(i32(SIGN_MASK))));
        Expr ofInteger = half.floor().eq(half).choose(magnitude, signed);
        Expr ofNegative = MINUS_INFINITY.lt(x).choose(f(Float.NaN), magnitude);
        Expr ofFraction = x.lt(f(0)).choose(ofNegative, magnitude);
        Expr value = exponent.floor().eq(exponent).choose(ofInteger, ofFraction);
        return x.eq(ONE).choose(ONE, y.eq(f(0)).choose(ONE, value));
    }

    /** {@code a^y} for {@code a >= +0} and {@code |y| <= 2^32}, or NaN; not for a = 0 or infinite with y = 0. */
    private static Expr ofMagnitude(Expr a, Expr y) {
        Pair log = log(a);
        Expr logHigh = a.eq(f(0)).choose(MINUS_INFINITY, a.lt(INFINITY).choose(log.high, a));
        Expr product = y.mul(logHigh);
        Expr productLow = y.fma(log.low, y.fma(logHigh, product.neg()));
        // e^product as in Exponentials.exp; r = (product - n 2 ln 2) + productLow, of which the first part is exact
        Expr t = shifted(product.add(productLow), 0.5 / LN2, 127);
        Expr n = rounded(t, 127);
        Expr r = n.fma(f(-2 * LN2_HI), product).add(n.fma(f(-2 * LN2_LO), productLow));
        Expr p = polynomial(
                r, 1, 1, 0.5f, 0.16666672f, 0.041666605f, 0.008332656f, 0.0013891992f, 0.00020092496f, 2.4546673e-05f);
        Expr scale = power2(t);
        Expr value = p.mul(scale).mul(scale);
        Expr bounded = product.lt(f(-110)).choose(f(0), value);
        return f(110).lt(product).choose(INFINITY, bounded);
    }

    /**
     * The logarithm of a positive finite float, with a relative error below 2^-32: {@code a = 2^e m} with m in
     * [0.6923, 1.3846); {@code m c = 1 + f} exactly, with c = 1.25, 1 or 0.8125 such that {@code |f| < 0.135}; and
     * {@code log(1 + f) = 2 atanh(s / 2) = s + s^3 (1/12 + s^2/80 + ...)} for {@code s = f / (1 + f/2)}, which is
     * carried in two floats.
     */
    private static Pair log(Expr a) {
        Expr small = a.lt(f(MIN_NORMAL));
        Expr i = bits(small.choose(a.mul(0x1p24), a));
        Expr e = i.sub(i32(Float.floatToRawIntBits(0.6923f))).and(i32(EXPONENT_MASK));
        Expr m = fromBits(i.sub(e));
        Expr exponent = e.to(Type.F32).add(small.choose(f(-0x18p23), f(0))); // e 2^23
        Expr isLower = m.lt(f(0.8944));
        Expr isUpper = f(1.109).lt(m);
        Expr fraction = m.fma(isLower.choose(f(1.25), isUpper.choose(f(0.8125), ONE)), f(-1));

        Expr d = fraction.fma(f(0.5), ONE);
        Expr minusLost = fraction.fma(f(-0.5), d.add(-1)); // d - (1 + f/2)
        Expr reciprocal = ONE.div(d);
        Expr s = fraction.mul(reciprocal);
        Expr sLow = s.fma(minusLost, s.fma(d.neg(), fraction)).mul(reciprocal);
        Expr z = s.mul(s);
        Expr tail = s.mul(z).fma(polynomial(z, 0.083333336f, 0.012499391f, 0.0022632095f), sLow);

        // e ln 2 - log c: its high part has no bits below 2^-17, and is exact
        double lower = -Math.log(1.25);
        double upper = -Math.log(0.8125);
        Expr offset = isLower.choose(f(cut(lower)), isUpper.choose(f(cut(upper)), f(0)));
        Expr offsetLow = isLower.choose(f(lower - cut(lower)), isUpper.choose(f(upper - cut(upper)), f(0)));
        Expr base = exponent.fma(f(cut(LN2) * 0x1p-23), offset);
        Expr baseLow = exponent.fma(f((LN2 - cut(LN2)) * 0x1p-23), offsetLow);
        Expr high = base.add(s);
        Expr low = s.sub(high.sub(base)).add(baseLow.add(tail));
        return new Pair(high, low);
    }

    private static double cut(double value) {
        return Math.floor(value * 0x1p17) * 0x1p-17;
    }
}
