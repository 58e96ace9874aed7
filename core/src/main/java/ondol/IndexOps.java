package ondol;

/** Elements by index, and sorting. Indices are INT64, checked before anything runs; negative ones are refused. */
public sealed interface IndexOps permits Tensor {
    /** Rows by number: element j along the axis is element {@code indices[j]} of this. */
    default Tensor indexSelect(int axis, Tensor indices) {
        return Scope.result(() -> Indexing.indexSelect((Tensor) this, axis, indices));
    }

    /**
     * One element for each index: {@code out[i][j] = x[index[i][j]][j]} for axis 0, and so on.
     *
     * @param indices of as many axes as this, none longer than this one's except along {@code axis}
     */
    default Tensor gather(int axis, Tensor indices) {
        return Scope.result(() -> Indexing.gather((Tensor) this, axis, indices));
    }

    /**
     * This plus, for axis 0, {@code source[i][j]} at {@code [indices[i][j]][j]}, and so on ({@code scatter_add}). BOOL: whether
     * any of them is true.
     *
     * @param indices of as many axes as this, none longer than this one's except along {@code axis}
     * @param source of this one's type, and along no axis shorter than the indices; what they do not reach is left out
     */
    default Tensor scatterAdd(int axis, Tensor indices, Tensor source) {
        return Scope.result(() -> Indexing.scatterAdd((Tensor) this, axis, indices, source));
    }

    /** Sorted along the last axis, ascending and stable; NaN comes last. */
    default ValuesAndIndices sort() {
        return Scope.both(() -> Sorting.sort((Tensor) this, -1, false));
    }

    /** Sorted along an axis, stable; NaN counts as larger than all. */
    default ValuesAndIndices sort(int axis, boolean descending) {
        return Scope.both(() -> Sorting.sort((Tensor) this, axis, descending));
    }

    /** The indices that sort along the last axis. */
    default Tensor argsort() {
        return Scope.result(
                () -> Sorting.sort(((Tensor) this).detach(), -1, false).indices());
    }

    /** The indices that sort along an axis. */
    default Tensor argsort(int axis, boolean descending) {
        return Scope.result(
                () -> Sorting.sort(((Tensor) this).detach(), axis, descending).indices());
    }

    /** The k largest elements along the last axis, the largest first. Not for BOOL. */
    default ValuesAndIndices topk(long k) {
        return Scope.both(() -> Sorting.topk((Tensor) this, k, -1, true));
    }

    /** The k largest or smallest elements along an axis, in order; of equal ones the first. Not for BOOL. */
    default ValuesAndIndices topk(long k, int axis, boolean largest) {
        return Scope.both(() -> Sorting.topk((Tensor) this, k, axis, largest));
    }
}
