package ondol.backend.cpu;

import java.util.Arrays;
import ondol.kernel.BinaryOp;
import ondol.kernel.UnaryOp;
import org.jspecify.annotations.Nullable;

/**
 * F32 primitives in plain Java, written so that C2 turns most into vector code. Slots begin at 0, except in the loops
 * that the Vector API's set uses too.
 */
final class PlainFloats {
    private PlainFloats() {}

    static Loop unary(UnaryOp op) {
        return switch (op) {
            case NEG -> PlainFloats::neg;
            case ABS -> PlainFloats::abs;
            case FLOOR -> PlainFloats::floor;
            case SQRT -> PlainFloats::sqrt;
            case TO_I32 -> PlainFloats::toI32;
            case TO_I64 -> PlainFloats::toI64;
            case TO_BOOL -> PlainFloats::toBool;
            case BITS -> PlainFloats::toBits;
            case TO_F32 -> PlainFloats::copy;
            case NOT, FROM_BITS -> throw new IllegalArgumentException(op + " takes no F32");
        };
    }

    static @Nullable Loop binary(BinaryOp op, int form) {
        return switch (form) {
            case 0 ->
                switch (op) {
                    case ADD -> PlainFloats::add;
                    case SUB -> PlainFloats::sub;
                    case MUL -> PlainFloats::mul;
                    case DIV -> PlainFloats::div;
                    case MIN -> PlainFloats::min;
                    case MAX -> PlainFloats::max;
                    case LT, LE, EQ, AND, OR, XOR, SHL, SHR, USHR ->
                        throw new IllegalArgumentException(op + " gives no F32");
                };
            case Loops.B -> op == BinaryOp.ADD ? PlainFloats::addB : op == BinaryOp.MUL ? PlainFloats::mulB : null;
            default -> null;
        };
    }

    static @Nullable Loop fma(int form) {
        return switch (form) {
            case 0 -> PlainFloats::fma;
            case Loops.B -> PlainFloats::fmaB;
            case Loops.C -> PlainFloats::fmaC;
            default -> null;
        };
    }

    static @Nullable Loop compare(Comparison comparison, int form) {
        if (form != 0) {
            return null;
        }
        return switch (comparison) {
            case LT -> PlainFloats::lt;
            case LE -> PlainFloats::le;
            case EQ -> PlainFloats::eq;
            case GT -> PlainFloats::gt;
            case GE -> PlainFloats::ge;
        };
    }

    static @Nullable Loop selectCompare(Comparison comparison, int form) {
        return switch (form) {
            case 0 ->
                switch (comparison) {
                    case LT -> PlainFloats::selectLt;
                    case LE -> PlainFloats::selectLe;
                    case EQ -> PlainFloats::selectEq;
                    case GT -> PlainFloats::selectGt;
                    case GE -> PlainFloats::selectGe;
                };
            default -> null;
        };
    }

    static @Nullable Loop select(int form) {
        return form == 0 ? PlainFloats::select : null;
    }

    private static void neg(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = -a[k];
        }
    }

    private static void abs(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.abs(a[k]);
        }
    }

    private static void floor(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = (float) Math.floor(a[k]);
        }
    }

    private static void sqrt(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = (float) Math.sqrt(a[k]);
        }
    }

    static void toI32(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        float[] a = r.f[i.a()];
        int at = r.at[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = (int) a[at + k];
        }
    }

    static void toI64(Frame r, Instruction i, int n) {
        long[] d = r.l[i.d()];
        float[] a = r.f[i.a()];
        int at = r.at[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = (long) a[at + k];
        }
    }

    static void toBool(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        int at = r.at[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = a[at + k] != 0;
        }
    }

    static void toBits(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        float[] a = r.f[i.a()];
        int at = r.at[i.a()];
        for (int k = 0; k < n; k++) {
            d[k] = Float.floatToRawIntBits(a[at + k]);
        }
    }

    static void copy(Frame r, Instruction i, int n) {
        System.arraycopy(r.f[i.a()], r.at[i.a()], r.f[i.d()], r.at[i.d()], n);
    }

    static void fill(Frame r, Instruction i, int n) {
        int at = r.at[i.d()];
        Arrays.fill(r.f[i.d()], at, at + n, r.f[i.a()][r.at[i.a()]]);
    }

    private static void add(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] + b[k];
        }
    }

    private static void sub(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] - b[k];
        }
    }

    private static void mul(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] * b[k];
        }
    }

    private static void div(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] / b[k];
        }
    }

    private static void min(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.min(a[k], b[k]);
        }
    }

    private static void max(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.max(a[k], b[k]);
        }
    }

    private static void addB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] + b;
        }
    }

    private static void mulB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] * b;
        }
    }

    private static void fma(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        float[] c = r.f[i.c()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.fma(a[k], b[k], c[k]);
        }
    }

    private static void fmaB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        float[] c = r.f[i.c()];
        for (int k = 0; k < n; k++) {
            d[k] = Math.fma(a[k], b, c[k]);
        }
    }

    private static void fmaC(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        float c = r.f[i.c()][r.at[i.c()]];
        for (int k = 0; k < n; k++) {
            d[k] = Math.fma(a[k], b[k], c);
        }
    }

    private static void lt(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] < b[k];
        }
    }

    private static void le(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] <= b[k];
        }
    }

    private static void eq(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] == b[k];
        }
    }

    private static void gt(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] > b[k];
        }
    }

    private static void ge(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >= b[k];
        }
    }

    private static void selectLt(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        float[] c = r.f[i.c()];
        float[] e = r.f[i.e()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] < b[k] ? c[k] : e[k];
        }
    }

    private static void selectLe(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        float[] c = r.f[i.c()];
        float[] e = r.f[i.e()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] <= b[k] ? c[k] : e[k];
        }
    }

    private static void selectEq(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        float[] c = r.f[i.c()];
        float[] e = r.f[i.e()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] == b[k] ? c[k] : e[k];
        }
    }

    private static void selectGt(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        float[] c = r.f[i.c()];
        float[] e = r.f[i.e()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] > b[k] ? c[k] : e[k];
        }
    }

    private static void selectGe(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        float[] a = r.f[i.a()];
        float[] b = r.f[i.b()];
        float[] c = r.f[i.c()];
        float[] e = r.f[i.e()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] >= b[k] ? c[k] : e[k];
        }
    }

    private static void select(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        boolean[] a = r.b[i.a()];
        float[] b = r.f[i.b()];
        float[] c = r.f[i.c()];
        for (int k = 0; k < n; k++) {
            d[k] = a[k] ? b[k] : c[k];
        }
    }
}
