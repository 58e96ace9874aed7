package ondol.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import ondol.kernel.ReduceOp;

/** {@link Folds} with the Vector API. */
final class VectorFolds extends Folds {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int WIDTH = S.length();
    private static final int LANES = ReduceOp.LANES;

    /** Four vectors of lanes are kept in registers at a time; wide vectors need one round, narrow ones more. */
    private static final int ROUND = Math.min(LANES, 4 * WIDTH);

    private static FloatVector load(float[] array, int at) {
        return FloatVector.fromArray(S, array, at);
    }

    @Override
    void sum(float[] lanes, float[] a, int a0, int n) {
        int whole = n - n % LANES;
        for (int l = 0; l < LANES; l += ROUND) {
            FloatVector l0 = load(lanes, l);
            FloatVector l1 = load(lanes, l + WIDTH);
            FloatVector l2 = load(lanes, l + 2 * WIDTH);
            FloatVector l3 = load(lanes, l + 3 * WIDTH);
            for (int k = l; k < whole; k += LANES) {
                l0 = l0.add(load(a, a0 + k));
                l1 = l1.add(load(a, a0 + k + WIDTH));
                l2 = l2.add(load(a, a0 + k + 2 * WIDTH));
                l3 = l3.add(load(a, a0 + k + 3 * WIDTH));
            }
            l0.intoArray(lanes, l);
            l1.intoArray(lanes, l + WIDTH);
            l2.intoArray(lanes, l + 2 * WIDTH);
            l3.intoArray(lanes, l + 3 * WIDTH);
        }
        for (int k = whole; k < n; k++) {
            lanes[k - whole] += a[a0 + k];
        }
    }

    @Override
    void sumProducts(float[] lanes, float[] a, int a0, float[] b, int b0, int n) {
        int whole = n - n % LANES;
        for (int l = 0; l < LANES; l += ROUND) {
            FloatVector l0 = load(lanes, l);
            FloatVector l1 = load(lanes, l + WIDTH);
            FloatVector l2 = load(lanes, l + 2 * WIDTH);
            FloatVector l3 = load(lanes, l + 3 * WIDTH);
            for (int k = l; k < whole; k += LANES) {
                l0 = l0.add(load(a, a0 + k).mul(load(b, b0 + k)));
                l1 = l1.add(load(a, a0 + k + WIDTH).mul(load(b, b0 + k + WIDTH)));
                l2 = l2.add(load(a, a0 + k + 2 * WIDTH).mul(load(b, b0 + k + 2 * WIDTH)));
                l3 = l3.add(load(a, a0 + k + 3 * WIDTH).mul(load(b, b0 + k + 3 * WIDTH)));
            }
            l0.intoArray(lanes, l);
            l1.intoArray(lanes, l + WIDTH);
            l2.intoArray(lanes, l + 2 * WIDTH);
            l3.intoArray(lanes, l + 3 * WIDTH);
        }
        for (int k = whole; k < n; k++) {
            lanes[k - whole] += a[a0 + k] * b[b0 + k];
        }
    }

    @Override
    void sumProducts(float[] lanes, float[] a, int a0, float b, int n) {
        int whole = n - n % LANES;
        for (int l = 0; l < LANES; l += ROUND) {
            FloatVector l0 = load(lanes, l);
            FloatVector l1 = load(lanes, l + WIDTH);
            FloatVector l2 = load(lanes, l + 2 * WIDTH);
            FloatVector l3 = load(lanes, l + 3 * WIDTH);
            for (int k = l; k < whole; k += LANES) {
                l0 = l0.add(load(a, a0 + k).mul(b));
                l1 = l1.add(load(a, a0 + k + WIDTH).mul(b));
                l2 = l2.add(load(a, a0 + k + 2 * WIDTH).mul(b));
                l3 = l3.add(load(a, a0 + k + 3 * WIDTH).mul(b));
            }
            l0.intoArray(lanes, l);
            l1.intoArray(lanes, l + WIDTH);
            l2.intoArray(lanes, l + 2 * WIDTH);
            l3.intoArray(lanes, l + 3 * WIDTH);
        }
        for (int k = whole; k < n; k++) {
            lanes[k - whole] += a[a0 + k] * b;
        }
    }

