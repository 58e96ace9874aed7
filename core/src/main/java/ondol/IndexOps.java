package ondol;

/** Elements by index, and sorting. Indices are INT64, checked before anything runs; negative ones are refused. */
public sealed interface IndexOps permits Tensor {
    /**
     * Rows by number: element j along the axis is element {@code indices[j]} of this.
     *
     * @param axis the axis; negative ones count from the end
     * @param indices INT64 of one axis, each from 0 to the axis's size less 1
     * @return a new tensor, as long along the axis as there are indices
     */
    default Tensor indexSelect(int axis, Tensor indices) {
        return Scope.result(() -> Indexing.indexSelect((Tensor) this, axis, indices));
    }

    /**
     * One element for each index: {@code out[i][j] = x[index[i][j]][j]} for axis 0, and so on.
     *
     * @param axis the axis; negative ones count from the end
     * @param indices of as many axes as this, none longer than this one's except along {@code axis}
     * @return a new tensor of the indices' shape
     */
    default Tensor gather(int axis, Tensor indices) {
        return Scope.result(() -> Indexing.gather((Tensor) this, axis, indices));
    }

    /**
     * This plus, for axis 0, {@code source[i][j]} at {@code [indices[i][j]][j]}, and so on ({@code scatter_add}). BOOL: whether
     * any of them is true.
     *
     * @param axis the axis; negative ones count from the end
     * @param indices of as many axes as this, none longer than this one's except along {@code axis}
     * @param source of this one's type, and along no axis shorter than the indices; what they do not reach is left out
     * @return a new tensor of this one's shape
     */
    default Tensor scatterAdd(int axis, Tensor indices, Tensor source) {
        return Scope.result(() -> Indexing.scatterAdd((Tensor) this, axis, indices, source));
    }

    /**
     * Sorted along the last axis, ascending and stable; NaN comes last.
     *
     * @return the sorted values, and for each its index (INT64) along the axis
     */
    default ValuesAndIndices sort() {
        return Scope.both(() -> Sorting.sort((Tensor) this, -1, false));
    }

    /**
     * Sorted along an axis, stable; NaN counts as larger than all.
     *
     * @param axis the axis; negative ones count from the end
     * @param descending whether the largest element comes first
     * @return the sorted values, and for each its index (INT64) along the axis
     */
    default ValuesAndIndices sort(int axis, boolean descending) {
        return Scope.both(() -> Sorting.sort((Tensor) this, axis, descending));
    }

    /**
     * The indices that sort along the last axis.
     *
     * @return the indices (INT64), of this tensor's shape
     */
    default Tensor argsort() {
        return Scope.result(
                () -> Sorting.sort(((Tensor) this).detach(), -1, false).indices());
    }

    /**
     * The indices that sort along an axis.
     *
     * @param axis the axis; negative ones count from the end
     * @param descending whether the largest element comes first
     * @return the indices (INT64), of this tensor's shape
     */
    default Tensor argsort(int axis, boolean descending) {
        return Scope.result(
                () -> Sorting.sort(((Tensor) this).detach(), axis, descending).indices());
    }

    /**
     * The k largest elements along the last axis, the largest first. Not for BOOL.
     *
     * @param k how many elements, from 0 to the axis's size
     * @return the k values, and for each its index (INT64) along the axis
     */
    default ValuesAndIndices topk(long k) {
        return Scope.both(() -> Sorting.topk((Tensor) this, k, -1, true));
    }

    /**
     * The k largest or smallest elements along an axis, in order; of equal ones the first. Not for BOOL.
     *
     * @param k how many elements, from 0 to the axis's size
     * @param axis the axis; negative ones count from the end
     * @param largest whether the largest elements are wanted, and not the smallest
     * @return the k values, and for each its index (INT64) along the axis
     */
    default ValuesAndIndices topk(long k, int axis, boolean largest) {
        return Scope.both(() -> Sorting.topk((Tensor) this, k, axis, largest));
    }
}
