package ondol.nn;

import ondol.Tensor;

/**
 * {@code x > 0 ? x : alpha (e^x - 1)} for each element, of any shape; PyTorch's {@code torch.nn.ELU} (Clevert et al.,
 * "Fast and accurate deep network learning by exponential linear units", 2016).
 */
public final class ELU extends BuiltInLayer {
    private final double alpha;

    /** An ELU with alpha 1.0. */
    public ELU() {
        this(1.0);
    }

    /**
     * An ELU that approaches {@code -alpha} towards minus infinity.
     *
     * @param alpha minus the value that is approached towards minus infinity
     */
    public ELU(double alpha) {
        this.alpha = alpha;
    }

    @Override
    public Tensor forward(Tensor x) {
        return given(x).elu(alpha);
    }

    @Override
    protected String extraRepr() {
        return "alpha=" + Repr.of(alpha);
    }
}
