package ondol.backend.cpu;

import java.util.Arrays;
import ondol.kernel.BinaryOp;
import ondol.kernel.UnaryOp;

/** BOOL primitives, for both sets of loops. Every slot but an F32 one begins at 0. */
final class BoolLoops {
    private BoolLoops() {}

    static Loop unary(UnaryOp op) {
        return switch (op) {
            case NOT -> BoolLoops::not;
            case TO_F32 -> BoolLoops::toF32;
            case TO_I32 -> BoolLoops::toI32;
            case TO_I64 -> BoolLoops::toI64;
            case TO_BOOL -> BoolLoops::copy;
            case NEG, ABS, FLOOR, SQRT, BITS, FROM_BITS -> throw new IllegalArgumentException(op + " takes no BOOL");
        };
    }

    static Loop binary(BinaryOp op) {
        return switch (op) {
            case AND -> BoolLoops::and;
            case OR -> BoolLoops::or;
            case XOR -> BoolLoops::xor;
            case ADD, SUB, MUL, DIV, MIN, MAX, LT, LE, EQ, SHL, SHR, USHR ->
                throw new IllegalArgumentException(op + " takes no BOOL and gives BOOL");
        };
    }

    static Loop compare(Comparison comparison) {
        return switch (comparison) {
            case EQ -> BoolLoops::eq;
            case LT, LE, GT, GE -> throw new IllegalArgumentException(comparison + " takes no BOOL");
        };
    }

    static void fill(Frame r, Instruction i, int n) {
        Arrays.fill(r.b[i.d()], 0, n, r.b[i.a()][0]);
    }

    static void copy(Frame r, Instruction i, int n) {
        System.arraycopy(r.b[i.a()], 0, r.b[i.d()], 0, n);
    }

    private static void not(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        boolean[] a = r.b[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = !a[k];
        }
    }

    private static void toF32(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int at = r.at[i.d()];
        boolean[] a = r.b[i.a()];
        for (int k = 0; k < n; k++) {
            d[at + k] = a[k] ? 1 : 0;
        }
    }

    private static void toI32(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        boolean[] a = r.b[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? 1 : 0;
        }
    }

    private static void toI64(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        boolean[] a = r.b[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? 1 : 0;
        }
    }

    private static void and(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        boolean[] a = r.b[i.a()];
        boolean[] b = r.b[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] & b[k];
        }
    }

    private static void or(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        boolean[] a = r.b[i.a()];
        boolean[] b = r.b[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] | b[k];
        }
    }

    private static void xor(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        boolean[] a = r.b[i.a()];
        boolean[] b = r.b[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ^ b[k];
        }
    }

    private static void eq(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        boolean[] a = r.b[i.a()];
        boolean[] b = r.b[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] == b[k];
        }
    }

    static void select(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        boolean[] a = r.b[i.a()];
        boolean[] b = r.b[i.b()];
        boolean[] c = r.b[i.c()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? b[k] : c[k];
        }
    }
}
