package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Horner's rule with the Vector API: all its steps in registers, for four vectors at a time to hide the latency. */
final class VectorPolynomials {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = S.length();
    private static final int ROUND = 4 * LANES;

    private VectorPolynomials() {}

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(S, array, at);
    }

    /** {@code d = fma(... fma(fma(a, b, c[0]), b, c[1]) ...)} for the uniform values c in these slots. */
    static void horner(int[] slots, Frame r, Instruction i, int n) {
        float[] c = r.values(slots);
        int m = slots.length;
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (; k <= n - ROUND; k += ROUND) {
            FloatVector x0 = load(b, b0 + k);
            FloatVector x1 = load(b, b0 + k + LANES);
            FloatVector x2 = load(b, b0 + k + 2 * LANES);
            FloatVector x3 = load(b, b0 + k + 3 * LANES);
            FloatVector p0 = load(a, a0 + k);
            FloatVector p1 = load(a, a0 + k + LANES);
            FloatVector p2 = load(a, a0 + k + 2 * LANES);
            FloatVector p3 = load(a, a0 + k + 3 * LANES);
            for (int j = 0; j < m; j++) {
                FloatVector cj = FloatVector.broadcast(S, c[j]);
                p0 = p0.fma(x0, cj);
                p1 = p1.fma(x1, cj);
                p2 = p2.fma(x2, cj);
                p3 = p3.fma(x3, cj);
            }
            p0.intoArray(d, d0 + k);
            p1.intoArray(d, d0 + k + LANES);
            p2.intoArray(d, d0 + k + 2 * LANES);
            p3.intoArray(d, d0 + k + 3 * LANES);
        }
        for (; k < n; k++) {
            float p = a[a0 + k];
            for (int j = 0; j < m; j++) {
                p = Math.fma(p, b[b0 + k], c[j]);
            }
            d[d0 + k] = p;
        }
    }

    /** The same with a uniform a. */
    static void hornerA(int[] slots, Frame r, Instruction i, int n) {
        float[] c = r.values(slots);
        int m = slots.length;
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float a = r.f[i.a()][r.at[i.a()]];
        FloatVector start = FloatVector.broadcast(S, a);
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        int k = 0;
        for (; k <= n - ROUND; k += ROUND) {
            FloatVector x0 = load(b, b0 + k);
            FloatVector x1 = load(b, b0 + k + LANES);
            FloatVector x2 = load(b, b0 + k + 2 * LANES);
            FloatVector x3 = load(b, b0 + k + 3 * LANES);
            FloatVector p0 = start;
            FloatVector p1 = start;
            FloatVector p2 = start;
            FloatVector p3 = start;
            for (int j = 0; j < m; j++) {
                FloatVector cj = FloatVector.broadcast(S, c[j]);
                p0 = p0.fma(x0, cj);
                p1 = p1.fma(x1, cj);
                p2 = p2.fma(x2, cj);
                p3 = p3.fma(x3, cj);
            }
            p0.intoArray(d, d0 + k);
            p1.intoArray(d, d0 + k + LANES);
            p2.intoArray(d, d0 + k + 2 * LANES);
            p3.intoArray(d, d0 + k + 3 * LANES);
        }
        for (; k < n; k++) {
            float p = a;
            for (int j = 0; j < m; j++) {
                p = Math.fma(p, b[b0 + k], c[j]);
            }
            d[d0 + k] = p;
        }
    }
}
