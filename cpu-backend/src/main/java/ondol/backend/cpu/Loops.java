package ondol.backend.cpu;

import ondol.kernel.BinaryOp;
import ondol.kernel.Type;
import ondol.kernel.UnaryOp;
import org.jspecify.annotations.Nullable;

/**
 * A set of primitive loops. A form is a set of operands that are one value for the whole block (bit 0 the first operand,
 * bit 1 the second ...); form 0 always exists, others where they pay, and null says that there is none.
 */
abstract sealed class Loops permits PlainLoops, VectorLoops {
    /** The form whose second operand is uniform; others likewise. */
    static final int B = 2;

    static final int A = 1;
    static final int C = 4;
    static final int E = 8;

    /** Plain Java, or the Vector API. */
    static Loops of(boolean vector) {
        return vector ? new VectorLoops() : new PlainLoops();
    }

    /** The vector width in bits; 0 for plain loops. */
    abstract int bits();

    /** Whether an F32 operand or result may be a piece of a tensor's own array. */
    abstract boolean inPlace();

    abstract Loop unary(UnaryOp op, Type from);

    /** A primitive of two operands that is no comparison. */
    abstract @Nullable Loop binary(BinaryOp op, Type type, int form);

    abstract @Nullable Loop compare(Comparison comparison, Type type, int form);

    /** {@code d = a * b + c} rounded once. */
    abstract @Nullable Loop fma(int form);

    /** Whether there are {@link #mulAdd}, {@link #fmaAdd} and {@link #polynomial}. */
    abstract boolean fusesChains();

    /** {@code d = a * b + c}, rounded twice. */
    abstract @Nullable Loop mulAdd(int form);

    /** {@code d = fma(a, b, c) + e}, rounded twice. */
    abstract @Nullable Loop fmaAdd(int form);

    /** {@code d = fma(... fma(fma(a, b, c[0]), b, c[1]) ...)}, c being the uniform values of the given slots. */
    abstract @Nullable Loop polynomial(int[] c, int form);

    /** {@code d = a ? b : c}. */
    abstract @Nullable Loop select(Type type, int form);

    /** {@code d = (a comparison b) ? c : e}, all F32. */
    abstract @Nullable Loop selectCompare(Comparison comparison, int form);

    /** {@code d = keep ? b : c}; a and e are the numbers of the run-time scalars of {@link #keep}. */
    abstract @Nullable Loop selectKeep(int form);

    /** The dropout mask of the frame's indices; a and b are the numbers of the run-time scalars. */
    abstract Loop keep();

    abstract Loop copy(Type type);

    /** {@code d[k] = a[0]}. */
    abstract Loop fill(Type type);

    /** The matrix product's innermost loops. */
    abstract MatMulKernel matMul();
}
