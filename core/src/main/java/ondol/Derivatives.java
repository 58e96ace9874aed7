package ondol;

import ondol.Pointwise.Derivative;
import ondol.Pointwise.Terms;
import ondol.kernel.Arithmetic;

/** The derivative of each pointwise operation by each of its inputs, times the output's gradient g. */
final class Derivatives {
    private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
    private static final double ONE_OVER_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);

    private Derivatives() {}

    static <T extends Arithmetic<T>> T pass(Terms<T> t) {
        return t.g();
    }

    static <T extends Arithmetic<T>> T zero(Terms<T> t) {
        return t.constant(0);
    }

    static <T extends Arithmetic<T>> T neg(Terms<T> t) {
        return t.g().neg();
    }

    static <T extends Arithmetic<T>> T timesScalar(Terms<T> t) {
        return t.g().mul(t.s());
    }

    static <T extends Arithmetic<T>> T overScalar(Terms<T> t) {
        return t.g().div(t.s());
    }

    static <T extends Arithmetic<T>> T scalarOver(Terms<T> t) {
        T reciprocal = t.constant(1).div(t.x());
        return t.g().mul(t.s()).mul(reciprocal.mul(reciprocal)).neg();
    }

    static <T extends Arithmetic<T>> T mulA(Terms<T> t) {
        return t.g().mul(t.b());
    }

    static <T extends Arithmetic<T>> T mulB(Terms<T> t) {
        return t.g().mul(t.a());
    }

    static <T extends Arithmetic<T>> T divA(Terms<T> t) {
        return t.g().div(t.b());
    }

    static <T extends Arithmetic<T>> T divB(Terms<T> t) {
        return t.g().mul(t.a().div(t.b()).div(t.b())).neg();
    }

    static <T extends Arithmetic<T>> T abs(Terms<T> t) {
        return t.g().mul(t.x().sign());
    }

    static <T extends Arithmetic<T>> T exp(Terms<T> t) {
        return t.g().mul(t.y());
    }

    static <T extends Arithmetic<T>> T expm1(Terms<T> t) {
        return t.g().mul(t.y().add(1));
    }

    static <T extends Arithmetic<T>> T log(Terms<T> t) {
        return t.g().div(t.x());
    }

    static <T extends Arithmetic<T>> T log1p(Terms<T> t) {
        return t.g().div(t.x().add(1));
    }

    static <T extends Arithmetic<T>> T sqrt(Terms<T> t) {
        return t.g().div(t.y().mul(2));
    }

    static <T extends Arithmetic<T>> T rsqrt(Terms<T> t) {
        return t.g().mul(-0.5).mul(t.y().pow(3.0));
    }

    static <T extends Arithmetic<T>> T reciprocal(Terms<T> t) {
        return t.g().mul(t.y().mul(t.y())).neg();
    }

    /** Scalars: the exponent, and one less. */
    static <T extends Arithmetic<T>> T powScalar(Terms<T> t) {
        T slope = t.s().mul(t.x().pow(t.scalars().get(1)));
        return t.s().eq(t.constant(0)).choose(t.constant(0), t.g().mul(slope));
    }

    /** The derivative of a power whose exponent is known beforehand. */
    static Derivative power(double exponent) {
        return new Derivative() {
            @Override
            public <T extends Arithmetic<T>> T of(Terms<T> t) {
                return exponent == 0
                        ? t.constant(0)
                        : t.g().mul(t.x().pow(exponent - 1).mul(exponent));
            }
        };
    }

    static <T extends Arithmetic<T>> T powA(Terms<T> t) {
        T slope = t.b().mul(t.a().pow(t.b().add(-1)));
        return t.b().eq(t.constant(0)).choose(t.constant(0), t.g().mul(slope));
    }

    static <T extends Arithmetic<T>> T powB(Terms<T> t) {
        // At a = 0 with b >= 0 the limit is 0, where y log(a) would be 0 times -infinity.
        T slope = t.y().mul(t.a().log());
        T zero = t.constant(0);
        return t.g().mul(t.a().eq(zero).choose(zero.le(t.b()).choose(zero, slope), slope));
    }

    /** Scalars: the base, and its logarithm. */
    static <T extends Arithmetic<T>> T scalarPow(Terms<T> t) {
        T slope = t.y().mul(t.scalars().get(1));
        T zero = t.constant(0);
        T isZero = t.scalars().get(1).eq(t.constant(Double.NEGATIVE_INFINITY)); // the base, before it was rounded
        return t.g().mul(isZero.choose(zero.le(t.x()).choose(zero, slope), slope));
    }

    static <T extends Arithmetic<T>> T sin(Terms<T> t) {
        return t.g().mul(t.x().cos());
    }

    static <T extends Arithmetic<T>> T cos(Terms<T> t) {
        return t.g().mul(t.x().sin()).neg();
    }

    static <T extends Arithmetic<T>> T tanh(Terms<T> t) {
        return t.g().mul(t.constant(1).sub(t.y().mul(t.y())));
    }

    static <T extends Arithmetic<T>> T sigmoid(Terms<T> t) {
        return t.g().mul(t.constant(1).sub(t.y())).mul(t.y());
    }

    static <T extends Arithmetic<T>> T erf(Terms<T> t) {
        return t.g().mul(t.x().pow(2.0).neg().exp().mul(TWO_OVER_SQRT_PI));
    }

    static <T extends Arithmetic<T>> T relu(Terms<T> t) {
        return t.y().le(t.constant(0)).choose(t.constant(0), t.g());
    }

    static <T extends Arithmetic<T>> T leakyRelu(Terms<T> t) {
        return t.g().mul(t.constant(0).lt(t.x()).choose(t.constant(1), t.s()));
    }

    static <T extends Arithmetic<T>> T elu(Terms<T> t) {
        T zero = t.constant(0);
        T below = zero.le(t.x()).choose(zero, t.x()); // above, e^x may be infinite
        return t.g().mul(zero.lt(t.x()).choose(t.constant(1), t.s())).mul(below.exp());
    }

    /** Phi(x) + x phi(x), with the normal distribution's Phi and density phi. */
    static <T extends Arithmetic<T>> T gelu(Terms<T> t) {
        T cdf = t.x().mul(Math.sqrt(0.5)).erf().add(1).mul(0.5);
        T pdf = t.x().mul(t.x()).mul(-0.5).exp().mul(ONE_OVER_SQRT_2PI);
        return t.g().mul(cdf.add(t.x().mul(pdf)));
    }

    static <T extends Arithmetic<T>> T silu(Terms<T> t) {
        T s = t.x().sigmoid();
        return t.g().mul(s).mul(t.x().mul(t.constant(1).sub(s)).add(1));
    }

    static <T extends Arithmetic<T>> T softplusBeta(Terms<T> t) {
        T scaled = t.x().mul(t.s());
        return t.constant(20).lt(scaled).choose(t.g(), t.g().mul(scaled.sigmoid()));
    }

    static <T extends Arithmetic<T>> T softplus(Terms<T> t) {
        return t.constant(20).lt(t.x()).choose(t.g(), t.g().mul(t.x().sigmoid()));
    }

    /** Scalars: the lower and the upper bound. */
    static <T extends Arithmetic<T>> T clamp(Terms<T> t) {
        T inside = t.x().le(t.scalars().get(1)).choose(t.g(), t.constant(0));
        return t.scalars().get(0).le(t.x()).choose(inside, t.constant(0));
    }

    static <T extends Arithmetic<T>> T minA(Terms<T> t) {
        return t.a().eq(t.b()).choose(t.g().mul(0.5), t.b().lt(t.a()).choose(t.constant(0), t.g()));
    }

    static <T extends Arithmetic<T>> T minB(Terms<T> t) {
        return t.a().eq(t.b()).choose(t.g().mul(0.5), t.a().lt(t.b()).choose(t.constant(0), t.g()));
    }

    static <T extends Arithmetic<T>> T maxA(Terms<T> t) {
        return t.a().eq(t.b()).choose(t.g().mul(0.5), t.a().lt(t.b()).choose(t.constant(0), t.g()));
    }

    static <T extends Arithmetic<T>> T maxB(Terms<T> t) {
        return t.a().eq(t.b()).choose(t.g().mul(0.5), t.b().lt(t.a()).choose(t.constant(0), t.g()));
    }

    static <T extends Arithmetic<T>> T whereTrue(Terms<T> t) {
        return t.x().choose(t.g(), t.constant(0));
    }

    static <T extends Arithmetic<T>> T whereFalse(Terms<T> t) {
        return t.x().choose(t.constant(0), t.g());
    }

    static <T extends Arithmetic<T>> T whereNeg(Terms<T> t) {
        return t.x().choose(t.g().neg(), t.constant(0));
    }

    static <T extends Arithmetic<T>> T subExpMulB(Terms<T> t) {
        return t.g().mul(t.b().exp().mul(t.inputs().get(2))).neg();
    }

    static <T extends Arithmetic<T>> T subExpMulC(Terms<T> t) {
        return t.g().mul(t.b().exp()).neg();
    }
}
