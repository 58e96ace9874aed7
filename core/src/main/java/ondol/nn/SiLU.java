package ondol.nn;

import ondol.Tensor;

/**
 * {@code x sigmoid(x)} for each element, of any shape; PyTorch's {@code torch.nn.SiLU}, also called swish (Elfwing et
 * al., "Sigmoid-weighted linear units", 2017).
 */
public final class SiLU extends BuiltInLayer {
    /** Makes one. */
    public SiLU() {}

    @Override
    public Tensor forward(Tensor x) {
        return given(x).silu();
    }
}
