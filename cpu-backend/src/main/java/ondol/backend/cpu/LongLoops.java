package ondol.backend.cpu;

import java.util.Arrays;
import ondol.kernel.BinaryOp;
import ondol.kernel.UnaryOp;

/** I64 primitives, for both sets of loops. Every slot but an F32 one begins at 0. */
final class LongLoops {
    private LongLoops() {}

    static Loop unary(UnaryOp op) {
        return switch (op) {
            case NEG -> LongLoops::neg;
            case ABS -> LongLoops::abs;
            case NOT -> LongLoops::not;
            case TO_F32 -> LongLoops::toF32;
            case TO_I32 -> LongLoops::toI32;
            case TO_I64 -> LongLoops::copy;
            case TO_BOOL -> LongLoops::toBool;
            case FLOOR, SQRT, BITS, FROM_BITS -> throw new IllegalArgumentException(op + " takes no I64");
        };
    }

    static Loop binary(BinaryOp op) {
        return switch (op) {
            case ADD -> LongLoops::add;
            case SUB -> LongLoops::sub;
            case MUL -> LongLoops::mul;
            case MIN -> LongLoops::min;
            case MAX -> LongLoops::max;
            case AND -> LongLoops::and;
            case OR -> LongLoops::or;
            case XOR -> LongLoops::xor;
            case SHL -> LongLoops::shl;
            case SHR -> LongLoops::shr;
            case USHR -> LongLoops::ushr;
            case DIV, LT, LE, EQ -> throw new IllegalArgumentException(op + " gives no I64");
        };
    }

    static Loop compare(Comparison comparison) {
        return switch (comparison) {
            case LT -> LongLoops::lt;
            case LE -> LongLoops::le;
            case EQ -> LongLoops::eq;
            case GT -> LongLoops::gt;
            case GE -> LongLoops::ge;
        };
    }

    static void fill(Frame r, Instruction i, int n) {
        Arrays.fill(r.l[i.d()], 0, n, r.l[i.a()][0]);
    }

    static void copy(Frame r, Instruction i, int n) {
        System.arraycopy(r.l[i.a()], 0, r.l[i.d()], 0, n);
    }

    private static void neg(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = -a[k];
        }
    }

    private static void abs(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.abs(a[k]);
        }
    }

    private static void not(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = ~a[k];
        }
    }

    private static void toF32(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int at = r.at[i.d()];
        long[] a = r.l[i.a()];
        for (int k = 0; k < n; k++) {
            d[at + k] = a[k];
        }
    }

    private static void toI32(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        long[] a = r.l[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = (int) a[k];
        }
    }

    private static void toBool(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        long[] a = r.l[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] != 0;
        }
    }

    private static void add(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] + b[k];
        }
    }

    private static void sub(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] - b[k];
        }
    }

    private static void mul(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] * b[k];
        }
    }

    private static void and(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] & b[k];
        }
    }

    private static void or(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] | b[k];
        }
    }

    private static void xor(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ^ b[k];
        }
    }

    private static void shl(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] << b[k];
        }
    }

    private static void shr(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >> b[k];
        }
    }

    private static void ushr(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >>> b[k];
        }
    }

    private static void min(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.min(a[k], b[k]);
        }
    }

    private static void max(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.max(a[k], b[k]);
        }
    }

    private static void lt(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] < b[k];
        }
    }

    private static void le(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] <= b[k];
        }
    }

    private static void eq(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] == b[k];
        }
    }

    private static void gt(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] > b[k];
        }
    }

    private static void ge(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        long[] a = r.l[i.a()];
        long[] b = r.l[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >= b[k];
        }
    }

    static void select(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        boolean[] a = r.b[i.a()];
        long[] b = r.l[i.b()];
        long[] c = r.l[i.c()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? b[k] : c[k];
        }
    }
}
