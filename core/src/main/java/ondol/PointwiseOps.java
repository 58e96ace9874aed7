package ondol;

import java.util.Arrays;
import java.util.Objects;
import ondol.kernel.Arithmetic;

/**
 * Operations that are computed element by element. Operands are broadcast against each other (axes are matched from the last; sizes
 * must be equal or 1) and promoted: BOOL gives way to INT64, INT64 to FLOAT32; functions like exp make FLOAT32 of
 * integers. Every operation fails with {@link IllegalArgumentException} if shapes do not broadcast or devices differ, and
 * with {@link IllegalStateException} on a closed tensor. Names and results follow PyTorch's functions of the same name.
 */
public sealed interface PointwiseOps extends Arithmetic<Tensor> permits Tensor {
    // ---- one operand

    /** {@code -x}. */
    @Override
    default Tensor neg() {
        return Ops.NEG.row().apply((Tensor) this);
    }

    /** {@code |x|}. */
    @Override
    default Tensor abs() {
        return Ops.ABS.row().apply((Tensor) this);
    }

    /** -1, 0 or 1; 0 for NaN. Its gradient is 0. */
    @Override
    default Tensor sign() {
        return Ops.SIGN.row().apply((Tensor) this);
    }

    /** e to the power x. At most 2 ulp from the true value. */
    @Override
    default Tensor exp() {
        return Ops.EXP.row().apply((Tensor) this);
    }

    /** {@return {@code exp(x) - 1}, exact also near 0} */
    default Tensor expm1() {
        return Ops.EXPM1.row().apply((Tensor) this);
    }

    /** The natural logarithm; NaN below 0, -infinity at 0. */
    @Override
    default Tensor log() {
        return Ops.LOG.row().apply((Tensor) this);
    }

    /** {@return {@code log(1 + x)}, exact also near 0} */
    default Tensor log1p() {
        return Ops.LOG1P.row().apply((Tensor) this);
    }

    /** The square root, correctly rounded; NaN below 0. */
    @Override
    default Tensor sqrt() {
        return Ops.SQRT.row().apply((Tensor) this);
    }

    /** {@return {@code 1 / sqrt(x)}} */
    default Tensor rsqrt() {
        return Ops.RSQRT.row().apply((Tensor) this);
    }

    /** {@return {@code x * x}} */
    default Tensor square() {
        return pow(2L);
    }

    /** {@return {@code 1 / x}} */
    default Tensor reciprocal() {
        return Ops.RECIPROCAL.row().apply((Tensor) this);
    }

    /** {@return the largest integral value not above x} Its gradient is 0. */
    default Tensor floor() {
        return Ops.FLOOR.row().apply((Tensor) this);
    }

    /** {@return the smallest integral value not below x} Its gradient is 0. */
    default Tensor ceil() {
        return Ops.CEIL.row().apply((Tensor) this);
    }

    /** {@return the nearest integral value, ties to even} Its gradient is 0. */
    default Tensor round() {
        return Ops.ROUND.row().apply((Tensor) this);
    }

    /** {@return x without its fraction} Its gradient is 0. */
    default Tensor trunc() {
        return Ops.TRUNC.row().apply((Tensor) this);
    }

    /** The sine of an angle in radians. */
    @Override
    default Tensor sin() {
        return Ops.SIN.row().apply((Tensor) this);
    }

    /** The cosine of an angle in radians. */
    @Override
    default Tensor cos() {
        return Ops.COS.row().apply((Tensor) this);
    }

    /** The hyperbolic tangent. */
    @Override
    default Tensor tanh() {
        return Ops.TANH.row().apply((Tensor) this);
    }

    /** {@code 1 / (1 + exp(-x))}. */
    @Override
    default Tensor sigmoid() {
        return Ops.SIGMOID.row().apply((Tensor) this);
    }

    /** The error function {@code 2/sqrt(pi) * integral of exp(-t^2) from 0 to x}. */
    @Override
    default Tensor erf() {
        return Ops.ERF.row().apply((Tensor) this);
    }

