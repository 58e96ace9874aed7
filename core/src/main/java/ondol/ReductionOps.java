package ondol;

/**
 * What combines elements along axes. No axes given means all of them; negative axes count from the end; with {@code
 * keepDim} a reduced axis stays with size 1. Sums follow {@link ondol.kernel.ReduceOp}: the same bits on every device.
 */
public sealed interface ReductionOps permits Tensor {
    /** The axes argument that means all axes. */
    int[] ALL = {};

    /** The sum of all elements; BOOL and INT64 give INT64. */
    default Tensor sum() {
        return Reductions.sum((Tensor) this);
    }

    /** Sums along some axes. */
    default Tensor sum(int... axes) {
        return Reductions.sum((Tensor) this, axes, false);
    }

    /** Sums along some axes. */
    default Tensor sum(int[] axes, boolean keepDim) {
        return Reductions.sum((Tensor) this, axes, keepDim);
    }

    /** Sums along an axis. */
    default Tensor sum(int axis, boolean keepDim) {
        return Reductions.sum((Tensor) this, new int[] {axis}, keepDim);
    }

    /** The mean of all elements (FLOAT32): their sum divided by their number. */
    default Tensor mean() {
        return Reductions.mean((Tensor) this);
    }

    /** Means along some axes. */
    default Tensor mean(int... axes) {
        return Reductions.mean((Tensor) this, axes, false);
    }

    /** Means along some axes. */
    default Tensor mean(int[] axes, boolean keepDim) {
        return Reductions.mean((Tensor) this, axes, keepDim);
    }

    /** Means along an axis. */
    default Tensor mean(int axis, boolean keepDim) {
        return Reductions.mean((Tensor) this, new int[] {axis}, keepDim);
    }

    /** The product of all elements. */
    default Tensor prod() {
        return Reductions.prod((Tensor) this);
    }

    /** Products along an axis. */
    default Tensor prod(int axis) {
        return Reductions.prod((Tensor) this, axis, false);
    }

    /** Products along an axis. */
    default Tensor prod(int axis, boolean keepDim) {
        return Reductions.prod((Tensor) this, axis, keepDim);
    }

    /** The largest element; NaN if there is one. Equal largest elements share the gradient. */
    default Tensor max() {
        return MinMax.all((Tensor) this, true);
    }

    /** The smallest element; NaN if there is one. Equal smallest elements share the gradient. */
    default Tensor min() {
        return MinMax.all((Tensor) this, false);
    }

    /** The largest elements along an axis, and where they first are. */
    default ValuesAndIndices max(int axis) {
        return Scope.both(() -> MinMax.along((Tensor) this, axis, false, true));
    }

    /** The largest elements along an axis, and where they first are. */
    default ValuesAndIndices max(int axis, boolean keepDim) {
        return Scope.both(() -> MinMax.along((Tensor) this, axis, keepDim, true));
    }

    /** The smallest elements along an axis, and where they first are. */
    default ValuesAndIndices min(int axis) {
        return Scope.both(() -> MinMax.along((Tensor) this, axis, false, false));
    }

    /** The smallest elements along an axis, and where they first are. */
    default ValuesAndIndices min(int axis, boolean keepDim) {
        return Scope.both(() -> MinMax.along((Tensor) this, axis, keepDim, false));
    }

    /** The largest elements along some axes; equal ones share the gradient, which is NaN where the largest is NaN. */
    default Tensor amax(int... axes) {
        return MinMax.over((Tensor) this, axes, false, true);
    }

    /** The largest elements along some axes, as {@link #amax(int...)}. */
    default Tensor amax(int[] axes, boolean keepDim) {
        return MinMax.over((Tensor) this, axes, keepDim, true);
    }

    /** The largest elements along an axis, as {@link #amax(int...)}. */
    default Tensor amax(int axis, boolean keepDim) {
        return MinMax.over((Tensor) this, new int[] {axis}, keepDim, true);
    }

    /** The smallest elements along some axes; equal ones share the gradient, which is NaN where the smallest is NaN. */
    default Tensor amin(int... axes) {
        return MinMax.over((Tensor) this, axes, false, false);
    }

    /** The smallest elements along some axes, as {@link #amin(int...)}. */
    default Tensor amin(int[] axes, boolean keepDim) {
        return MinMax.over((Tensor) this, axes, keepDim, false);
    }

    /** The smallest elements along an axis, as {@link #amin(int...)}. */
    default Tensor amin(int axis, boolean keepDim) {
        return MinMax.over((Tensor) this, new int[] {axis}, keepDim, false);
    }

    /** The row-major index of the first largest element (INT64); NaN counts as larger than all. Not for BOOL. */
    default Tensor argmax() {
        return MinMax.arg((Tensor) this, ALL, false, true);
    }

    /** The index of the first largest element along an axis (INT64). */
    default Tensor argmax(int axis) {
        return MinMax.arg((Tensor) this, new int[] {axis}, false, true);
    }

    /** The index of the first largest element along an axis (INT64). */
    default Tensor argmax(int axis, boolean keepDim) {
        return MinMax.arg((Tensor) this, new int[] {axis}, keepDim, true);
    }

    /** The row-major index of the first smallest element (INT64); NaN counts as smaller than all. Not for BOOL. */
    default Tensor argmin() {
        return MinMax.arg((Tensor) this, ALL, false, false);
    }

    /** The index of the first smallest element along an axis (INT64). */
    default Tensor argmin(int axis) {
        return MinMax.arg((Tensor) this, new int[] {axis}, false, false);
    }

    /** The index of the first smallest element along an axis (INT64). */
    default Tensor argmin(int axis, boolean keepDim) {
        return MinMax.arg((Tensor) this, new int[] {axis}, keepDim, false);
    }

