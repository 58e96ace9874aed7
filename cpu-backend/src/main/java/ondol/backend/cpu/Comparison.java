package ondol.backend.cpu;

import ondol.kernel.BinaryOp;

/** A comparison of a with b; GT and GE stand for LT and LE with the operands exchanged. */
enum Comparison {
    LT,
    LE,
    EQ,
    GT,
    GE;

    static Comparison of(BinaryOp op) {
        return switch (op) {
            case LT -> LT;
            case LE -> LE;
            case EQ -> EQ;
            case ADD, SUB, MUL, DIV, MIN, MAX, AND, OR, XOR, SHL, SHR, USHR ->
                throw new IllegalArgumentException(op + " is no comparison");
        };
    }

    /** The comparison of b with a. */
    Comparison exchanged() {
        return switch (this) {
            case LT -> GT;
            case LE -> GE;
            case EQ -> EQ;
            case GT -> LT;
            case GE -> LE;
        };
    }
}
