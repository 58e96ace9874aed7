package ondol.nn;

import ondol.Tensor;

/**
 * {@code 1 / (1 + e^-x)} for each element, of any shape; PyTorch's {@code torch.nn.Sigmoid}.
 */
public final class Sigmoid extends BuiltInLayer {
    /** Makes one. */
    public Sigmoid() {}

    @Override
    public Tensor forward(Tensor x) {
        return given(x).sigmoid();
    }
}
