package ondol.kernel;

/** Primitives of one operand. All are exact or correctly rounded, so every backend returns the same bits. */
public enum UnaryOp {
    /** {@code -x}: F32 flips the sign bit, integers wrap. */
    NEG,
    /** {@code |x|}: F32 clears the sign bit, integers wrap at the minimum. */
    ABS,
    /** The largest integral value not above x (F32). Keeps NaN, infinities and -0. */
    FLOOR,
    /** The correctly rounded square root (F32); NaN below -0. */
    SQRT,
    /** Not (BOOL), bitwise complement (integers). */
    NOT,
    /** To F32, round to nearest even; true is 1. */
    TO_F32,
    /** To I32. From F32: towards zero, saturating, NaN gives 0. From I64: the low 32 bits. True is 1. */
    TO_I32,
    /** To I64. From F32: towards zero, saturating, NaN gives 0. From I32: sign-extended. True is 1. */
    TO_I64,
    /** {@code x != 0}; NaN is true. */
    TO_BOOL,
    /** The bits of an F32 as an I32. Those of a NaN differ between devices: nothing may depend on them. */
    BITS,
    /** The F32 whose bits are an I32. */
    FROM_BITS
}
