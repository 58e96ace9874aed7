package ondol.kernel;

import static ondol.kernel.Composition.f;
import static ondol.kernel.Composition.polynomial;

/**
 * The sine and the cosine: x is reduced by a multiple of pi to {@code |r| <= pi / 2}, where one odd polynomial serves
 * both (Cody and Waite, <i>Software Manual for the Elementary Functions</i>, 1980, chapter 8).
 */
final class Trigonometry {
    /** pi in three parts, of which the first two are cut, not rounded, so that a reduced -0 stays -0. */
    private static final float PI_1 = 0x1.921fb4p1f;

    private static final float PI_2 = 0x1.4442d0p-23f;
    private static final float PI_3 = 0x1.84698ap-47f;

    private Trigonometry() {}

    /** {@code sin(n pi + r) = (-1)^n sin(r)}. */
    static Expr sin(Expr x) {
        Expr n = x.fma(f(1 / Math.PI), f(0.5)).floor();
        Expr y = sinOfReduced(x, n).mul(modulo2(n).fma(f(-2), f(1)));
        return x.eq(f(0)).choose(x, y);
    }

    /** {@code cos((n + 1/2) pi + r) = -(-1)^n sin(r)}. */
    static Expr cos(Expr x) {
        Expr n = x.mul(1 / Math.PI).floor();
        return sinOfReduced(x, n.add(0.5)).mul(modulo2(n).fma(f(2), f(-1)));
    }

    private static Expr modulo2(Expr n) {
        return n.mul(0.5).floor().fma(f(-2), n);
    }

    /**
     * sin(x - n pi) for an integer or half-integer n that brings the difference near to [-pi/2, pi/2]. The first step
     * of the reduction is exact, the second leaves an error below that of the third. The polynomial was fitted to lie
     * 2^-27 below the sine at the ends, so that rounding never carries it above 1.
     */
    private static Expr sinOfReduced(Expr x, Expr n) {
        Expr r = n.fma(f(-PI_3), n.fma(f(-PI_2), n.fma(f(-PI_1), x)));
        Expr s = r.max(f(-1.6)).min(f(1.6)); // further out only if x is beyond the range
        Expr z = s.mul(s);
        Expr p = polynomial(z, -0.1666666f, 0.008333067f, -0.00019809561f, 2.6053167e-06f);
        return z.mul(s).fma(p, s);
    }
}
