package ondol.nn;

import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.Normalization;

/**
 * {@code x / (k + alpha / size sum(x^2))^beta}, the sum being over neighbouring channels, {@link
 * Normalization#localResponseNorm}; PyTorch's {@code torch.nn.LocalResponseNorm}. Input and output [N, C, ...] with at least one
 * axis of places.
 */
public final class LocalResponseNorm extends BuiltInLayer {
    private final long size;
    private final double alpha;
    private final double beta;
    private final double k;

    /**
     * A normalisation with alpha 1e-4, beta 0.75 and k 1.
     *
     * @param size over how many channels, 1 or more
     */
    public LocalResponseNorm(long size) {
        this(size, 1e-4, 0.75, 1);
    }

    /**
     * A normalisation with all settings.
     *
     * @param size over how many channels, 1 or more
     * @param alpha the factor of the mean of squares
     * @param beta the power of the divisor
     * @param k the number added to the mean of squares
     * @throws IllegalArgumentException if the size is less than 1
     */
    public LocalResponseNorm(long size, double alpha, double beta, double k) {
        this.size = Arguments.positive("LocalResponseNorm", "size", size);
        this.alpha = alpha;
        this.beta = beta;
        this.k = k;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has fewer than three axes, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        if (given(x).dim() < 3) {
            throw new IllegalArgumentException(
                    "LocalResponseNorm.forward: the input has shape " + x.shape() + "; it must be [N, C, ...]");
        }
        return Normalization.localResponseNorm(x, size, alpha, beta, k);
    }

    @Override
    protected String extraRepr() {
        return size + ", alpha=" + Repr.of(alpha) + ", beta=" + Repr.of(beta) + ", k=" + Repr.of(k);
    }
}
