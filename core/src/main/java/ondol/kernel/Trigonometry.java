package ondol.kernel;

import static ondol.kernel.Composition.EXPONENT_SHIFT;
import static ondol.kernel.Composition.bits;
import static ondol.kernel.Composition.f;
import static ondol.kernel.Composition.i32;
import static ondol.kernel.Composition.polynomial;

/**
 * The sine and the cosine: x is reduced by a multiple of pi to {@code |r| <= pi / 2}, where one odd polynomial serves
 * both. Up to 2^18 the multiple is taken off in floats (Cody and Waite, <i>Software Manual for the Elementary
 * Functions</i>, 1980, chapter 8), beyond in integers (M. Payne and R. Hanek, <i>Radian reduction for trigonometric
 * functions</i>, SIGNUM Newsletter 18, 1983).
 */
final class Trigonometry {
    /** pi in three parts, of which the first two are cut, not rounded, so that a reduced -0 stays -0. */
    private static final float PI_1 = 0x1.921fb4p1f;

    private static final float PI_2 = 0x1.4442d0p-23f;
    private static final float PI_3 = 0x1.84698ap-47f;

    /** The first of the large numbers; its biased exponent. */
    private static final double LARGE = 0x1p18;

    private static final int LARGE_EXPONENT = 127 + 18;

    /** The bits of 1 / (2 pi) behind the point, after five zeros. */
    private static final long[] TURNS = {
        0x0145f306dc9c882aL, 0x53f84eafa3ea69bbL, 0x81b6c52b32788720L, 0x83fca2c757bd778aL
    };

    /** pi, times 2^-64, in two parts. */
    private static final float PI_HIGH = (float) (Math.PI * 0x1p-64);

    private static final double PI_LOW = Math.PI * 0x1p-64 - PI_HIGH;

    private static final long QUARTER = 1L << 62;

    private Trigonometry() {}

    /** {@code sin(n pi + r) = (-1)^n sin(r)}. */
    static Expr sin(Expr x) {
        Expr n = x.fma(f(1 / Math.PI), f(0.5)).floor();
        Expr small = reduced(x, n).mul(modulo2(n).fma(f(-2), f(1)));
        return x.eq(f(0)).choose(x, sinOfReduced(x.abs().lt(f(LARGE)).choose(small, reducedLarge(x, turns(x)))));
    }

    /** {@code cos((n + 1/2) pi + r) = -(-1)^n sin(r)}. */
    static Expr cos(Expr x) {
        Expr n = x.mul(1 / Math.PI).floor();
        Expr small = reduced(x, n.add(0.5)).mul(modulo2(n).fma(f(2), f(-1)));
        Expr large = reducedLarge(x, turns(x).add(Expr.constantI64(QUARTER)));
        return sinOfReduced(x.abs().lt(f(LARGE)).choose(small, large));
    }

    private static Expr modulo2(Expr n) {
        return n.mul(0.5).floor().fma(f(-2), n);
    }

    /**
     * x - n pi for an integer or half-integer n that brings the difference near to [-pi/2, pi/2]. The first step is
     * exact, the second leaves an error below that of the third.
     */
    private static Expr reduced(Expr x, Expr n) {
        return n.fma(f(-PI_3), n.fma(f(-PI_2), n.fma(f(-PI_1), x)));
    }

    /**
     * A large x in turns, without the whole ones, in units of 2^-64 turn: {@code x = m 2^e} with an integer m of 24 bits, and
     * of {@code 2^e / (2 pi)} no bits are needed but the first 96 behind the point. The whole turns overflow by themselves.
     */
    private static Expr turns(Expr x) {
        Expr b = bits(x);
        Expr sign = shift(BinaryOp.SHR, b, i32(31));
        Expr mantissa = Expr.binary(BinaryOp.OR, b.and(i32(0x7fffff)), i32(0x800000));
        Expr m = Expr.binary(BinaryOp.XOR, mantissa, sign).sub(sign).to(Type.I64);
        Expr exponent = shift(BinaryOp.USHR, b, i32(EXPONENT_SHIFT)).and(i32(0xff));
        Expr at = exponent.sub(i32(LARGE_EXPONENT));
        Expr inFirst = at.lt(i32(64));
        Expr by = at.and(i32(63)).to(Type.I64);
        Expr a = word(inFirst, 0);
        Expr c = word(inFirst, 1);
        Expr high = funnel(a, c, by);
        Expr low = shift(BinaryOp.USHR, funnel(c, word(inFirst, 2), by), Expr.constantI64(32));
        return m.mul(high).add(shift(BinaryOp.SHR, m.mul(low), Expr.constantI64(32)));
    }

    private static Expr word(Expr inFirst, int i) {
        return inFirst.choose(Expr.constantI64(TURNS[i]), Expr.constantI64(TURNS[i + 1]));
    }

    /** The 64 bits from the {@code by}th on of those of a and b together. */
    private static Expr funnel(Expr a, Expr b, Expr by) {
        Expr rest = Expr.binary(BinaryOp.XOR, by, Expr.constantI64(63));
        Expr right = shift(BinaryOp.USHR, shift(BinaryOp.USHR, b, Expr.constantI64(1)), rest);
        return Expr.binary(BinaryOp.OR, shift(BinaryOp.SHL, a, by), right);
    }

    private static Expr shift(BinaryOp op, Expr a, Expr by) {
        return Expr.binary(op, a, by);
    }

    /** An angle in [-pi/2, pi/2] whose sine is that of so many turns; NaN if x, from which they come, is infinite or NaN. */
    private static Expr reducedLarge(Expr x, Expr turns) {
        Expr isOdd = shift(BinaryOp.SHR, turns.add(Expr.constantI64(QUARTER)), Expr.constantI64(63));
        Expr halfTurns = shift(BinaryOp.SHL, turns, Expr.constantI64(1));
        Expr r = Expr.binary(BinaryOp.XOR, halfTurns, isOdd);
        Expr high = r.to(Type.F32);
        Expr low = r.sub(high.to(Type.I64)).to(Type.F32);
        Expr rest = high.fma(f(PI_LOW), low.fma(f(PI_HIGH), x.mul(0)));
        return high.fma(f(PI_HIGH), rest);
    }

    /** The polynomial was fitted to lie 2^-27 below the sine at the ends, so that rounding never carries it above 1. */
    private static Expr sinOfReduced(Expr r) {
        Expr z = r.mul(r);
        Expr p = polynomial(z, -0.1666666f, 0.008333067f, -0.00019809561f, 2.6053167e-06f);
        return z.mul(r).fma(p, r);
    }
}
