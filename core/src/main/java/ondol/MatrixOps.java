package ondol;

import java.util.Objects;

/** Products of vectors, matrices and batches of matrices: of two FLOAT32 or two INT64 tensors. */
public sealed interface MatrixOps permits Tensor {
    /**
     * The matrix product, as {@code torch.matmul}: of two vectors their dot product; of matrices [m, k] and [k, n] a
     * matrix [m, n]; a vector on the left counts as a row, on the right as a column; with more axes the leading ones are
     * a batch and broadcast.
     *
     * @param other the right factor, FLOAT32 on the same device
     * @return a new tensor, [batch..., m, n] less the axes that a vector does not have
     * @throws IllegalArgumentException if the inner sizes differ or the batches do not broadcast
     */
    default Tensor matmul(Tensor other) {
        Objects.requireNonNull(other, "matmul: the other tensor is null; give one");
        Tensor t = (Tensor) this;
        return t.dim() == 1 || other.dim() == 1
                ? Scope.result(() -> LinearAlgebra.matmul(t, other))
                : LinearAlgebra.matmul(t, other);
    }

    /**
     * The product of two matrices, without broadcasting.
     *
     * @param other [k, n] for this tensor of [m, k]
     * @return [m, n]
     */
    default Tensor mm(Tensor other) {
        return LinearAlgebra.mm((Tensor) this, other);
    }

    /**
     * The product of two batches [b, m, k] and [b, k, n] of matrices, without broadcasting.
     *
     * @param other [b, k, n] for this tensor of [b, m, k]
     * @return [b, m, n]
     */
    default Tensor bmm(Tensor other) {
        return LinearAlgebra.bmm((Tensor) this, other);
    }

    /**
     * {@return the sum of products of two vectors of one size}
     *
     * @param other the other vector
     */
    default Tensor dot(Tensor other) {
        return LinearAlgebra.dot((Tensor) this, other);
    }

    /**
     * {@return all products of an element of this vector and one of the other: [n] and [m] of any types give [n, m]}
     *
     * @param other the other vector
     */
    default Tensor outer(Tensor other) {
        return Scope.result(() -> LinearAlgebra.outer((Tensor) this, other));
    }
}
