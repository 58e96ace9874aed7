package ondol.nn;

import ondol.Tensor;

/**
 * {@code x Phi(x)} for each element, of any shape, where Phi is the standard normal distribution; PyTorch's {@code
 * torch.nn.GELU} with {@code approximate='none'} (Hendrycks and Gimpel, "Gaussian error linear units", 2016).
 */
public final class GELU extends BuiltInLayer {
    /** Makes one. */
    public GELU() {}

    @Override
    public Tensor forward(Tensor x) {
        return given(x).gelu();
    }

    @Override
    protected String extraRepr() {
        return "approximate='none'";
    }
}
