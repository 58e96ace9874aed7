package ondol.kernel;

import static ondol.kernel.Composition.EXPONENT_MASK;
import static ondol.kernel.Composition.MIN_NORMAL;
import static ondol.kernel.Composition.ONE_BITS;
import static ondol.kernel.Composition.bits;
import static ondol.kernel.Composition.f;
import static ondol.kernel.Composition.fromBits;
import static ondol.kernel.Composition.i32;
import static ondol.kernel.Composition.polynomial;
import static ondol.kernel.Composition.power2;
import static ondol.kernel.Composition.rounded;
import static ondol.kernel.Composition.shifted;

/**
 * The exponential, the logarithm, and what is made of them.
 *
 * <p>The method is the classic one (Cody and Waite, <i>Software Manual for the Elementary Functions</i>, 1980; Muller,
 * <i>Elementary Functions</i>, 3rd edition, chapters 3, 11 and 12): an exact or nearly exact reduction of the argument
 * by multiples of ln 2, then a minimax polynomial. The reductions use fma, so a constant in two parts is enough.
 */
final class Exponentials {
    static final double LN2 = Math.log(2);

    /** ln 2 cut to 24 bits, and the rest. */
    static final float LN2_HI = 0x1.62e42ep-1f;

    static final float LN2_LO = 0x1.efa39ep-25f;

    /** Where a mantissa's range of one octave begins, for log: [2/3, 4/3). */
    private static final int TWO_THIRDS_BITS = 0x3f2aaaab;

    private Exponentials() {}

    static Expr exp(Expr x) {
        return expInRange(x.max(f(-105)).min(f(90)));
    }

    /**
     * e^x for {@code -105 <= x <= 90} or NaN: {@code x = 2 n ln 2 + r} with {@code |r| <= ln 2}, and {@code e^r 2^n
     * 2^n}, where the first product is exact and the second rounds into the subnormal range or to infinity.
     */
    private static Expr expInRange(Expr x) {
        Expr t = shifted(x, 0.5 / LN2, 127);
        Expr n = rounded(t, 127);
        Expr r = n.fma(f(-2 * LN2_LO), n.fma(f(-2 * LN2_HI), x));
        Expr scale = power2(t);
        Expr p =
                polynomial(r, 1, 1, 0.50000036f, 0.16666618f, 0.041661233f, 0.008335937f, 0.001410468f, 0.00019629233f);
        return p.mul(scale).mul(scale);
    }

    static Expr expm1(Expr x) {
        Expr y = x.max(f(-30));
        // n stops at 127: there r may reach 0.7, and beyond everything overflows
        Expr t = shifted(y, 1 / LN2, 127).min(f(0x1.8p23 + 254));
        Expr n = rounded(t, 127);
        Expr r = n.fma(f(-LN2_LO), n.fma(f(-LN2_HI), y));
        Expr p = polynomial(r, 0.49999997f, 0.16666694f, 0.041667733f, 0.008327412f, 0.0013848345f, 0.00023096649f);
        Expr q = r.mul(r).fma(p, r);
        Expr scale = power2(t);
        return x.eq(f(0)).choose(x, q.fma(scale, scale.add(-1)));
    }

    static Expr sigmoid(Expr x) {
        // 2^-64 / (2^-64 + 2^-64 e^-x): the scale keeps e^-x from overflowing, so that the quotient can underflow
        Expr y = x.max(f(-105)).min(f(40));
        Expr t = shifted(y, -1 / LN2, 127 - 64);
        Expr n = rounded(t, 127 - 64);
        Expr r = n.fma(f(LN2_LO), n.fma(f(LN2_HI), y)); // e^-x = 2^n e^-r
        Expr p = polynomial(r, -1, 0.49999994f, -0.16666521f, 0.04166826f, -0.008368669f, 0.0013821289f);
        Expr scale = power2(t);
        Expr one = f(0x1p-64);
        // e^-x = scale + scale r p. First scale + 1, exact for most x, then the rest with what that sum lost.
        Expr sum = scale.add(one);
        Expr lost = one.sub(sum.sub(scale));
        return one.div(sum.add(scale.mul(r).fma(p, lost)));
    }