    /** {@return {@code x < 0 ? 0 : x}: NaN stays NaN and -0 stays -0} The gradient at 0 is 0. */
    default Tensor relu() {
        return Ops.RELU.row().apply((Tensor) this);
    }

    /** {@return {@code x * Phi(x)} with the standard normal distribution function (Hendrycks and Gimpel 2016)} */
    default Tensor gelu() {
        return Ops.GELU.row().apply((Tensor) this);
    }

    /** {@return {@code x * sigmoid(x)}} */
    default Tensor silu() {
        return Ops.SILU.row().apply((Tensor) this);
    }

    /** {@return {@code log(1 + exp(x))}; x itself above 20, as PyTorch} */
    default Tensor softplus() {
        return Ops.SOFTPLUS.row().apply((Tensor) this);
    }

    /**
     * {@return {@code log(1 + exp(beta x)) / beta}; x itself where {@code beta x} is above 20, as PyTorch}
     *
     * @param beta how sharply the function bends at 0; not 0
     */
    default Tensor softplus(double beta) {
        return Ops.SOFTPLUS_BETA.row().apply((Tensor) this, beta);
    }

    /** {@return {@code x > 0 ? x : 0.01 x}} */
    default Tensor leakyRelu() {
        return leakyRelu(0.01);
    }

    /**
     * {@return {@code x > 0 ? x : negativeSlope * x}}
     *
     * @param negativeSlope the slope for elements below 0
     */
    default Tensor leakyRelu(double negativeSlope) {
        InPlace.checkValue("leakyRelu", DType.FLOAT32, negativeSlope);
        return Ops.LEAKY_RELU.row().apply((Tensor) this, negativeSlope);
    }

    /** {@return {@code x < 0 ? exp(x) - 1 : x}} */
    default Tensor elu() {
        return elu(1);
    }

    /**
     * {@return {@code x < 0 ? alpha * (exp(x) - 1) : x} (Clevert et al. 2015)}
     *
     * @param alpha minus the value that is approached towards minus infinity
     */
    default Tensor elu(double alpha) {
        InPlace.checkValue("elu", DType.FLOAT32, alpha);
        return Ops.ELU.row().apply((Tensor) this, alpha);
    }

    /**
     * {@return x between two bounds: {@code min(max(x, min), max)}; NaN if x or a bound is NaN} The gradient is 1 inside,
     * bounds included.
     *
     * @param min the lower bound
     * @param max the upper bound; everywhere the result where it is below the lower one
     */
    default Tensor clamp(double min, double max) {
        if (!Double.isNaN(min) && !Double.isNaN(max)) {
            InPlace.checkValue("clamp", DType.FLOAT32, min);
            InPlace.checkValue("clamp", DType.FLOAT32, max);
        }
        return Ops.CLAMP.row().apply((Tensor) this, min, max);
    }

    /**
     * {@return x between two bounds, for integers without a change of type}
     *
     * @param min the lower bound
     * @param max the upper bound; everywhere the result where it is below the lower one
     */
    default Tensor clamp(long min, long max) {
        return Ops.CLAMP.row().apply((Tensor) this, min, max);
    }

    /** {@return BOOL: true where x is not a number} */
    default Tensor isNaN() {
        return Ops.IS_NAN.row().apply((Tensor) this);
    }

    /** {@return BOOL: true where x is infinite} */
    default Tensor isInf() {
        return Ops.IS_INF.row().apply((Tensor) this);
    }

    /** {@return BOOL: true where x is neither infinite nor NaN} */
    default Tensor isFinite() {
        return Ops.IS_FINITE.row().apply((Tensor) this);
    }

    // ---- arithmetic

    /** {@code x + other}. On BOOL, or. */
    @Override
    default Tensor add(Tensor other) {
        return Ops.ADD.row().apply((Tensor) this, other);
    }

    /** {@code x - other}. */
    @Override
    default Tensor sub(Tensor other) {
        return Ops.SUB.row().apply((Tensor) this, other);
    }

    /** {@code x * other}. On BOOL, and. */
    @Override
    default Tensor mul(Tensor other) {
        return Ops.MUL.row().apply((Tensor) this, other);
    }

