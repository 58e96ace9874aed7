package ondol.backend.cpu;

import java.util.Arrays;
import ondol.kernel.BinaryOp;
import ondol.kernel.UnaryOp;
import org.jspecify.annotations.Nullable;

/** I32 primitives, for both sets of loops: C2 vectorises them by itself. Every slot but an F32 one begins at 0. */
final class IntLoops {
    private IntLoops() {}

    static Loop unary(UnaryOp op) {
        return switch (op) {
            case NEG -> IntLoops::neg;
            case ABS -> IntLoops::abs;
            case NOT -> IntLoops::not;
            case TO_F32 -> IntLoops::toF32;
            case TO_I32 -> IntLoops::copy;
            case TO_I64 -> IntLoops::toI64;
            case TO_BOOL -> IntLoops::toBool;
            case FROM_BITS -> IntLoops::fromBits;
            case FLOOR, SQRT, BITS -> throw new IllegalArgumentException(op + " takes no I32");
        };
    }

    static @Nullable Loop binary(BinaryOp op, int form) {
        return switch (form) {
            case 0 ->
                switch (op) {
                    case ADD -> IntLoops::add;
                    case SUB -> IntLoops::sub;
                    case MUL -> IntLoops::mul;
                    case MIN -> IntLoops::min;
                    case MAX -> IntLoops::max;
                    case AND -> IntLoops::and;
                    case OR -> IntLoops::or;
                    case XOR -> IntLoops::xor;
                    case SHL -> IntLoops::shl;
                    case SHR -> IntLoops::shr;
                    case USHR -> IntLoops::ushr;
                    case DIV, LT, LE, EQ -> throw new IllegalArgumentException(op + " gives no I32");
                };
            case Loops.B ->
                switch (op) {
                    case ADD -> IntLoops::addB;
                    case SUB -> IntLoops::subB;
                    case MUL -> IntLoops::mulB;
                    case AND -> IntLoops::andB;
                    case OR -> IntLoops::orB;
                    case XOR -> IntLoops::xorB;
                    case SHL -> IntLoops::shlB;
                    case SHR -> IntLoops::shrB;
                    case USHR -> IntLoops::ushrB;
                    case DIV, MIN, MAX, LT, LE, EQ -> null;
                };
            default -> null;
        };
    }

    static @Nullable Loop compare(Comparison comparison, int form) {
        if (form != 0) {
            return null;
        }
        return switch (comparison) {
            case LT -> IntLoops::lt;
            case LE -> IntLoops::le;
            case EQ -> IntLoops::eq;
            case GT -> IntLoops::gt;
            case GE -> IntLoops::ge;
        };
    }

    static void fill(Frame r, Instruction i, int n) {
        Arrays.fill(r.i[i.d()], 0, n, r.i[i.a()][0]);
    }

    static void copy(Frame r, Instruction i, int n) {
        System.arraycopy(r.i[i.a()], 0, r.i[i.d()], 0, n);
    }

    private static void neg(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = -a[k];
        }
    }

    private static void abs(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.abs(a[k]);
        }
    }

    private static void not(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = ~a[k];
        }
    }

    private static void toF32(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int at = r.at[i.d()];
        int[] a = r.i[i.a()];
        for (int k = 0; k < n; k++) {
            d[at + k] = a[k];
        }
    }

    private static void toI64(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        int[] a = r.i[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k];
        }
    }

    private static void toBool(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        int[] a = r.i[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] != 0;
        }
    }

    private static void fromBits(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int at = r.at[i.d()];
        int[] a = r.i[i.a()];
        for (int k = 0; k < n; k++) {
            d[at + k] = Float.intBitsToFloat(a[k]);
        }
    }

    private static void add(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] + b[k];
        }
    }

    private static void sub(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] - b[k];
        }
    }

    private static void mul(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] * b[k];
        }
    }

    private static void and(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] & b[k];
        }
    }

    private static void or(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] | b[k];
        }
    }

    private static void xor(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ^ b[k];
        }
    }

    private static void shl(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] << b[k];
        }
    }

    private static void shr(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >> b[k];
        }
    }

    private static void ushr(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >>> b[k];
        }
    }

    private static void min(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.min(a[k], b[k]);
        }
    }

    private static void max(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.max(a[k], b[k]);
        }
    }

    private static void addB(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int b = r.i[i.b()][0];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] + b;
        }
    }

    private static void subB(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int b = r.i[i.b()][0];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] - b;
        }
    }

    private static void mulB(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int b = r.i[i.b()][0];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] * b;
        }
    }

    private static void andB(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int b = r.i[i.b()][0];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] & b;
        }
    }

    private static void orB(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int b = r.i[i.b()][0];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] | b;
        }
    }

    private static void xorB(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int b = r.i[i.b()][0];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ^ b;
        }
    }

    private static void shlB(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int b = r.i[i.b()][0];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] << b;
        }
    }

    private static void shrB(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int b = r.i[i.b()][0];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >> b;
        }
    }

    private static void ushrB(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        int[] a = r.i[i.a()];
        int b = r.i[i.b()][0];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >>> b;
        }
    }

    private static void lt(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] < b[k];
        }
    }

    private static void le(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] <= b[k];
        }
    }

    private static void eq(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] == b[k];
        }
    }

    private static void gt(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] > b[k];
        }
    }

    private static void ge(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >= b[k];
        }
    }

    static void select(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        boolean[] a = r.b[i.a()];
        int[] b = r.i[i.b()];
        int[] c = r.i[i.c()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? b[k] : c[k];
        }
    }
}