    static Expr tanh(Expr x) {
        // h = (e^2|x| - 1) / 2, tanh |x| = h / (h + 1)
        Expr a = x.abs().min(f(10));
        Expr t = shifted(a, 2 / LN2, 127);
        Expr n = rounded(t, 127);
        Expr r = n.fma(f(-LN2 / 2), a);
        Expr p = polynomial(r, 0.99999994f, 0.66666186f, 0.3333395f, 0.13386014f, 0.044384718f);
        Expr q = r.mul(r).fma(p, r);
        Expr scale = power2(t);
        Expr h = q.fma(scale, scale.fma(f(0.5), f(-0.5)));
        Expr reciprocal = f(1).div(h.add(1));
        Expr quotient = h.mul(reciprocal);
        // what the division left of h, since h + 1 had been rounded
        Expr rest = h.fma(quotient.neg(), h.sub(quotient));
        Expr y = rest.fma(reciprocal, quotient);
        return x.lt(f(0)).choose(y.neg(), y.min(x));
    }

    static Expr log(Expr x) {
        Expr small = x.lt(f(MIN_NORMAL));
        Expr i = bits(small.choose(x.mul(0x1p24), x));
        // x = m 2^e with 2/3 <= m < 4/3; e is kept as e 2^23, as it stands in the bits
        Expr e = i.sub(i32(TWO_THIRDS_BITS)).and(i32(EXPONENT_MASK));
        Expr m = fromBits(i.sub(e));
        Expr exponent = e.to(Type.F32).add(small.choose(f(-0x18p23), f(0)));
        return ofPositive(x, logSum(m.add(-1), exponent, LN2 * 0x1p-23));
    }

    static Expr log1p(Expr x) {
        Expr u = x.add(1);
        // u = m 2^e with 2/3 <= m < 4/3; scale = 4 2^-e; fraction = m - 1, but from x, as u has been rounded.
        // The signs are such that -0 stays -0.
        Expr minusE = i32(TWO_THIRDS_BITS + ~EXPONENT_MASK).sub(bits(u)).and(i32(EXPONENT_MASK));
        Expr scale = fromBits(minusE.add(i32(ONE_BITS + (2 << 23))));
        Expr fraction = x.fma(scale, f(4).sub(scale).neg()).mul(0.25);
        return ofPositive(u, logSum(fraction, minusE.to(Type.F32), -LN2 * 0x1p-23));
    }

    /** The logarithm's special cases: {@code value} for {@code 0 < u < inf}. */
    private static Expr ofPositive(Expr u, Expr value) {
        Expr notPositive = u.eq(f(0)).choose(f(Float.NEGATIVE_INFINITY), f(Float.NaN));
        return u.lt(f(Float.POSITIVE_INFINITY)).choose(f(0).lt(u).choose(value, notPositive), u);
    }

    /** {@code log(1 + e^-a)} for {@code a >= 0}. */
    static Expr log1pExpMinus(Expr a) {
        Expr z = expInRange(a.neg().max(f(-105))); // in [0, 1], so that no further reduction is needed
        Expr p = polynomial(
                z,
                -0.49999648f,
                0.3332133f,
                -0.24857217f,
                0.19153848f,
                -0.13754188f,
                0.07920883f,
                -0.0300683f,
                0.0053654225f);
        return z.mul(z).fma(p, z);
    }

    /**
     * {@code log(1 + x) + exponent * ln2} for {@code |x| <= 1/3}. One float is enough for ln 2: it happens to lie
     * within 0.05 ulp.
     */
    private static Expr logSum(Expr x, Expr exponent, double ln2) {
        Expr p = polynomial(
                x,
                -0.49999937f,
                0.333332f,
                -0.25007746f,
                0.2001108f,
                -0.16417098f,
                0.13997002f,
                -0.15383218f,
                0.14021303f);
        return exponent.fma(f(ln2), x.mul(x).fma(p, x));
    }
}
