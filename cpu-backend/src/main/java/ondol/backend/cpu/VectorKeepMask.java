package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import ondol.kernel.Expr.Keep;

/** {@link KeepMask} with the Vector API: the mask by itself, and selections that make it as they go. */
final class VectorKeepMask {
    private static final VectorSpecies<Integer> S = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = S.length();

    private VectorKeepMask() {}

    /** The loop; see {@link Loops#keep}. */
    static void fill(Frame r, Instruction i, int n) {
        boolean[] d = r.b[i.d()];
        int seed = (int) r.scalars[i.a()];
        int threshold = (int) r.scalars[i.b()];
        int[] powers = r.powers();
        int at = 0;
        for (int run = 0; run < r.indexRuns; run++) {
            int count = r.indexCount[run];
            fill(d, at, count, powers, KeepMask.state(seed, r.indexStart[run]), threshold);
            at += count;
        }
    }

    private static void fill(boolean[] d, int at, int n, int[] powers, long first, int threshold) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            states(powers, k, first).compare(VectorOperators.LT, threshold).intoArray(d, at + k);
        }
        for (; k < n; k++) {
            d[at + k] = KeepMask.times(powers[k], first) < threshold;
        }
    }

    /** The mask of the elements whose powers are at {@code at} and following, for {@link FusedVectorLoop}. */
    static VectorMask<Float> mask(int[] powers, int at, long first, int threshold) {
        return states(powers, at, first).compare(VectorOperators.LT, threshold).cast(F);
    }

    /** {@code d = keep ? b : c}; a is the seed's scalar, e the threshold's. */
    static void select(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float[] c = r.f[i.c()];
        int c0 = r.at[i.c()];
        int seed = (int) r.scalars[i.a()];
        int threshold = (int) r.scalars[i.e()];
        int[] powers = r.powers();
        for (int run = 0; run < r.indexRuns; run++) {
            int count = r.indexCount[run];
            select(d, d0, b, b0, c, c0, count, powers, KeepMask.state(seed, r.indexStart[run]), threshold);
            d0 += count;
            b0 += count;
            c0 += count;
        }
    }

    private static void select(
            float[] d, int d0, float[] b, int b0, float[] c, int c0, int n, int[] powers, long first, int threshold) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            VectorMask<Float> keep = states(powers, k, first)
                    .compare(VectorOperators.LT, threshold)
                    .cast(F);
            load(c, c0 + k).blend(load(b, b0 + k), keep).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = KeepMask.times(powers[k], first) < threshold ? b[b0 + k] : c[c0 + k];
        }
    }

    /** {@code d = keep ? b : c} for a uniform c. */
    static void selectC(Frame r, Instruction i, int n) {
        float[] d = r.f[i.d()];
        int d0 = r.at[i.d()];
        float[] b = r.f[i.b()];
        int b0 = r.at[i.b()];
        float c = r.f[i.c()][r.at[i.c()]];
        int seed = (int) r.scalars[i.a()];
        int threshold = (int) r.scalars[i.e()];
        int[] powers = r.powers();
        for (int run = 0; run < r.indexRuns; run++) {
            int count = r.indexCount[run];
            selectC(d, d0, b, b0, c, count, powers, KeepMask.state(seed, r.indexStart[run]), threshold);
            d0 += count;
            b0 += count;
        }
    }

    private static void selectC(
            float[] d, int d0, float[] b, int b0, float c, int n, int[] powers, long first, int threshold) {
        FloatVector cs = FloatVector.broadcast(F, c);
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += LANES) {
            VectorMask<Float> keep = states(powers, k, first)
                    .compare(VectorOperators.LT, threshold)
                    .cast(F);
            cs.blend(load(b, b0 + k), keep).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = KeepMask.times(powers[k], first) < threshold ? b[b0 + k] : c;
        }
    }

    // Helpers over vectors stay below 35 bytecodes: larger ones C2 may leave as calls, with every vector on the heap.

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(F, array, at);
    }

    /** The states at the next indices: the products of the even lanes and of the odd, 64 bits wide, folded. */
    private static IntVector states(int[] powers, int at, long first) {
        LongVector pairs = IntVector.fromArray(S, powers, at).reinterpretAsLongs();
        return foldLanes(even(pairs, first).or(odd(pairs, first)).reinterpretAsInts());
    }

    private static LongVector even(LongVector pairs, long first) {
        return fold(pairs.and(0xffffffffL).mul(first));
    }

    private static LongVector odd(LongVector pairs, long first) {
        return fold(pairs.lanewise(VectorOperators.LSHR, 32).mul(first)).lanewise(VectorOperators.LSHL, 32);
    }

    private static LongVector fold(LongVector v) {
        return v.and(Keep.MODULUS).add(v.lanewise(VectorOperators.LSHR, 31));
    }

    private static IntVector foldLanes(IntVector v) {
        return v.and((int) Keep.MODULUS).add(v.lanewise(VectorOperators.LSHR, 31));
    }
}
