package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** F32 multiplications with an addition after them, rounded one by one, in one pass with the Vector API. */
final class VectorChains {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = S.length();

    private VectorChains() {}

    /** {@code d = a * b + c}, rounded twice. */
    static @Nullable Loop mulAdd(int form) {
        return switch (form) {
            case 0 -> VectorChains::mulAdd;
            case Loops.B -> VectorChains::mulAddB;
            case Loops.B | Loops.C -> VectorChains::mulAddBC;
            default -> null;
        };
    }

    /** {@code d = fma(a, b, c) + e}, rounded twice. */
    static @Nullable Loop fmaAdd(int form) {
        return switch (form) {
            case 0 -> VectorChains::fmaAdd;
            case Loops.B | Loops.C -> VectorChains::fmaAddBC;
            default -> null;
        };
    }

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(S, array, at);
    }

    private static void mulAdd(Frame r, Instruction i, int n) {
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
            load(a, a0 + k).mul(load(b, b0 + k)).add(load(c, c0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] * b[b0 + k] + c[c0 + k];
        }
    }

    private static void mulAddB(Frame r, Instruction i, int n) {
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
            load(a, a0 + k).mul(bs).add(load(c, c0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] * b + c[c0 + k];
        }
    }

    private static void mulAddBC(Frame r, Instruction i, int n) {
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
            load(a, a0 + k).mul(bs).add(cs).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] * b + c;
        }
    }

    private static void fmaAdd(Frame r, Instruction i, int n) {
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
            load(a, a0 + k)
                    .fma(load(b, b0 + k), load(c, c0 + k))
                    .add(load(e, e0 + k))
                    .intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.fma(a[a0 + k], b[b0 + k], c[c0 + k]) + e[e0 + k];
        }
    }

    private static void fmaAddBC(Frame r, Instruction i, int n) {
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
            load(a, a0 + k).fma(bs, cs).add(load(e, e0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.fma(a[a0 + k], b, c) + e[e0 + k];
        }
    }
}
