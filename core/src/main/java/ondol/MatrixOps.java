package ondol;

import java.util.Objects;

/** Products of vectors, matrices and batches of matrices: of two FLOAT32 or two INT64 tensors. */
public sealed interface MatrixOps permits Tensor {
    /**
     * The matrix product, as {@code torch.matmul}: of two vectors their dot product; of matrices [m, k] and [k, n] a
     * matrix [m, n]; a vector on the left counts as a row, on the right as a column; with more axes the leading ones are
     * a batch and broadcast.
     *
     * @throws IllegalArgumentException if the inner sizes differ or the batches do not broadcast
     */
    default Tensor matmul(Tensor other) {
        Objects.requireNonNull(other, "matmul: the other tensor is null; give one");
        Tensor t = (Tensor) this;
        return t.dim() == 1 || other.dim() == 1
                ? Scope.result(() -> LinearAlgebra.matmul(t, other))
                : LinearAlgebra.matmul(t, other);
    }

    /** The product of two matrices, without broadcasting. */
    default Tensor mm(Tensor other) {
        return LinearAlgebra.mm((Tensor) this, other);
    }

    /** The product of two batches [b, m, k] and [b, k, n] of matrices, without broadcasting. */
    default Tensor bmm(Tensor other) {
        return LinearAlgebra.bmm((Tensor) this, other);
    }

    /** The sum of products of two vectors of one size. */
    default Tensor dot(Tensor other) {
        return LinearAlgebra.dot((Tensor) this, other);
    }

    /** All products of an element of this vector and one of the other: [n] and [m] of any types give [n, m]. */
    default Tensor outer(Tensor other) {
        return Scope.result(() -> LinearAlgebra.outer((Tensor) this, other));
    }
}