    /** {@code x / other}, always FLOAT32. */
    @Override
    default Tensor div(Tensor other) {
        return Ops.DIV.row().apply((Tensor) this, other);
    }

    /** x to the power {@code exponent}. Of integers it wraps; a negative exponent then gives 0, or 1 or -1 for these. */
    @Override
    default Tensor pow(Tensor exponent) {
        return Ops.POW.row().apply((Tensor) this, exponent);
    }

    /**
     * {@return the smaller; NaN if either is NaN} Equal operands share the gradient.
     *
     * @param other the second operand, broadcast against this one
     */
    default Tensor minimum(Tensor other) {
        return Ops.MINIMUM.row().apply((Tensor) this, other);
    }

    /**
     * {@return the larger; NaN if either is NaN} Equal operands share the gradient.
     *
     * @param other the second operand, broadcast against this one
     */
    default Tensor maximum(Tensor other) {
        return Ops.MAXIMUM.row().apply((Tensor) this, other);
    }

    /** {@code x + constant}; integers become FLOAT32. */
    @Override
    default Tensor add(double constant) {
        return Ops.ADD_SCALAR.row().apply((Tensor) this, constant);
    }

    /**
     * {@return {@code x - constant}; integers become FLOAT32}
     *
     * @param constant the other operand of each element
     */
    default Tensor sub(double constant) {
        return Ops.SUB_SCALAR.row().apply((Tensor) this, constant);
    }

    /** {@code x * constant}; integers become FLOAT32. */
    @Override
    default Tensor mul(double constant) {
        return Ops.MUL_SCALAR.row().apply((Tensor) this, constant);
    }

    /**
     * {@return {@code x / constant}, always FLOAT32}
     *
     * @param constant the other operand of each element
     */
    default Tensor div(double constant) {
        return Ops.DIV_SCALAR.row().apply((Tensor) this, constant);
    }

    /** x to the power {@code constant} (FLOAT32). */
    @Override
    default Tensor pow(double constant) {
        Pointwise simple = Ops.Powers.ROWS.get(constant + 0.0); // -0 is 0
        return simple != null
                ? simple.apply((Tensor) this, constant)
                : Ops.POW_SCALAR.row().apply((Tensor) this, constant, constant - 1);
    }

    /**
     * {@return x to the power {@code constant}; integers stay integers, and take no negative one}
     *
     * @param constant the exponent
     */
    default Tensor pow(long constant) {
        Tensor x = (Tensor) this;
        if (x.dtype() == DType.FLOAT32) {
            return pow((double) constant);
        }
        if (constant < 0) {
            throw new IllegalArgumentException("pow: " + x.dtype() + " to the power " + constant
                    + " is no integer; use to(DType.FLOAT32) or the power " + constant + ".0");
        }
        return Ops.Powers.ROWS
                .getOrDefault((double) constant, Ops.POW_WHOLE.row())
                .apply(x, constant);
    }

    /**
     * {@return {@code constant - x}; integers become FLOAT32}
     *
     * @param constant the other operand of each element
     */
    default Tensor rsub(double constant) {
        return Ops.RSUB_SCALAR.row().apply((Tensor) this, constant);
    }

    /**
     * {@return {@code constant / x}, as {@code constant} times the reciprocal; always FLOAT32}
     *
     * @param constant the other operand of each element
     */
    default Tensor rdiv(double constant) {
        return Ops.RDIV_SCALAR.row().apply((Tensor) this, constant);
    }

    /**
     * {@return {@code constant} to the power x (FLOAT32)}
     *
     * @param constant the base
     */
    default Tensor rpow(double constant) {
        return Ops.SCALAR_POW.row().apply((Tensor) this, constant, Math.log(constant));
    }

    /**
     * {@return {@code constant} to the power x; integers stay integers, as in {@link #pow(Tensor)}}
     *
     * @param constant the base
     */
    default Tensor rpow(long constant) {
        Tensor x = (Tensor) this;
        return x.dtype() == DType.FLOAT32
                ? rpow((double) constant)
                : Ops.WHOLE_POW.row().apply(x, constant);
    }

