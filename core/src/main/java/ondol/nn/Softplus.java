package ondol.nn;

import ondol.Tensor;

/**
 * {@code log(1 + e^(beta x)) / beta} for each element, of any shape, and {@code x} itself where {@code beta x} is above
 * 20; PyTorch's {@code torch.nn.Softplus}.
 */
public final class Softplus extends BuiltInLayer {
    private final double beta;

    /** A softplus with beta 1.0. */
    public Softplus() {
        this(1.0);
    }

    /**
     * A softplus with a sharpness.
     *
     * @param beta how sharply it bends at 0; not 0
     */
    public Softplus(double beta) {
        if (!(Math.abs(beta) > 0) || Double.isInfinite(beta)) {
            throw new IllegalArgumentException("Softplus: beta is " + beta + "; give a finite number other than 0");
        }
        this.beta = beta;
    }

    @Override
    public Tensor forward(Tensor x) {
        return beta == 1 ? given(x).softplus() : given(x).softplus(beta);
    }

    @Override
    protected String extraRepr() {
        return "beta=" + Repr.of(beta) + ", threshold=20.0";
    }
}