    @Override
    void prod(float[] lanes, float[] a, int a0, int n) {
        int whole = n - n % LANES;
        for (int l = 0; l < LANES; l += ROUND) {
            FloatVector l0 = load(lanes, l);
            FloatVector l1 = load(lanes, l + WIDTH);
            FloatVector l2 = load(lanes, l + 2 * WIDTH);
            FloatVector l3 = load(lanes, l + 3 * WIDTH);
            for (int k = l; k < whole; k += LANES) {
                l0 = l0.mul(load(a, a0 + k));
                l1 = l1.mul(load(a, a0 + k + WIDTH));
                l2 = l2.mul(load(a, a0 + k + 2 * WIDTH));
                l3 = l3.mul(load(a, a0 + k + 3 * WIDTH));
            }
            l0.intoArray(lanes, l);
            l1.intoArray(lanes, l + WIDTH);
            l2.intoArray(lanes, l + 2 * WIDTH);
            l3.intoArray(lanes, l + 3 * WIDTH);
        }
        for (int k = whole; k < n; k++) {
            lanes[k - whole] *= a[a0 + k];
        }
    }

    @Override
    float sumLanes(float[] lanes) {
        int half = LANES / 2;
        for (; half >= WIDTH; half /= 2) {
            for (int l = 0; l < half; l += WIDTH) {
                load(lanes, l).add(load(lanes, l + half)).intoArray(lanes, l);
            }
        }
        for (; half >= 1; half /= 2) {
            for (int l = 0; l < half; l++) {
                lanes[l] += lanes[l + half];
            }
        }
        return lanes[0];
    }

    /** Four chains, since one waits long for itself; what is left over is taken with elements before it once more. */
    @Override
    float max(float[] a, int a0, int n) {
        if (n < WIDTH) {
            float best = a[a0];
            for (int k = 1; k < n; k++) {
                best = Math.max(best, a[a0 + k]);
            }
            return best;
        }
        FloatVector m0 = load(a, a0);
        FloatVector m1 = load(a, a0 + n - WIDTH);
        FloatVector m2 = m0;
        FloatVector m3 = m1;
        int k = WIDTH;
        for (; k <= n - 4 * WIDTH; k += 4 * WIDTH) {
            m0 = m0.max(load(a, a0 + k));
            m1 = m1.max(load(a, a0 + k + WIDTH));
            m2 = m2.max(load(a, a0 + k + 2 * WIDTH));
            m3 = m3.max(load(a, a0 + k + 3 * WIDTH));
        }
        for (; k <= n - WIDTH; k += WIDTH) {
            m0 = m0.max(load(a, a0 + k));
        }
        return m0.max(m1).max(m2.max(m3)).reduceLanes(VectorOperators.MAX);
    }

    /** Four chains, since one waits long for itself; what is left over is taken with elements before it once more. */
    @Override
    float min(float[] a, int a0, int n) {
        if (n < WIDTH) {
            float best = a[a0];
            for (int k = 1; k < n; k++) {
                best = Math.min(best, a[a0 + k]);
            }
            return best;
        }
        FloatVector m0 = load(a, a0);
        FloatVector m1 = load(a, a0 + n - WIDTH);
        FloatVector m2 = m0;
        FloatVector m3 = m1;
        int k = WIDTH;
        for (; k <= n - 4 * WIDTH; k += 4 * WIDTH) {
            m0 = m0.min(load(a, a0 + k));
            m1 = m1.min(load(a, a0 + k + WIDTH));
            m2 = m2.min(load(a, a0 + k + 2 * WIDTH));
            m3 = m3.min(load(a, a0 + k + 3 * WIDTH));
        }
        for (; k <= n - WIDTH; k += WIDTH) {
            m0 = m0.min(load(a, a0 + k));
        }
        return m0.min(m1).min(m2.min(m3)).reduceLanes(VectorOperators.MIN);
    }

