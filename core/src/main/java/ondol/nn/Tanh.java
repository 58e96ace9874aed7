package ondol.nn;

import ondol.Tensor;

/**
 * The hyperbolic tangent of each element, of any shape; PyTorch's {@code torch.nn.Tanh}.
 */
public final class Tanh extends BuiltInLayer {
    /** Makes one. */
    public Tanh() {}

    @Override
    public Tensor forward(Tensor x) {
        return given(x).tanh();
    }
}
