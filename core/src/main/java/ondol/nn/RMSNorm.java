package ondol.nn;

import ondol.Tensor;
import ondol.op.Normalization;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = x / sqrt(mean(x^2) + eps) * weight}, the mean being over the last axes, {@link Normalization#rmsNorm}; PyTorch's
 * {@code torch.nn.RMSNorm}. Input and output [..., normalizedShape...].
 *
 * <p>The parameter is {@code weight}, at first 1, of the normalized shape.
 */
public final class RMSNorm extends BuiltInLayer {
    private final long[] normalizedShape;
    private final @Nullable Double eps;
    private final boolean affine;

    /**
     * A normalisation with eps 2^-23 and a weight.
     *
     * @param normalizedShape the input's last sizes, one or more
     */
    public RMSNorm(long... normalizedShape) {
        this(normalizedShape, null, true);
    }

    /**
     * A normalisation with all settings.
     *
     * @param normalizedShape the input's last sizes, one or more, each 1 or more
     * @param eps what is added to the mean of the squares, 0 or more; null for 2^-23
     * @param elementwiseAffine whether there is a weight
     * @throws IllegalArgumentException if a number is out of its range
     */
    public RMSNorm(long[] normalizedShape, @Nullable Double eps, boolean elementwiseAffine) {
        this.normalizedShape = LayerNorm.checkedShape("RMSNorm", normalizedShape);
        this.eps = eps == null ? null : (Double) ChannelNorm.checkedEps("RMSNorm", eps);
        this.affine = elementwiseAffine;
        if (affine) {
            register("weight", Tensor.ones(this.normalizedShape));
        }
    }

    /** {@return the weight, or null if there is none} */
    public @Nullable Tensor weight() {
        return affine ? parameter("weight") : null;
    }

    /** {@return the input's last sizes} */
    public long[] normalizedShape() {
        return normalizedShape.clone();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input does not end with the normalized shape, or is not FLOAT32 on the
     *     parameters' device
     */
    @Override
    public Tensor forward(Tensor x) {
        LayerNorm.checkEnd("RMSNorm", given(x), normalizedShape);
        return Normalization.rmsNorm(x, normalizedShape, weight(), eps);
    }

    @Override
    protected String extraRepr() {
        return Repr.of(normalizedShape) + ", eps=" + (eps == null ? "None" : Repr.of(eps)) + ", elementwise_affine="
                + Repr.of(affine);
    }
}
