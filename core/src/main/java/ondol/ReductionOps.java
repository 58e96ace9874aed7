package ondol;

/**
 * Operations that combine elements along axes. No axes given means all of them; negative axes count from the end; with {@code
 * keepDim} a reduced axis stays with size 1. Sums follow {@link ondol.kernel.ReduceOp}: the same bits on every device.
 */
public sealed interface ReductionOps permits Tensor {
    /** The axes argument that means all axes. */
    int[] ALL = {};

    /** {@return the sum of all elements; BOOL and INT64 give INT64} */
    default Tensor sum() {
        return Reductions.sum((Tensor) this);
    }

    /**
     * Sums along some axes; BOOL and INT64 give INT64.
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @return a tensor without the reduced axes
     */
    default Tensor sum(int... axes) {
        return Reductions.sum((Tensor) this, axes, false);
    }

    /**
     * Sums along some axes; BOOL and INT64 give INT64.
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     * @return a tensor without the reduced axes, or with size 1 there
     */
    default Tensor sum(int[] axes, boolean keepDim) {
        return Reductions.sum((Tensor) this, axes, keepDim);
    }

    /**
     * Sums along an axis.
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     * @return a tensor without the reduced axes, or with size 1 there
     */
    default Tensor sum(int axis, boolean keepDim) {
        return Reductions.sum((Tensor) this, new int[] {axis}, keepDim);
    }

    /** {@return the mean of all elements (FLOAT32): their sum divided by their number} */
    default Tensor mean() {
        return Reductions.mean((Tensor) this);
    }

    /**
     * Means along some axes.
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @return a tensor without the reduced axes
     */
    default Tensor mean(int... axes) {
        return Reductions.mean((Tensor) this, axes, false);
    }

    /**
     * Means along some axes.
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     * @return a tensor without the reduced axes, or with size 1 there
     */
    default Tensor mean(int[] axes, boolean keepDim) {
        return Reductions.mean((Tensor) this, axes, keepDim);
    }

    /**
     * Means along an axis.
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     * @return a tensor without the reduced axes, or with size 1 there
     */
    default Tensor mean(int axis, boolean keepDim) {
        return Reductions.mean((Tensor) this, new int[] {axis}, keepDim);
    }

    /** {@return the product of all elements} */
    default Tensor prod() {
        return Reductions.prod((Tensor) this);
    }

    /**
     * Products along an axis.
     *
     * @param axis the axis; negative ones count from the end
     * @return a tensor without the reduced axes, or with size 1 there
     */
    default Tensor prod(int axis) {
        return Reductions.prod((Tensor) this, axis, false);
    }

    /**
     * Products along an axis.
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     * @return a tensor without the reduced axes, or with size 1 there
     */
    default Tensor prod(int axis, boolean keepDim) {
        return Reductions.prod((Tensor) this, axis, keepDim);
    }

    /** {@return the largest element; NaN if there is one} Equal largest elements share the gradient. */
    default Tensor max() {
        return MinMax.all((Tensor) this, true);
    }

    /** {@return the smallest element; NaN if there is one} Equal smallest elements share the gradient. */
    default Tensor min() {
        return MinMax.all((Tensor) this, false);
    }

    /**
     * {@return the largest elements along an axis, and where they first are}
     *
     * @param axis the axis; negative ones count from the end
     */
    default ValuesAndIndices max(int axis) {
        return Scope.both(() -> MinMax.along((Tensor) this, axis, false, true));
    }

    /**
     * {@return the largest elements along an axis, and where they first are}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default ValuesAndIndices max(int axis, boolean keepDim) {
        return Scope.both(() -> MinMax.along((Tensor) this, axis, keepDim, true));
    }

    /**
     * {@return the smallest elements along an axis, and where they first are}
     *
     * @param axis the axis; negative ones count from the end
     */
    default ValuesAndIndices min(int axis) {
        return Scope.both(() -> MinMax.along((Tensor) this, axis, false, false));
    }

    /**
     * {@return the smallest elements along an axis, and where they first are}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default ValuesAndIndices min(int axis, boolean keepDim) {
        return Scope.both(() -> MinMax.along((Tensor) this, axis, keepDim, false));
    }

    /**
     * {@return the largest elements along some axes; equal ones share the gradient, which is NaN where the largest is NaN}
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     */
    default Tensor amax(int... axes) {
        return MinMax.over((Tensor) this, axes, false, true);
    }

