package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import ondol.kernel.BinaryOp;
import ondol.kernel.UnaryOp;
import org.jspecify.annotations.Nullable;

/** F32 arithmetic with the Vector API. */
final class VectorArithmetic {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = S.length();

    private VectorArithmetic() {}

    static Loop unary(UnaryOp op) {
        return switch (op) {
            case NEG -> VectorArithmetic::neg;
            case ABS -> VectorArithmetic::abs;
            case FLOOR -> VectorArithmetic::floor;
            case SQRT -> VectorArithmetic::sqrt;
            case TO_I32, TO_I64, TO_BOOL, BITS, TO_F32 -> PlainFloats.unary(op);
            case NOT, FROM_BITS -> throw new IllegalArgumentException(op + " takes no F32");
        };
    }

    static @Nullable Loop binary(BinaryOp op, int form) {
        return switch (form) {
            case 0 ->
                switch (op) {
                    case ADD -> VectorArithmetic::add;
                    case SUB -> VectorArithmetic::sub;
                    case MUL -> VectorArithmetic::mul;
                    case DIV -> VectorArithmetic::div;
                    case MIN -> VectorArithmetic::min;
                    case MAX -> VectorArithmetic::max;
                    case LT, LE, EQ, AND, OR, XOR, SHL, SHR, USHR ->
                        throw new IllegalArgumentException(op + " gives no F32");
                };
            case Loops.A ->
                switch (op) {
                    case SUB -> VectorArithmetic::subA;
                    case DIV -> VectorArithmetic::divA;
                    default -> null;
                };
            case Loops.B ->
                switch (op) {
                    case ADD -> VectorArithmetic::addB;
                    case SUB -> VectorArithmetic::subB;
                    case MUL -> VectorArithmetic::mulB;
                    case DIV -> VectorArithmetic::divB;
                    case MIN -> VectorArithmetic::minB;
                    case MAX -> VectorArithmetic::maxB;
                    default -> null;
                };
            default -> null;
        };
    }

    static @Nullable Loop fma(int form) {
        return switch (form) {
            case 0 -> VectorArithmetic::fma;
            case Loops.B -> VectorArithmetic::fmaB;
            case Loops.C -> VectorArithmetic::fmaC;
            case Loops.B | Loops.C -> VectorArithmetic::fmaBC;
            default -> null;
        };
    }

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(S, array, at);
    }

    private static void neg(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).neg().intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = -a[a0 + k];
        }
    }

    private static void abs(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).abs().intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.abs(a[a0 + k]);
        }
    }

    private static void sqrt(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).sqrt().intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = (float) Math.sqrt(a[a0 + k]);
        }
    }

    private static void floor(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            // Cut, go one down where that went up, give -0 its sign back; from 2^23 on all values are integral.
            FloatVector x = load(a, a0 + k);
            FloatVector cut = (FloatVector) x.convert(VectorOperators.F2I, 0).convert(VectorOperators.I2F, 0);
            FloatVector down = cut.sub(1, cut.compare(VectorOperators.GT, x));
            IntVector sign = x.reinterpretAsInts().and(Integer.MIN_VALUE);
            FloatVector signed = down.reinterpretAsInts().or(sign).reinterpretAsFloats();
            x.blend(signed, x.abs().compare(VectorOperators.LT, 0x1p23f)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = (float) Math.floor(a[a0 + k]);
        }
    }

    private static void add(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).add(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] + b[b0 + k];
        }
    }

    private static void addB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).add(bs).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] + b;
        }
    }

    private static void sub(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).sub(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] - b[b0 + k];
        }
    }

    private static void subB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).sub(bs).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] - b;
        }
    }

    private static void mul(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).mul(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] * b[b0 + k];
        }
    }

    private static void mulB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).mul(bs).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] * b;
        }
    }

    private static void div(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).div(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] / b[b0 + k];
        }
    }

    private static void divB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).div(bs).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] / b;
        }
    }

    private static void subA(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float a = r.f[i.a()][r.at[i.a()]];
        FloatVector as = FloatVector.broadcast(S, a);
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            as.sub(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a - b[b0 + k];
        }
    }

    private static void divA(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float a = r.f[i.a()][r.at[i.a()]];
        FloatVector as = FloatVector.broadcast(S, a);
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            as.div(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a / b[b0 + k];
        }
    }

    private static void min(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).min(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.min(a[a0 + k], b[b0 + k]);
        }
    }

    private static void minB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).min(bs).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.min(a[a0 + k], b);
        }
    }

    private static void max(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).max(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.max(a[a0 + k], b[b0 + k]);
        }
    }

    private static void maxB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).max(bs).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.max(a[a0 + k], b);
        }
    }

    private static void fma(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).fma(load(b, b0 + k), load(c, c0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.fma(a[a0 + k], b[b0 + k], c[c0 + k]);
        }
    }

    private static void fmaB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).fma(bs, load(c, c0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.fma(a[a0 + k], b, c[c0 + k]);
        }
    }

    private static void fmaC(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float c = r.f[i.c()][r.at[i.c()]];
        FloatVector cs = FloatVector.broadcast(S, c);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).fma(load(b, b0 + k), cs).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.fma(a[a0 + k], b[b0 + k], c);
        }
    }

    private static void fmaBC(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float c = r.f[i.c()][r.at[i.c()]];
        FloatVector cs = FloatVector.broadcast(S, c);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).fma(bs, cs).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.fma(a[a0 + k], b, c);
        }
    }
}
