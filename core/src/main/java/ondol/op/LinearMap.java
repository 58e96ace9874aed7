package ondol.op;

import ondol.Tensor;

/** A linear function of a tensor, of which nothing is recorded, and its adjoint, which gives gradients. */
interface LinearMap {
    /** A new tensor. */
    Tensor of(Tensor x);

    /** The map with {@code sum(of(x) * g) = sum(x * adjoint().of(g))} for all x and g. */
    LinearMap adjoint();
}
