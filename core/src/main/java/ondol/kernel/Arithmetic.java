package ondol.kernel;

/**
 * What a formula may use, whether it is evaluated on tensors or turned into one fused kernel. Gradient rules are written
 * once over this type: with {@code T} = {@link Expr} the rule becomes a single launch, with {@code T} = a tensor it is
 * recorded and can be differentiated again.
 *
 * @param <T> the implementing type itself
 */
public interface Arithmetic<T extends Arithmetic<T>> {
    /** {@code this + other}. */
    T add(T other);

    /** {@code this - other}. */
    T sub(T other);

    /** {@code this * other}. */
    T mul(T other);

    /** {@code this / other}. */
    T div(T other);

    /** {@code this + constant}. */
    T add(double constant);

    /** {@code this * constant}. */
    T mul(double constant);

    /** {@code -this}. */
    T neg();

    /** {@code |this|}. */
    T abs();

    /** {@code -1}, {@code 0} or {@code 1}; 0 for NaN. */
    T sign();

    /** e to the power of this. */
    T exp();

    /** The natural logarithm. */
    T log();

    /** The square root. */
    T sqrt();

    /** The sine of an angle in radians. */
    T sin();

    /** The cosine of an angle in radians. */
    T cos();

    /** The hyperbolic tangent. */
    T tanh();

    /** {@code 1 / (1 + exp(-this))}. */
    T sigmoid();

    /** The error function. */
    T erf();

    /** {@code this} to the power of {@code exponent}. */
    T pow(T exponent);

    /** {@code this} to the power of a constant. */
    T pow(double exponent);

    /** True where {@code this < other}. */
    T lt(T other);

    /** True where {@code this <= other}. */
    T le(T other);

    /** True where {@code this == other}. */
    T eq(T other);

    /** Where this (a condition) is true {@code whenTrue}, else {@code whenFalse}. */
    T choose(T whenTrue, T whenFalse);

    /** A constant of this value's kind. */
    T constant(double value);
}
