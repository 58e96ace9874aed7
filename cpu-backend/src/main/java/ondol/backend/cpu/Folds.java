package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.kernel.ReduceOp;

/**
 * The loops that combine F32 values. Those over lanes take n elements in order, the first into lane 0, as {@link
 * ondol.kernel.ReduceOp} says; those over columns combine two blocks element by element.
 */
abstract sealed class Folds permits PlainFolds, VectorFolds {
    private static final int ROOM = 1024;

    /** {@code lanes[k % 64] += a[k]}. */
    abstract void sum(float[] lanes, float[] a, int a0, int n);

    /** {@code lanes[k % 64] += a[k] * b[k]}, rounded twice. */
    abstract void sumProducts(float[] lanes, float[] a, int a0, float[] b, int b0, int n);

    /** {@code lanes[k % 64] += a[k] * b}, rounded twice. */
    abstract void sumProducts(float[] lanes, float[] a, int a0, float b, int n);

    /** {@code lanes[k % 64] *= a[k]}. */
    abstract void prod(float[] lanes, float[] a, int a0, int n);

    /** The sum of 64 lanes, by halves; overwrites them. */
    abstract float sumLanes(float[] lanes);

    /** The largest of n > 0 values; NaN if any is. */
    abstract float max(float[] a, int a0, int n);

    /** The smallest of n > 0 values; NaN if any is. */
    abstract float min(float[] a, int a0, int n);

    /** {@code d[k] += a[k]}. */
    abstract void addTo(float[] d, int d0, float[] a, int a0, int n);

    /** {@code d[k] = a[k] + b[k]}. */
    abstract void add(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n);

    /** {@code d[k] += a[k] * b[k]}, rounded twice. */
    abstract void addProductTo(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n);

    /** {@code d[k] += a[k] * b}, rounded twice. */
    abstract void addProductTo(float[] d, int d0, float[] a, int a0, float b, int n);

    /** {@code d[k] = a[k] * b[k]}. */
    abstract void product(float[] d, int d0, float[] a, int a0, float[] b, int b0, int n);

    /** {@code d[k] = a[k] * b}. */
    abstract void product(float[] d, int d0, float[] a, int a0, float b, int n);

    /** {@code d[k] = max(d[k], a[k])}. */
    abstract void maxTo(float[] d, int d0, float[] a, int a0, int n);

    /** {@code d[k] = min(d[k], a[k])}. */
    abstract void minTo(float[] d, int d0, float[] a, int a0, int n);

    /** The sum of a block of n elements by the rule, at most 4096 of them; uses lanes as room. */
    float sumBlock(float[] lanes, float[] a, int a0, int n) {
        Arrays.fill(lanes, 0, ReduceOp.LANES, 0f);
        sum(lanes, a, a0, n);
        return sumLanes(lanes);
    }

    /** The sum of n products by the rule. */
    float sumProductsBlock(float[] lanes, float[] a, int a0, float[] b, int b0, int n) {
        Arrays.fill(lanes, 0, ReduceOp.LANES, 0f);
        sumProducts(lanes, a, a0, b, b0, n);
        return sumLanes(lanes);
    }

    /**
     * The rows that {@link #fourLanes} takes: row i of a begins at {@code a0 + i * aPitch}, and so for b.
     *
     * @param factor what a row of a is multiplied with
     */
    record RowPairs(Factor factor, float[] a, int a0, int aPitch, float[] b, int b0, int bPitch) {
        enum Factor {
            NONE,
            ELEMENT_OF_B,
            ROW_OF_B
        }
    }

    /**
     * Sums four lanes of rows in one pass: {@code d = (lane + lane32) + (lane16 + lane48)}, where laneQ is the sum of the
     * rows {@code first + lane + Q}, {@code first + lane + Q + 64} ... below {@code first + count}; count is at least 64.
     *
     * @return false if that is not offered, and nothing was done
     */
    boolean fourLanes(RowPairs rows, int first, int count, int lane, float[] d, int d0, int n) {
        return false;
    }

    /**
     * What to run until it is compiled before a reduction uses these loops.
     *
     * @param factor what a summed value is multiplied with, as in {@link RowPairs}
     */
    List<Warmup.Exercise> exercises(ReduceOp op, boolean byColumns, RowPairs.Factor factor) {
        float[] a = new float[ROOM];
        float[] d = new float[ROOM];
        int n = ROOM / 2;
        List<Runnable> loops = switch (op) {
            case SUM -> byColumns ? columnSums(factor, a, d, n) : rowSums(factor, a, d, n);
            case PROD -> List.of(byColumns ? () -> product(d, 0, d, 0, a, 0, n) : () -> prod(d, a, 0, n));
            case MAX, ARGMAX -> List.of(byColumns ? () -> maxTo(d, 0, a, 0, n) : () -> d[0] = max(a, 0, n));
            case MIN, ARGMIN -> List.of(byColumns ? () -> minTo(d, 0, a, 0, n) : () -> d[0] = min(a, 0, n));
        };
        List<Warmup.Exercise> exercises = new ArrayList<>();
        for (Runnable loop : loops) {
            exercises.add(new Warmup.Exercise(loop.getClass(), loop));
        }
        return exercises;
    }

    private List<Runnable> rowSums(RowPairs.Factor factor, float[] a, float[] d, int n) {
        Runnable fold = () -> d[0] = sumLanes(d);
        return switch (factor) {
            case NONE -> List.of(() -> sum(d, a, 0, n), () -> d[1] = sumBlock(d, a, 0, n - 1), fold);
            case ELEMENT_OF_B -> List.of(() -> sumProducts(d, a, 0, 1f, n), fold);
            case ROW_OF_B ->
                List.of(() -> sumProducts(d, a, 0, a, 0, n), () -> d[1] = sumProductsBlock(d, a, 0, a, 0, n - 1), fold);
        };
    }

    private List<Runnable> columnSums(RowPairs.Factor factor, float[] a, float[] d, int n) {
        RowPairs rows = new RowPairs(factor, a, 0, 1, a, 0, 1);
        Runnable add = () -> addTo(d, 0, a, 0, n);
        return switch (factor) {
            case NONE -> List.of(add, () -> fourLanes(rows, 0, ReduceOp.LANES, 0, d, 0, n));
            case ELEMENT_OF_B ->
                List.of(
                        add,
                        () -> product(d, 0, a, 0, 1f, n),
                        () -> addProductTo(d, 0, a, 0, 1f, n),
                        () -> fourLanes(rows, 0, ReduceOp.LANES, 0, d, 0, n));
            case ROW_OF_B ->
                List.of(
                        add,
                        () -> product(d, 0, a, 0, a, 0, n),
                        () -> addProductTo(d, 0, a, 0, a, 0, n),
                        () -> fourLanes(rows, 0, ReduceOp.LANES, 0, d, 0, n));
        };
    }
}
