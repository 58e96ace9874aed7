package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** F32 comparisons and selections with the Vector API. */
final class VectorSelects {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = S.length();

    private VectorSelects() {}

    static @Nullable Loop compare(Comparison comparison, int form) {
        return switch (form) {
            case 0 ->
                switch (comparison) {
                    case LT -> VectorSelects::lt;
                    case LE -> VectorSelects::le;
                    case EQ -> VectorSelects::eq;
                    case GT -> VectorSelects::gt;
                    case GE -> VectorSelects::ge;
                };
            default -> null;
        };
    }

    static @Nullable Loop select(int form) {
        return switch (form) {
            case 0 -> VectorSelects::select;
            case Loops.B -> VectorSelects::selectB;
            case Loops.C -> VectorSelects::selectC;
            default -> null;
        };
    }

    static @Nullable Loop selectCompare(Comparison comparison, int form) {
        return switch (form) {
            case 0 ->
                switch (comparison) {
                    case LT -> VectorSelects::selectLt;
                    case LE -> VectorSelects::selectLe;
                    case EQ -> VectorSelects::selectEq;
                    case GT -> VectorSelects::selectGt;
                    case GE -> VectorSelects::selectGe;
                };
            case Loops.B | Loops.C ->
                switch (comparison) {
                    case LT -> VectorSelects::selectLtBC;
                    case LE -> VectorSelects::selectLeBC;
                    case GT -> VectorSelects::selectGtBC;
                    case GE -> VectorSelects::selectGeBC;
                    case EQ -> null;
                };
            case Loops.B | Loops.E ->
                switch (comparison) {
                    case LT -> VectorSelects::selectLtBE;
                    case LE -> VectorSelects::selectLeBE;
                    case GT -> VectorSelects::selectGtBE;
                    case GE -> VectorSelects::selectGeBE;
                    case EQ -> null;
                };
            default -> null;
        };
    }

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(S, array, at);
    }

    private static void lt(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).compare(VectorOperators.LT, load(b, b0 + k)).intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = a[a0 + k] < b[b0 + k];
        }
    }

    private static void le(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).compare(VectorOperators.LE, load(b, b0 + k)).intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = a[a0 + k] <= b[b0 + k];
        }
    }

    private static void eq(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).compare(VectorOperators.EQ, load(b, b0 + k)).intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = a[a0 + k] == b[b0 + k];
        }
    }

    private static void gt(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).compare(VectorOperators.GT, load(b, b0 + k)).intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = a[a0 + k] > b[b0 + k];
        }
    }

    private static void ge(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(a, a0 + k).compare(VectorOperators.GE, load(b, b0 + k)).intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = a[a0 + k] >= b[b0 + k];
        }
    }

    private static void select(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        boolean[] a = r.b[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(c, c0 + k)
                    .blend(load(b, b0 + k), VectorMask.fromArray(S, a, k))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[k] ? b[b0 + k] : c[c0 + k];
        }
    }

    private static void selectB(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        boolean[] a = r.b[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(c, c0 + k).blend(bs, VectorMask.fromArray(S, a, k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[k] ? b : c[c0 + k];
        }
    }

    private static void selectC(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        boolean[] a = r.b[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float c = r.f[i.c()][r.at[i.c()]];
        FloatVector cs = FloatVector.broadcast(S, c);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            cs.blend(load(b, b0 + k), VectorMask.fromArray(S, a, k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[k] ? b[b0 + k] : c;
        }
    }

    private static void selectLt(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        float[] e = r.f[i.e()];
        int e0 = r.at[i.e()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(e, e0 + k)
                    .blend(load(c, c0 + k), load(a, a0 + k).compare(VectorOperators.LT, load(b, b0 + k)))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] < b[b0 + k] ? c[c0 + k] : e[e0 + k];
        }
    }

    private static void selectLe(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        float[] e = r.f[i.e()];
        int e0 = r.at[i.e()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(e, e0 + k)
                    .blend(load(c, c0 + k), load(a, a0 + k).compare(VectorOperators.LE, load(b, b0 + k)))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] <= b[b0 + k] ? c[c0 + k] : e[e0 + k];
        }
    }

    private static void selectEq(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        float[] e = r.f[i.e()];
        int e0 = r.at[i.e()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(e, e0 + k)
                    .blend(load(c, c0 + k), load(a, a0 + k).compare(VectorOperators.EQ, load(b, b0 + k)))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] == b[b0 + k] ? c[c0 + k] : e[e0 + k];
        }
    }

    private static void selectGt(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        float[] e = r.f[i.e()];
        int e0 = r.at[i.e()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(e, e0 + k)
                    .blend(load(c, c0 + k), load(a, a0 + k).compare(VectorOperators.GT, load(b, b0 + k)))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] > b[b0 + k] ? c[c0 + k] : e[e0 + k];
        }
    }

    private static void selectGe(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        float[] e = r.f[i.e()];
        int e0 = r.at[i.e()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(e, e0 + k)
                    .blend(load(c, c0 + k), load(a, a0 + k).compare(VectorOperators.GE, load(b, b0 + k)))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] >= b[b0 + k] ? c[c0 + k] : e[e0 + k];
        }
    }

    private static void selectLtBC(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float c = r.f[i.c()][r.at[i.c()]];
        FloatVector cs = FloatVector.broadcast(S, c);
        float[] e = r.f[i.e()];
        int e0 = r.at[i.e()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(e, e0 + k)
                    .blend(cs, load(a, a0 + k).compare(VectorOperators.LT, bs))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] < b ? c : e[e0 + k];
        }
    }

    private static void selectLtBE(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        float e = r.f[i.e()][r.at[i.e()]];
        FloatVector es = FloatVector.broadcast(S, e);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            es.blend(load(c, c0 + k), load(a, a0 + k).compare(VectorOperators.LT, bs))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] < b ? c[c0 + k] : e;
        }
    }

    private static void selectLeBC(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float c = r.f[i.c()][r.at[i.c()]];
        FloatVector cs = FloatVector.broadcast(S, c);
        float[] e = r.f[i.e()];
        int e0 = r.at[i.e()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(e, e0 + k)
                    .blend(cs, load(a, a0 + k).compare(VectorOperators.LE, bs))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] <= b ? c : e[e0 + k];
        }
    }

    private static void selectLeBE(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        float e = r.f[i.e()][r.at[i.e()]];
        FloatVector es = FloatVector.broadcast(S, e);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            es.blend(load(c, c0 + k), load(a, a0 + k).compare(VectorOperators.LE, bs))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] <= b ? c[c0 + k] : e;
        }
    }

    private static void selectGtBC(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float c = r.f[i.c()][r.at[i.c()]];
        FloatVector cs = FloatVector.broadcast(S, c);
        float[] e = r.f[i.e()];
        int e0 = r.at[i.e()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(e, e0 + k)
                    .blend(cs, load(a, a0 + k).compare(VectorOperators.GT, bs))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] > b ? c : e[e0 + k];
        }
    }

    private static void selectGtBE(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        float e = r.f[i.e()][r.at[i.e()]];
        FloatVector es = FloatVector.broadcast(S, e);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            es.blend(load(c, c0 + k), load(a, a0 + k).compare(VectorOperators.GT, bs))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] > b ? c[c0 + k] : e;
        }
    }

    private static void selectGeBC(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float c = r.f[i.c()][r.at[i.c()]];
        FloatVector cs = FloatVector.broadcast(S, c);
        float[] e = r.f[i.e()];
        int e0 = r.at[i.e()];
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            load(e, e0 + k)
                    .blend(cs, load(a, a0 + k).compare(VectorOperators.GE, bs))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] >= b ? c : e[e0 + k];
        }
    }

    private static void selectGeBE(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float b = r.f[i.b()][r.at[i.b()]];
        FloatVector bs = FloatVector.broadcast(S, b);
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        float e = r.f[i.e()][r.at[i.e()]];
        FloatVector es = FloatVector.broadcast(S, e);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            es.blend(load(c, c0 + k), load(a, a0 + k).compare(VectorOperators.GE, bs))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] >= b ? c[c0 + k] : e;
        }
    }
}
