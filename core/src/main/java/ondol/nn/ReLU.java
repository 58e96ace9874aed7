package ondol.nn;

import ondol.Tensor;

/**
 * {@code x < 0 ? 0 : x} for each element, of any shape; PyTorch's {@code torch.nn.ReLU}. A NaN stays NaN, and -0.0
 * stays -0.0. The gradient at 0 is 0.
 */
public final class ReLU extends BuiltInLayer {
    /** Makes one. */
    public ReLU() {}

    @Override
    public Tensor forward(Tensor x) {
        return given(x).relu();
    }
}
