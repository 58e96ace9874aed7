package ondol.kernel;

/**
 * The operations that a formula may use, whether it is evaluated on tensors or turned into one fused kernel. Gradient rules are
 * written once over this type: with {@code T} = {@link Expr} the rule becomes a single launch, with {@code T} = a tensor it is
 * recorded and can be differentiated again.
 *
 * @param <T> the implementing type itself
 */
public interface Arithmetic<T extends Arithmetic<T>> {
    /**
     * {@return {@code this + other}}
     *
     * @param other the second operand
     */
    T add(T other);

    /**
     * {@return {@code this - other}}
     *
     * @param other the second operand
     */
    T sub(T other);

    /**
     * {@return {@code this * other}}
     *
     * @param other the second operand
     */
    T mul(T other);

    /**
     * {@return {@code this / other}}
     *
     * @param other the second operand
     */
    T div(T other);

    /**
     * {@return {@code this + constant}}
     *
     * @param constant the second operand, the same for all elements
     */
    T add(double constant);

    /**
     * {@return {@code this * constant}}
     *
     * @param constant the second operand, the same for all elements
     */
    T mul(double constant);

    /** {@return {@code -this}} */
    T neg();

    /** {@return {@code |this|}} */
    T abs();

    /** {@return {@code -1}, {@code 0} or {@code 1}; 0 for NaN} */
    T sign();

    /** {@return e to the power of this} */
    T exp();

    /** {@return the natural logarithm} */
    T log();

    /** {@return the square root} */
    T sqrt();

    /** {@return the sine of an angle in radians} */
    T sin();

    /** {@return the cosine of an angle in radians} */
    T cos();

    /** {@return the hyperbolic tangent} */
    T tanh();

    /** {@return {@code 1 / (1 + exp(-this))}} */
    T sigmoid();

    /** {@return the error function} */
    T erf();

    /**
     * {@return {@code this} to the power of {@code exponent}}
     *
     * @param exponent the exponent
     */
    T pow(T exponent);

    /**
     * {@return {@code this} to the power of a constant}
     *
     * @param exponent the exponent
     */
    T pow(double exponent);

    /**
     * {@return true where {@code this < other}}
     *
     * @param other the second operand
     */
    T lt(T other);

    /**
     * {@return true where {@code this <= other}}
     *
     * @param other the second operand
     */
    T le(T other);

    /**
     * {@return true where {@code this == other}}
     *
     * @param other the second operand
     */
    T eq(T other);

    /**
     * {@return {@code whenTrue} where this, a condition, is true, and {@code whenFalse} elsewhere}
     *
     * @param whenTrue what is taken where this is true
     * @param whenFalse what is taken where this is false
     */
    T choose(T whenTrue, T whenFalse);

    /**
     * {@return a constant of this value's kind}
     *
     * @param value the constant
     */
    T constant(double value);
}
