package ondol.kernel;

import static ondol.kernel.Composition.f;
import static ondol.kernel.Composition.polynomial;
import static ondol.kernel.Composition.power2;
import static ondol.kernel.Composition.rounded;
import static ondol.kernel.Composition.shifted;
import static ondol.kernel.Exponentials.LN2;

/** The error function. */
final class ErrorFunction {
    private ErrorFunction() {}

    /**
     * {@code erf(a) = 1 - e^-g(a)} for a = |x|, where {@code g(a) = -log(erfc(a))} is smooth, starts as 2 a / sqrt(pi)
     * and is approximated as a whole up to 3.93, where erf rounds to 1; the polynomial's error is weighted by what it
     * does to erf. 1 - e^-g is formed as -expm1(-g), so one formula holds from 0 to infinity.
     */
    static Expr erf(Expr x) {
        Expr a = x.abs().min(f(3.93));
        Expr p = polynomial(
                a,
                -5.4119912e-08f,
                0.6366194f,
                0.10277776f,
                -0.019152788f,
                -0.00016089417f,
                0.0016675107f,
                -0.00063309295f,
                0.000117710806f,
                -9.263802e-06f);
        Expr g = a.fma(f(1.1283792f), a.mul(p));
        Expr t = shifted(g, -1 / LN2, 127);
        Expr r = rounded(t, 127).fma(f(LN2), g);
        Expr q = polynomial(r, -0.49999997f, 0.16666546f, -0.04166744f, 0.008366259f, -0.0013870224f);
        Expr scale = power2(t);
        Expr y = r.mul(r).fma(q, r).fma(scale, f(1).sub(scale));
        return x.eq(f(0)).choose(x, x.lt(f(0)).choose(y.neg(), y));
    }
}