    /**
     * {@return the largest elements along some axes, as {@link #amax(int...)}}
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor amax(int[] axes, boolean keepDim) {
        return MinMax.over((Tensor) this, axes, keepDim, true);
    }

    /**
     * {@return the largest elements along an axis, as {@link #amax(int...)}}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor amax(int axis, boolean keepDim) {
        return MinMax.over((Tensor) this, new int[] {axis}, keepDim, true);
    }

    /**
     * {@return the smallest elements along some axes; equal ones share the gradient, which is NaN where the smallest is NaN}
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     */
    default Tensor amin(int... axes) {
        return MinMax.over((Tensor) this, axes, false, false);
    }

    /**
     * {@return the smallest elements along some axes, as {@link #amin(int...)}}
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor amin(int[] axes, boolean keepDim) {
        return MinMax.over((Tensor) this, axes, keepDim, false);
    }

    /**
     * {@return the smallest elements along an axis, as {@link #amin(int...)}}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor amin(int axis, boolean keepDim) {
        return MinMax.over((Tensor) this, new int[] {axis}, keepDim, false);
    }

    /** {@return the row-major index of the first largest element (INT64); NaN counts as larger than all} Not for BOOL. */
    default Tensor argmax() {
        return MinMax.arg((Tensor) this, ALL, false, true);
    }

    /**
     * {@return the index of the first largest element along an axis (INT64)}
     *
     * @param axis the axis; negative ones count from the end
     */
    default Tensor argmax(int axis) {
        return MinMax.arg((Tensor) this, new int[] {axis}, false, true);
    }

    /**
     * {@return the index of the first largest element along an axis (INT64)}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor argmax(int axis, boolean keepDim) {
        return MinMax.arg((Tensor) this, new int[] {axis}, keepDim, true);
    }

    /** {@return the row-major index of the first smallest element (INT64); NaN counts as smaller than all} Not for BOOL. */
    default Tensor argmin() {
        return MinMax.arg((Tensor) this, ALL, false, false);
    }

    /**
     * {@return the index of the first smallest element along an axis (INT64)}
     *
     * @param axis the axis; negative ones count from the end
     */
    default Tensor argmin(int axis) {
        return MinMax.arg((Tensor) this, new int[] {axis}, false, false);
    }

    /**
     * {@return the index of the first smallest element along an axis (INT64)}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor argmin(int axis, boolean keepDim) {
        return MinMax.arg((Tensor) this, new int[] {axis}, keepDim, false);
    }

    /** {@return the sample variance of all elements: squared deviations from the mean, divided by n - 1} */
    default Tensor var() {
        return Scope.result(() -> Variance.var((Tensor) this, ALL, 1, false));
    }

    /**
     * Sample variances along some axes.
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @return a tensor without the reduced axes
     */
    default Tensor var(int... axes) {
        return Scope.result(() -> Variance.var((Tensor) this, axes, 1, false));
    }

    /**
     * Sample variances along some axes.
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     * @return a tensor without the reduced axes, or with size 1 there
     */
    default Tensor var(int[] axes, boolean keepDim) {
        return Scope.result(() -> Variance.var((Tensor) this, axes, 1, keepDim));
    }

    /**
     * Sample variances along an axis.
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     * @return a tensor without the reduced axes, or with size 1 there
     */
    default Tensor var(int axis, boolean keepDim) {
        return Scope.result(() -> Variance.var((Tensor) this, new int[] {axis}, 1, keepDim));
    }

    /**
     * Variances along some axes: squared deviations from the mean, divided by {@code n - correction}.
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param correction what is subtracted from the number of elements in the divisor: 1 for a sample, 0 for a population
     * @param keepDim whether reduced axes stay, with size 1
     * @return a tensor without the reduced axes, or with size 1 there
     */
    default Tensor var(int[] axes, int correction, boolean keepDim) {
        return Scope.result(() -> Variance.var((Tensor) this, axes, correction, keepDim));
    }

    /** {@return the square root of {@link #var()}} */
    default Tensor std() {
        return Scope.result(() -> Variance.std((Tensor) this, ALL, 1, false));
    }

    /**
     * {@return the square roots of {@link #var(int...)}}
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     */
    default Tensor std(int... axes) {
        return Scope.result(() -> Variance.std((Tensor) this, axes, 1, false));
    }

