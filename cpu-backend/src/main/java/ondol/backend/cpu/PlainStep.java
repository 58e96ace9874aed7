package ondol.backend.cpu;

import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Type;

/**
 * One primitive as a loop in plain Java, and the slots of its result and operands; unused ones are 0. Registers begin at
 * 0, so that C2 finds all arrays running from one index; only copying and filling also take a piece of a tensor's own
 * array.
 *
 * <p>Each primitive is a class of its own, loaded when it is first used. With one switch for all, C2 would compile them all
 * once more where the switch is, which takes it most of a second; a lambda takes longer to make than a class to load.
 */
abstract class PlainStep implements Step {
    /** The result. */
    final int d;

    /** The operands. */
    final int a;

    final int b;
    final int c;

    PlainStep(int d, int a, int b, int c) {
        this.d = d;
        this.a = a;
        this.b = b;
        this.c = c;
    }

    /** The loop for an expression with operands. */
    static PlainStep of(Expr e, int d, int[] operands) {
        int a = operands[0];
        return switch (e) {
            case Expr.Unary u ->
                switch (u.a().type()) {
                    case F32 -> PlainFloats.unary(u.op(), d, a);
                    case I32 -> PlainInts.unary(u.op(), d, a);
                    case I64 -> PlainLongs.unary(u.op(), d, a);
                    case BOOL -> PlainBooleans.unary(u.op(), d, a);
                };
            case Expr.Binary o -> binary(o.op(), o.a().type(), d, a, operands[1]);
            case Expr.Fma f -> PlainFloats.fma(d, a, operands[1], operands[2]);
            case Expr.Select s ->
                switch (s.type()) {
                    case F32 -> PlainFloats.select(d, a, operands[1], operands[2]);
                    case I32 -> PlainInts.select(d, a, operands[1], operands[2]);
                    case I64 -> PlainLongs.select(d, a, operands[1], operands[2]);
                    case BOOL -> PlainBooleans.select(d, a, operands[1], operands[2]);
                };
            case Expr.Input in -> throw new AssertionError(in);
            case Expr.Constant k -> throw new AssertionError(k);
            case Expr.Scalar s -> throw new AssertionError(s);
            case Expr.Keep k -> throw new AssertionError(k);
        };
    }

    private static PlainStep binary(BinaryOp op, Type type, int d, int a, int b) {
        return switch (type) {
            case F32 -> PlainFloats.binary(op, d, a, b);
            case I32 -> PlainInts.binary(op, d, a, b);
            case I64 -> PlainLongs.binary(op, d, a, b);
            case BOOL -> PlainBooleans.binary(op, d, a, b);
        };
    }

    /** The dropout mask; its seed and threshold are the run-time scalars a and b. */
    static PlainStep keep(Expr.Keep keep, int d) {
        return new PlainStep(d, keep.seedScalar(), keep.thresholdScalar(), 0) {
            @Override
            public void run(Frame r, int n) {
                KeepMask.fill(r, a, b, r.b[d]);
            }
        };
    }

    static PlainStep copy(Type type, int d, int a) {
        return switch (type) {
            case F32 -> PlainFloats.copy(d, a);
            case I32 -> PlainInts.copy(d, a);
            case I64 -> PlainLongs.copy(d, a);
            case BOOL -> PlainBooleans.copy(d, a);
        };
    }

    /** {@code d[k] = a[0]}. */
    static PlainStep fill(Type type, int d, int a) {
        return switch (type) {
            case F32 -> PlainFloats.fill(d, a);
            case I32 -> PlainInts.fill(d, a);
            case I64 -> PlainLongs.fill(d, a);
            case BOOL -> PlainBooleans.fill(d, a);
        };
    }
}