    /** The sample variance of all elements: squared deviations from the mean, divided by n - 1. */
    default Tensor var() {
        return Scope.result(() -> Variance.var((Tensor) this, ALL, 1, false));
    }

    /** Sample variances along some axes. */
    default Tensor var(int... axes) {
        return Scope.result(() -> Variance.var((Tensor) this, axes, 1, false));
    }

    /** Sample variances along some axes. */
    default Tensor var(int[] axes, boolean keepDim) {
        return Scope.result(() -> Variance.var((Tensor) this, axes, 1, keepDim));
    }

    /** Sample variances along an axis. */
    default Tensor var(int axis, boolean keepDim) {
        return Scope.result(() -> Variance.var((Tensor) this, new int[] {axis}, 1, keepDim));
    }

    /** Variances along some axes: squared deviations from the mean, divided by {@code n - correction}. */
    default Tensor var(int[] axes, int correction, boolean keepDim) {
        return Scope.result(() -> Variance.var((Tensor) this, axes, correction, keepDim));
    }

    /** The square root of {@link #var()}. */
    default Tensor std() {
        return Scope.result(() -> Variance.std((Tensor) this, ALL, 1, false));
    }

    /** The square roots of {@link #var(int...)}. */
    default Tensor std(int... axes) {
        return Scope.result(() -> Variance.std((Tensor) this, axes, 1, false));
    }

    /** The square roots of {@link #var(int[], boolean)}. */
    default Tensor std(int[] axes, boolean keepDim) {
        return Scope.result(() -> Variance.std((Tensor) this, axes, 1, keepDim));
    }

    /** The square roots of {@link #var(int, boolean)}. */
    default Tensor std(int axis, boolean keepDim) {
        return Scope.result(() -> Variance.std((Tensor) this, new int[] {axis}, 1, keepDim));
    }

    /** The square roots of {@link #var(int[], int, boolean)}. */
    default Tensor std(int[] axes, int correction, boolean keepDim) {
        return Scope.result(() -> Variance.std((Tensor) this, axes, correction, keepDim));
    }

    /**
     * The Euclidean norm of all elements: the square root of the sum of squares. As in PyTorch the squares are FLOAT32, so
     * that the norm is infinite where their sum passes 3.4e38, and inexact where the largest are below 1e-38: divide such
     * elements by a power of two first, and multiply the norm by it.
     */
    default Tensor norm() {
        return Scope.result(() -> VectorNorm.norm((Tensor) this, 2, ALL, false));
    }

    /**
     * The p-norm {@code (sum |x|^p)^(1/p)} along some axes; infinity is the largest |x|, -infinity the smallest, and 0
     * counts what is not zero. A single argument is p, as in PyTorch: {@code norm(2, 0)} are the lengths along axis 0.
     *
     * @param axes none for all
     */
    default Tensor norm(double p, int... axes) {
        return Scope.result(() -> VectorNorm.norm((Tensor) this, p, axes, false));
    }

    /** The p-norm along some axes, as {@link #norm(double, int...)}. */
    default Tensor norm(double p, int[] axes, boolean keepDim) {
        return Scope.result(() -> VectorNorm.norm((Tensor) this, p, axes, keepDim));
    }

    /** The p-norm along an axis, as {@link #norm(double, int...)}. */
    default Tensor norm(double p, int axis, boolean keepDim) {
        return Scope.result(() -> VectorNorm.norm((Tensor) this, p, new int[] {axis}, keepDim));
    }

    /** Whether any element is true (not zero). */
    default Tensor any() {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, ALL, false, true));
    }

    /** Whether any element along an axis is true. */
    default Tensor any(int axis) {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, new int[] {axis}, false, true));
    }

    /** Whether any element along an axis is true. */
    default Tensor any(int axis, boolean keepDim) {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, new int[] {axis}, keepDim, true));
    }

    /** Whether all elements are true (not zero). */
    default Tensor all() {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, ALL, false, false));
    }

    /** Whether all elements along an axis are true. */
    default Tensor all(int axis) {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, new int[] {axis}, false, false));
    }

    /** Whether all elements along an axis are true. */
    default Tensor all(int axis, boolean keepDim) {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, new int[] {axis}, keepDim, false));
    }

    /** Running sums along an axis: {@code y_i = x_0 + ... + x_i}. */
    default Tensor cumsum(int axis) {
        return Scope.result(() -> Reductions.cumsum((Tensor) this, axis));
    }

    /** {@code exp(x) / sum(exp(x))} along an axis, computed from {@code x - max(x)}. */
    default Tensor softmax(int axis) {
        return Softmax.softmax((Tensor) this, axis);
    }

    /** {@code log(softmax(x))} along an axis, without the loss of precision. */
    default Tensor logSoftmax(int axis) {
        return Softmax.logSoftmax((Tensor) this, axis);
    }

    /** {@code log(sum(exp(x)))} along some axes, without overflow; always FLOAT32. */
    default Tensor logSumExp(int... axes) {
        return Softmax.logSumExp((Tensor) this, axes, false);
    }

    /** {@code log(sum(exp(x)))} along some axes, as {@link #logSumExp(int...)}. */
    default Tensor logSumExp(int[] axes, boolean keepDim) {
        return Softmax.logSumExp((Tensor) this, axes, keepDim);
    }

    /** {@code log(sum(exp(x)))} along an axis, as {@link #logSumExp(int...)}. */
    default Tensor logSumExp(int axis, boolean keepDim) {
        return Softmax.logSumExp((Tensor) this, new int[] {axis}, keepDim);
    }
}