    /**
     * {@return the square roots of {@link #var(int[], boolean)}}
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor std(int[] axes, boolean keepDim) {
        return Scope.result(() -> Variance.std((Tensor) this, axes, 1, keepDim));
    }

    /**
     * {@return the square roots of {@link #var(int, boolean)}}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor std(int axis, boolean keepDim) {
        return Scope.result(() -> Variance.std((Tensor) this, new int[] {axis}, 1, keepDim));
    }

    /**
     * {@return the square roots of {@link #var(int[], int, boolean)}}
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param correction what is subtracted from the number of elements in the divisor: 1 for a sample, 0 for a population
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor std(int[] axes, int correction, boolean keepDim) {
        return Scope.result(() -> Variance.std((Tensor) this, axes, correction, keepDim));
    }

    /**
     * {@return the Euclidean norm of all elements: the square root of the sum of squares} As in PyTorch the squares are
     * FLOAT32, so that the norm is infinite where their sum passes 3.4e38, and inexact where the largest are below 1e-38:
     * divide such elements by a power of two first, and multiply the norm by it.
     */
    default Tensor norm() {
        return Scope.result(() -> VectorNorm.norm((Tensor) this, 2, ALL, false));
    }

    /**
     * The p-norm {@code (sum |x|^p)^(1/p)} along some axes; infinity is the largest |x|, -infinity the smallest, and 0
     * counts what is not zero. A single argument is p, as in PyTorch: {@code norm(2, 0)} are the lengths along axis 0.
     *
     * @param p the order of the norm, any number, infinite ones too
     * @param axes none for all
     * @return a tensor without the reduced axes
     */
    default Tensor norm(double p, int... axes) {
        return Scope.result(() -> VectorNorm.norm((Tensor) this, p, axes, false));
    }

    /**
     * {@return the p-norm along some axes, as {@link #norm(double, int...)}}
     *
     * @param p the order of the norm, any number, infinite ones too
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor norm(double p, int[] axes, boolean keepDim) {
        return Scope.result(() -> VectorNorm.norm((Tensor) this, p, axes, keepDim));
    }

    /**
     * {@return the p-norm along an axis, as {@link #norm(double, int...)}}
     *
     * @param p the order of the norm, any number, infinite ones too
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor norm(double p, int axis, boolean keepDim) {
        return Scope.result(() -> VectorNorm.norm((Tensor) this, p, new int[] {axis}, keepDim));
    }

    /** {@return whether any element is true (not zero)} */
    default Tensor any() {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, ALL, false, true));
    }

    /**
     * {@return whether any element along an axis is true}
     *
     * @param axis the axis; negative ones count from the end
     */
    default Tensor any(int axis) {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, new int[] {axis}, false, true));
    }

    /**
     * {@return whether any element along an axis is true}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor any(int axis, boolean keepDim) {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, new int[] {axis}, keepDim, true));
    }

    /** {@return whether all elements are true (not zero)} */
    default Tensor all() {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, ALL, false, false));
    }

    /**
     * {@return whether all elements along an axis are true}
     *
     * @param axis the axis; negative ones count from the end
     */
    default Tensor all(int axis) {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, new int[] {axis}, false, false));
    }

    /**
     * {@return whether all elements along an axis are true}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor all(int axis, boolean keepDim) {
        return Scope.result(() -> MinMax.anyOrAll((Tensor) this, new int[] {axis}, keepDim, false));
    }

    /**
     * {@return running sums along an axis: {@code y_i = x_0 + ... + x_i}}
     *
     * @param axis the axis; negative ones count from the end
     */
    default Tensor cumsum(int axis) {
        return Scope.result(() -> Reductions.cumsum((Tensor) this, axis));
    }

    /**
     * {@return {@code exp(x) / sum(exp(x))} along an axis, computed from {@code x - max(x)}}
     *
     * @param axis the axis; negative ones count from the end
     */
    default Tensor softmax(int axis) {
        return Softmax.softmax((Tensor) this, axis);
    }

    /**
     * {@return {@code log(softmax(x))} along an axis, without the loss of precision}
     *
     * @param axis the axis; negative ones count from the end
     */
    default Tensor logSoftmax(int axis) {
        return Softmax.logSoftmax((Tensor) this, axis);
    }

    /**
     * {@return {@code log(sum(exp(x)))} along some axes, without overflow; always FLOAT32}
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     */
    default Tensor logSumExp(int... axes) {
        return Softmax.logSumExp((Tensor) this, axes, false);
    }

    /**
     * {@return {@code log(sum(exp(x)))} along some axes, as {@link #logSumExp(int...)}}
     *
     * @param axes the axes, each once; negative ones count from the end, and none at all means all
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor logSumExp(int[] axes, boolean keepDim) {
        return Softmax.logSumExp((Tensor) this, axes, keepDim);
    }

    /**
     * {@return {@code log(sum(exp(x)))} along an axis, as {@link #logSumExp(int...)}}
     *
     * @param axis the axis; negative ones count from the end
     * @param keepDim whether reduced axes stay, with size 1
     */
    default Tensor logSumExp(int axis, boolean keepDim) {
        return Softmax.logSumExp((Tensor) this, new int[] {axis}, keepDim);
    }
}