    @Override
    void addTo(float[] d, int d0, float[] a, int a0, int n) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            load(d, d0 + k).add(load(a, a0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] += a[a0 + k];
        }
    }

    @Override
    void add(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            load(a, a0 + k).add(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] + b[b0 + k];
        }
    }

    @Override
    void addProductTo(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            load(d, d0 + k).add(load(a, a0 + k).mul(load(b, b0 + k))).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] += a[a0 + k] * b[b0 + k];
        }
    }

    @Override
    void addProductTo(float[] d, int d0, float[] a, int a0, float b, int n) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            load(d, d0 + k).add(load(a, a0 + k).mul(b)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] += a[a0 + k] * b;
        }
    }

    @Override
    void product(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            load(a, a0 + k).mul(load(b, b0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] * b[b0 + k];
        }
    }

    @Override
    void product(float[] d, int d0, float[] a, int a0, float b, int n) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            load(a, a0 + k).mul(b).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = a[a0 + k] * b;
        }
    }

    @Override
    void maxTo(float[] d, int d0, float[] a, int a0, int n) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            load(d, d0 + k).max(load(a, a0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.max(d[d0 + k], a[a0 + k]);
        }
    }

    @Override
    void minTo(float[] d, int d0, float[] a, int a0, int n) {
        int k = 0;
        for (int end = S.loopBound(n); k < end; k += WIDTH) {
            load(d, d0 + k).min(load(a, a0 + k)).intoArray(d, d0 + k);
        }
        for (; k < n; k++) {
            d[d0 + k] = Math.min(d[d0 + k], a[a0 + k]);
        }
    }

    @Override
    boolean fourLanes(RowPairs rows, int first, int count, int lane, float[] d, int d0, int n) {
        switch (rows.factor()) {
            case NONE -> VectorColumns.sums(rows, first, count, lane, d, d0, n);
            case ELEMENT_OF_B -> VectorColumns.scaledSums(rows, first, count, lane, d, d0, n);
            case ROW_OF_B -> VectorColumns.productSums(rows, first, count, lane, d, d0, n);
        }
        return true;
    }

    /** Four vectors hold all lanes: they need not leave the registers. */
    @Override
    float sumBlock(float[] lanes, float[] a, int a0, int n) {
        if (LANES != ROUND) {
            return super.sumBlock(lanes, a, a0, n);
        }
        FloatVector l0 = FloatVector.zero(S);
        FloatVector l1 = FloatVector.zero(S);
        FloatVector l2 = FloatVector.zero(S);
        FloatVector l3 = FloatVector.zero(S);
        int k = a0;
        int end = a0 + n;
        for (; k <= end - LANES; k += LANES) {
            l0 = l0.add(load(a, k));
            l1 = l1.add(load(a, k + WIDTH));
            l2 = l2.add(load(a, k + 2 * WIDTH));
            l3 = l3.add(load(a, k + 3 * WIDTH));
        }
        if (k < end) {
            // A lane is never -0, so the zeros that stand in for missing elements change nothing.
            l0 = l0.add(load(a, k, end - k));
            l1 = l1.add(load(a, k + WIDTH, end - k - WIDTH));
            l2 = l2.add(load(a, k + 2 * WIDTH, end - k - 2 * WIDTH));
            l3 = l3.add(load(a, k + 3 * WIDTH, end - k - 3 * WIDTH));
        }
        return sumVector(l0.add(l2).add(l1.add(l3)), lanes);
    }

    @Override
    float sumProductsBlock(float[] lanes, float[] a, int a0, float[] b, int b0, int n) {
        if (LANES != ROUND) {
            return super.sumProductsBlock(lanes, a, a0, b, b0, n);
        }
        FloatVector l0 = FloatVector.zero(S);
        FloatVector l1 = FloatVector.zero(S);
        FloatVector l2 = FloatVector.zero(S);
        FloatVector l3 = FloatVector.zero(S);
        int k = 0;
        for (; k <= n - LANES; k += LANES) {
            l0 = l0.add(load(a, a0 + k).mul(load(b, b0 + k)));
            l1 = l1.add(load(a, a0 + k + WIDTH).mul(load(b, b0 + k + WIDTH)));
            l2 = l2.add(load(a, a0 + k + 2 * WIDTH).mul(load(b, b0 + k + 2 * WIDTH)));
            l3 = l3.add(load(a, a0 + k + 3 * WIDTH).mul(load(b, b0 + k + 3 * WIDTH)));
        }
        if (k < n) {
            // A lane is never -0, so the zeros that stand in for missing products change nothing.
            l0 = l0.add(product(a, a0 + k, b, b0 + k, n - k));
            l1 = l1.add(product(a, a0 + k + WIDTH, b, b0 + k + WIDTH, n - k - WIDTH));
            l2 = l2.add(product(a, a0 + k + 2 * WIDTH, b, b0 + k + 2 * WIDTH, n - k - 2 * WIDTH));
            l3 = l3.add(product(a, a0 + k + 3 * WIDTH, b, b0 + k + 3 * WIDTH, n - k - 3 * WIDTH));
        }
        return sumVector(l0.add(l2).add(l1.add(l3)), lanes);
    }

    /** The next elements, as many as there are, then zeros. */
    private static FloatVector load(float[] array, int at, int left) {
        return FloatVector.fromArray(S, array, at, S.indexInRange(0, Math.max(0, left)));
    }

    private static FloatVector product(float[] a, int a0, float[] b, int b0, int left) {
        return left <= 0 ? FloatVector.zero(S) : load(a, a0, left).mul(load(b, b0, left));
    }

    /** Folds 16 lanes by halves. */
    private static float sumVector(FloatVector v, float[] lanes) {
        v.intoArray(lanes, 0);
        float s0 = (lanes[0] + lanes[8]) + (lanes[4] + lanes[12]);
        float s1 = (lanes[1] + lanes[9]) + (lanes[5] + lanes[13]);
        float s2 = (lanes[2] + lanes[10]) + (lanes[6] + lanes[14]);
        float s3 = (lanes[3] + lanes[11]) + (lanes[7] + lanes[15]);
        return (s0 + s2) + (s1 + s3);
    }
}
