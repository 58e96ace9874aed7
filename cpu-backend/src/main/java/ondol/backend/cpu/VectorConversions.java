package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** What C2 does not vectorise by itself between F32, I32 and BOOL, with the Vector API. */
final class VectorConversions {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    private static final int LANES = F.length();

    private VectorConversions() {}

    static void bits(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        int k = 0;
        for (int end = F.loopBound(n); k < end; k += LANES) {
            FloatVector.fromArray(F, a, a0 + k).reinterpretAsInts().intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = Float.floatToRawIntBits(a[a0 + k]);
        }
    }

    static void fromBits(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        int[] a = r.i[i.a()];
        int k = 0;
        for (int end = F.loopBound(n); k < end; k += LANES) {
            IntVector.fromArray(I, a, k).reinterpretAsFloats().intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Float.intBitsToFloat(a[k]);
        }
    }

    static void boolToF32(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        boolean[] a = r.b[i.a()];
        FloatVector zero = FloatVector.zero(F);
        int k = 0;
        for (int end = F.loopBound(n); k < end; k += LANES) {
            zero.blend(1f, VectorMask.fromArray(F, a, k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[k] ? 1 : 0;
        }
    }

    static void f32ToBool(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        float[] a = r.f[i.a()];
        int a0 = r.at[i.a()];
        int k = 0;
        for (int end = F.loopBound(n); k < end; k += LANES) {
            FloatVector.fromArray(F, a, a0 + k).compare(VectorOperators.NE, 0f).intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = a[a0 + k] != 0;
        }
    }

    static void lt(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        int k = 0;
        for (int end = I.loopBound(n); k < end; k += LANES) {
            IntVector.fromArray(I, a, k)
                    .compare(VectorOperators.LT, IntVector.fromArray(I, b, k))
                    .intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = a[k] < b[k];
        }
    }

    static void eq(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        int[] a = r.i[i.a()];
        int[] b = r.i[i.b()];
        int k = 0;
        for (int end = I.loopBound(n); k < end; k += LANES) {
            IntVector.fromArray(I, a, k)
                    .compare(VectorOperators.EQ, IntVector.fromArray(I, b, k))
                    .intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = a[k] == b[k];
        }
    }

    static void select(Frame r, Instruction i, int n) {
        int[] d = r.i[i.d()];
        boolean[] a = r.b[i.a()];
        int[] b = r.i[i.b()];
        int[] c = r.i[i.c()];
        int k = 0;
        for (int end = I.loopBound(n); k < end; k += LANES) {
            VectorMask<Integer> mask = VectorMask.fromArray(I, a, k);
            IntVector.fromArray(I, c, k)
                    .blend(IntVector.fromArray(I, b, k), mask)
                    .intoArray(d, k);
        }
        for (; k < n; k++) {
            d[k] = a[k] ? b[k] : c[k];
        }
    }
}
