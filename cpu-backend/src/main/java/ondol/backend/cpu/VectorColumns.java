package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import ondol.backend.cpu.Folds.RowPairs;
import ondol.kernel.ReduceOp;

/** Sums of whole lanes of rows with the Vector API; see {@link Folds#fourLanes}. */
final class VectorColumns {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int WIDTH = S.length();
    private static final int LANES = ReduceOp.LANES;

    private VectorColumns() {}

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(S, array, at);
    }

    /** Sums of rows of a. */
    static void sums(RowPairs rows, int first, int count, int lane, float[] d, int d0, int n) {
        float[] a = rows.a();
        int step = LANES * rows.aPitch();
        int quarter = 16 * rows.aPitch();
        int a0 = rows.a0() + (first + lane) * rows.aPitch();
        // Every lane has this many rows; the first ones may have one more, lane 48 before lane 32 and so on down.
        int all = (count - lane - 48 + LANES - 1) / LANES;
        int more2 = (count - lane - 32 + LANES - 1) / LANES - all;
        int more1 = (count - lane - 16 + LANES - 1) / LANES - all;
        int more0 = (count - lane + LANES - 1) / LANES - all;
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            FloatVector s0 = FloatVector.zero(S);
            FloatVector s1 = FloatVector.zero(S);
            FloatVector s2 = FloatVector.zero(S);
            FloatVector s3 = FloatVector.zero(S);
            int at = a0 + k;
            for (int j = 0; j < all; j++) {
                s0 = s0.add(load(a, at));
                s1 = s1.add(load(a, at + quarter));
                s2 = s2.add(load(a, at + 2 * quarter));
                s3 = s3.add(load(a, at + 3 * quarter));
                at += step;
            }
            if (more0 > 0) {
                s0 = s0.add(load(a, at));
            }
            if (more1 > 0) {
                s1 = s1.add(load(a, at + quarter));
            }
            if (more2 > 0) {
                s2 = s2.add(load(a, at + 2 * quarter));
            }
            s0.add(s2).add(s1.add(s3)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            int at = a0 + k;
            for (int j = 0; j < all; j++) {
                s0 += a[at];
                s1 += a[at + quarter];
                s2 += a[at + 2 * quarter];
                s3 += a[at + 3 * quarter];
                at += step;
            }
            s0 += more0 > 0 ? a[at] : 0;
            s1 += more1 > 0 ? a[at + quarter] : 0;
            s2 += more2 > 0 ? a[at + 2 * quarter] : 0;
            d[d0 + k] = (s0 + s2) + (s1 + s3);
        }
    }

    /** Sums of rows of a, each times one element of b. */
    static void scaledSums(RowPairs rows, int first, int count, int lane, float[] d, int d0, int n) {
        float[] a = rows.a();
        int step = LANES * rows.aPitch();
        int quarter = 16 * rows.aPitch();
        int a0 = rows.a0() + (first + lane) * rows.aPitch();
        float[] b = rows.b();
        int bStep = LANES * rows.bPitch();
        int bQuarter = 16 * rows.bPitch();
        int b0 = rows.b0() + (first + lane) * rows.bPitch();
        // Every lane has this many rows; the first ones may have one more, lane 48 before lane 32 and so on down.
        int all = (count - lane - 48 + LANES - 1) / LANES;
        int more2 = (count - lane - 32 + LANES - 1) / LANES - all;
        int more1 = (count - lane - 16 + LANES - 1) / LANES - all;
        int more0 = (count - lane + LANES - 1) / LANES - all;
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            FloatVector s0 = FloatVector.zero(S);
            FloatVector s1 = FloatVector.zero(S);
            FloatVector s2 = FloatVector.zero(S);
            FloatVector s3 = FloatVector.zero(S);
            int at = a0 + k;
            int bAt = b0;
            for (int j = 0; j < all; j++) {
                s0 = s0.add(load(a, at).mul(b[bAt]));
                s1 = s1.add(load(a, at + quarter).mul(b[bAt + bQuarter]));
                s2 = s2.add(load(a, at + 2 * quarter).mul(b[bAt + 2 * bQuarter]));
                s3 = s3.add(load(a, at + 3 * quarter).mul(b[bAt + 3 * bQuarter]));
                at += step;
                bAt += bStep;
            }
            if (more0 > 0) {
                s0 = s0.add(load(a, at).mul(b[bAt]));
            }
            if (more1 > 0) {
                s1 = s1.add(load(a, at + quarter).mul(b[bAt + bQuarter]));
            }
            if (more2 > 0) {
                s2 = s2.add(load(a, at + 2 * quarter).mul(b[bAt + 2 * bQuarter]));
            }
            s0.add(s2).add(s1.add(s3)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            int at = a0 + k;
            int bAt = b0;
            for (int j = 0; j < all; j++) {
                s0 += a[at] * b[bAt];
                s1 += a[at + quarter] * b[bAt + bQuarter];
                s2 += a[at + 2 * quarter] * b[bAt + 2 * bQuarter];
                s3 += a[at + 3 * quarter] * b[bAt + 3 * bQuarter];
                at += step;
                bAt += bStep;
            }
            s0 += more0 > 0 ? a[at] * b[bAt] : 0;
            s1 += more1 > 0 ? a[at + quarter] * b[bAt + bQuarter] : 0;
            s2 += more2 > 0 ? a[at + 2 * quarter] * b[bAt + 2 * bQuarter] : 0;
            d[d0 + k] = (s0 + s2) + (s1 + s3);
        }
    }

    /** Sums of rows of a times rows of b. */
    static void productSums(RowPairs rows, int first, int count, int lane, float[] d, int d0, int n) {
        float[] a = rows.a();
        int step = LANES * rows.aPitch();
        int quarter = 16 * rows.aPitch();
        int a0 = rows.a0() + (first + lane) * rows.aPitch();
        float[] b = rows.b();
        int bStep = LANES * rows.bPitch();
        int bQuarter = 16 * rows.bPitch();
        int b0 = rows.b0() + (first + lane) * rows.bPitch();
        // Every lane has this many rows; the first ones may have one more, lane 48 before lane 32 and so on down.
        int all = (count - lane - 48 + LANES - 1) / LANES;
        int more2 = (count - lane - 32 + LANES - 1) / LANES - all;
        int more1 = (count - lane - 16 + LANES - 1) / LANES - all;
        int more0 = (count - lane + LANES - 1) / LANES - all;
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            FloatVector s0 = FloatVector.zero(S);
            FloatVector s1 = FloatVector.zero(S);
            FloatVector s2 = FloatVector.zero(S);
            FloatVector s3 = FloatVector.zero(S);
            int at = a0 + k;
            int bAt = b0 + k;
            for (int j = 0; j < all; j++) {
                s0 = s0.add(load(a, at).mul(load(b, bAt)));
                s1 = s1.add(load(a, at + quarter).mul(load(b, bAt + bQuarter)));
                s2 = s2.add(load(a, at + 2 * quarter).mul(load(b, bAt + 2 * bQuarter)));
                s3 = s3.add(load(a, at + 3 * quarter).mul(load(b, bAt + 3 * bQuarter)));
                at += step;
                bAt += bStep;
            }
            if (more0 > 0) {
                s0 = s0.add(load(a, at).mul(load(b, bAt)));
            }
            if (more1 > 0) {
                s1 = s1.add(load(a, at + quarter).mul(load(b, bAt + bQuarter)));
            }
            if (more2 > 0) {
                s2 = s2.add(load(a, at + 2 * quarter).mul(load(b, bAt + 2 * bQuarter)));
            }
            s0.add(s2).add(s1.add(s3)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            int at = a0 + k;
            int bAt = b0 + k;
            for (int j = 0; j < all; j++) {
                s0 += a[at] * b[bAt];
                s1 += a[at + quarter] * b[bAt + bQuarter];
                s2 += a[at + 2 * quarter] * b[bAt + 2 * bQuarter];
                s3 += a[at + 3 * quarter] * b[bAt + 3 * bQuarter];
                at += step;
                bAt += bStep;
            }
            s0 += more0 > 0 ? a[at] * b[bAt] : 0;
            s1 += more1 > 0 ? a[at + quarter] * b[bAt + bQuarter] : 0;
            s2 += more2 > 0 ? a[at + 2 * quarter] * b[bAt + 2 * bQuarter] : 0;
            d[d0 + k] = (s0 + s2) + (s1 + s3);
        }
    }
}
