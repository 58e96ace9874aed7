package ondol.kernel;

/** Primitives of two operands of the same type. */
public enum BinaryOp {
    /** {@code a + b} (F32, integers). */
    ADD,
    /** {@code a - b} (F32, integers). */
    SUB,
    /** {@code a * b} (F32, integers). */
    MUL,
    /** {@code a / b}, correctly rounded (F32). */
    DIV,
    /** The smaller; NaN if either is NaN; -0 is below +0 (F32, integers). */
    MIN,
    /** The larger; NaN if either is NaN; +0 is above -0 (F32, integers). */
    MAX,
    /** {@code a < b} to BOOL; false if either is NaN (F32, integers). */
    LT,
    /** {@code a <= b} to BOOL; false if either is NaN (F32, integers). */
    LE,
    /** {@code a == b} to BOOL; false if either is NaN (F32, integers, BOOL). */
    EQ,
    /** And (BOOL), bitwise and (integers). */
    AND,
    /** Or (BOOL), bitwise or (integers). */
    OR,
    /** Exclusive or (BOOL), bitwise exclusive or (integers). */
    XOR,
    /** {@code a << b}; b from 0 to one below the width (integers). */
    SHL,
    /** {@code a >> b} with sign; b from 0 to one below the width (integers). */
    SHR,
    /** {@code a >>> b} without sign; b from 0 to one below the width (integers). */
    USHR;

    /** {@return whether the result is BOOL whatever the operands' type} */
    public boolean isComparison() {
        return this == LT || this == LE || this == EQ;
    }
}