    /**
     * {@return {@code x + constant}; integers stay integers}
     *
     * @param constant the other operand of each element
     */
    default Tensor add(long constant) {
        return Ops.ADD_SCALAR.row().apply((Tensor) this, constant);
    }

    /**
     * {@return {@code x - constant}; integers stay integers}
     *
     * @param constant the other operand of each element
     */
    default Tensor sub(long constant) {
        return Ops.SUB_SCALAR.row().apply((Tensor) this, constant);
    }

    /**
     * {@return {@code x * constant}; integers stay integers}
     *
     * @param constant the other operand of each element
     */
    default Tensor mul(long constant) {
        return Ops.MUL_SCALAR.row().apply((Tensor) this, constant);
    }

    /**
     * {@return {@code constant - x}; integers stay integers}
     *
     * @param constant the other operand of each element
     */
    default Tensor rsub(long constant) {
        return Ops.RSUB_SCALAR.row().apply((Tensor) this, constant);
    }

    // ---- comparisons, to BOOL

    /** True where {@code x < other}. */
    @Override
    default Tensor lt(Tensor other) {
        return Ops.LT.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x < other}}
     *
     * @param other the number to compare with, as a float
     */
    default Tensor lt(double other) {
        return Ops.LT_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x < other}; integers are compared as integers}
     *
     * @param other the number to compare with
     */
    default Tensor lt(long other) {
        return Ops.LT_SCALAR.row().apply((Tensor) this, other);
    }

    /** True where {@code x <= other}. */
    @Override
    default Tensor le(Tensor other) {
        return Ops.LE.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x <= other}}
     *
     * @param other the number to compare with, as a float
     */
    default Tensor le(double other) {
        return Ops.LE_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x <= other}; integers are compared as integers}
     *
     * @param other the number to compare with
     */
    default Tensor le(long other) {
        return Ops.LE_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x > other}}
     *
     * @param other the tensor to compare with, broadcast against this one
     */
    default Tensor gt(Tensor other) {
        return Ops.GT.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x > other}}
     *
     * @param other the number to compare with, as a float
     */
    default Tensor gt(double other) {
        return Ops.GT_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x > other}; integers are compared as integers}
     *
     * @param other the number to compare with
     */
    default Tensor gt(long other) {
        return Ops.GT_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x >= other}}
     *
     * @param other the tensor to compare with, broadcast against this one
     */
    default Tensor ge(Tensor other) {
        return Ops.GE.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x >= other}}
     *
     * @param other the number to compare with, as a float
     */
    default Tensor ge(double other) {
        return Ops.GE_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x >= other}; integers are compared as integers}
     *
     * @param other the number to compare with
     */
    default Tensor ge(long other) {
        return Ops.GE_SCALAR.row().apply((Tensor) this, other);
    }

    /** True where {@code x == other}. */
    @Override
    default Tensor eq(Tensor other) {
        return Ops.EQ.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x == other}}
     *
     * @param other the number to compare with, as a float
     */
    default Tensor eq(double other) {
        return Ops.EQ_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x == other}; integers are compared as integers}
     *
     * @param other the number to compare with
     */
    default Tensor eq(long other) {
        return Ops.EQ_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x != other}}
     *
     * @param other the tensor to compare with, broadcast against this one
     */
    default Tensor ne(Tensor other) {
        return Ops.NE.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x != other}}
     *
     * @param other the number to compare with, as a float
     */
    default Tensor ne(double other) {
        return Ops.NE_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where {@code x != other}; integers are compared as integers}
     *
     * @param other the number to compare with
     */
    default Tensor ne(long other) {
        return Ops.NE_SCALAR.row().apply((Tensor) this, other);
    }

    /**
     * {@return whether both have the same shape and equal elements (as {@code torch.equal}; NaN equals nothing)}
     *
     * @param other the tensor to compare with, on the same device
     */
    default boolean equal(Tensor other) {
        Objects.requireNonNull(other, "equal: the other tensor is null; give one");
        Tensor t = (Tensor) this;
        try (var _ = Scope.open()) {
            return Arrays.equals(t.sizes(), other.sizes())
                    && (t.numel() == 0 || eq(other).all().item() != 0);
        }
    }

    /**
     * {@return whether {@code |x - other| <= atol + rtol * |other|} everywhere (as {@code torch.allclose}; both are broadcast
     * against each other)} An infinity is close to itself, NaN to nothing.
     *
     * @param other the tensor to compare with, on the same device
     * @param rtol how far elements may differ, as a part of the other's magnitude
     * @param atol how far elements may differ, whatever their magnitude
     * @throws IllegalArgumentException also if the types differ or a tolerance is negative or NaN
     */
    default boolean allClose(Tensor other, double rtol, double atol) {
        Objects.requireNonNull(other, "allClose: the other tensor is null; give one");
        if (!(rtol >= 0 && atol >= 0)) {
            throw new IllegalArgumentException(
                    "allClose: tolerances " + rtol + " and " + atol + "; use numbers of 0 or more");
        }
        try (var _ = Scope.open()) {
            Tensor x = ((Tensor) this).detach();
            Tensor y = other.detach();
            if (x.dtype() != y.dtype()) {
                throw new IllegalArgumentException("allClose: " + x.dtype() + " and " + y.dtype()
                        + "; convert one with to(DType." + x.dtype() + ")");
            }
            Tensor close = x.eq(y);
            if (rtol != 0 || atol != 0) {
                Tensor target = y.to(DType.FLOAT32);
                Tensor error = x.to(DType.FLOAT32).sub(target).abs();
                Tensor allowed = target.mul(rtol).abs().add(atol);
                close = close.logicalOr(error.isFinite().logicalAnd(error.le(allowed)));
            }
            return close.numel() == 0 || close.all().item() != 0;
        }
    }

    // ---- logic, to BOOL; numbers are true unless they are zero

    /**
     * {@return BOOL: true where both operands are true}
     *
     * @param other the second operand, broadcast against this one; numbers are true unless they are zero
     */
    default Tensor logicalAnd(Tensor other) {
        return Ops.AND.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where at least one operand is true}
     *
     * @param other the second operand, broadcast against this one; numbers are true unless they are zero
     */
    default Tensor logicalOr(Tensor other) {
        return Ops.OR.row().apply((Tensor) this, other);
    }

    /**
     * {@return BOOL: true where exactly one operand is true}
     *
     * @param other the second operand, broadcast against this one; numbers are true unless they are zero
     */
    default Tensor logicalXor(Tensor other) {
        return Ops.XOR.row().apply((Tensor) this, other);
    }

    /** {@return BOOL: true where this is false} */
    default Tensor logicalNot() {
        return Ops.NOT.row().apply((Tensor) this);
    }

    /**
     * {@return x where {@code condition} is true, otherwise {@code other}}
     *
     * @param condition BOOL, broadcast against this tensor
     * @param other what is taken where the condition is false, broadcast against this tensor
     */
    default Tensor where(Tensor condition, Tensor other) {
        return Ops.WHERE.row().apply(new Tensor[] {condition, (Tensor) this, other});
    }

    /**
     * {@return {@code value} where {@code mask} is true, otherwise x}
     *
     * @param mask BOOL, broadcast against this tensor
     * @param value the number, converted to this tensor's type
     */
    default Tensor maskedFill(Tensor mask, double value) {
        Tensor x = (Tensor) this;
        InPlace.checkValue("maskedFill", x.dtype(), value);
        return Scope.result(() -> Ops.MASKED_FILL
                .row()
                .apply(new Tensor[] {mask, TensorFactory.full(Shape.of(), value, x.dtype(), x.device()), x}));
    }

    /** {@code whenTrue} where this BOOL tensor is true, otherwise {@code whenFalse}. */
    @Override
    default Tensor choose(Tensor whenTrue, Tensor whenFalse) {
        return Ops.WHERE.row().apply(new Tensor[] {(Tensor) this, whenTrue, whenFalse});
    }
}
