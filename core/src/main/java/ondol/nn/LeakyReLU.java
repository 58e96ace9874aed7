package ondol.nn;

import ondol.Tensor;

/**
 * {@code x > 0 ? x : slope x} for each element, of any shape; PyTorch's {@code torch.nn.LeakyReLU} (Maas et al.,
 * "Rectifier nonlinearities improve neural network acoustic models", 2013).
 */
public final class LeakyReLU extends BuiltInLayer {
    private final double negativeSlope;

    /** A leaky ReLU with a slope of 0.01. */
    public LeakyReLU() {
        this(0.01);
    }

    /**
     * A leaky ReLU with a slope.
     *
     * @param negativeSlope the slope for elements below 0
     */
    public LeakyReLU(double negativeSlope) {
        this.negativeSlope = negativeSlope;
    }

    @Override
    public Tensor forward(Tensor x) {
        return given(x).leakyRelu(negativeSlope);
    }

    @Override
    protected String extraRepr() {
        return "negative_slope=" + Repr.of(negativeSlope);
    }
}
