package ondol.nn;

import ondol.Shape;
import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.Normalization;
import org.jspecify.annotations.Nullable;

/**
 * Each example by its mean and variance over its last axes, {@link Normalization#layerNorm}: {@code y = (x - mean) / sqrt(var +
 * eps) * weight + bias}; PyTorch's {@code torch.nn.LayerNorm}. Input and output [..., normalizedShape...].
 *
 * <p>The parameters are {@code weight}, at first 1, and {@code bias}, at first 0, both of the normalized shape.
 */
public final class LayerNorm extends BuiltInLayer {
    private final long[] normalizedShape;
    private final double eps;
    private final boolean affine;
    private final boolean hasBias;

    /**
     * A normalisation with eps 1e-5, weight and bias.
     *
     * @param normalizedShape the input's last sizes, one or more
     */
    public LayerNorm(long... normalizedShape) {
        this(normalizedShape, 1e-5, true, true);
    }

    /**
     * A normalisation with all settings.
     *
     * @param normalizedShape the input's last sizes, one or more, each 1 or more
     * @param eps what is added to the variance, 0 or more
     * @param elementwiseAffine whether there is a weight
     * @param bias whether there is a bias, if there is a weight
     * @throws IllegalArgumentException if a number is out of its range
     */
    public LayerNorm(long[] normalizedShape, double eps, boolean elementwiseAffine, boolean bias) {
        this.normalizedShape = checkedShape("LayerNorm", normalizedShape);
        this.eps = ChannelNorm.checkedEps("LayerNorm", eps);
        this.affine = elementwiseAffine;
        this.hasBias = elementwiseAffine && bias;
        Drawn.orNothing(this, this::register);
    }

    private void register() {
        if (affine) {
            register("weight", Tensor.ones(normalizedShape));
        }
        if (hasBias) {
            register("bias", Tensor.zeros(normalizedShape));
        }
    }

    /** An input's last sizes: one or more, each 1 or more. */
    static long[] checkedShape(String name, long[] shape) {
        if (shape == null || shape.length == 0) {
            String what = name + ": the normalized shape is " + (shape == null ? "null" : "empty")
                    + "; give the input's last size, or several";
            throw shape == null ? new NullPointerException(what) : new IllegalArgumentException(what);
        }
        long[] sizes = shape.clone();
        for (long size : sizes) {
            Arguments.positive(name, "normalized size", size);
        }
        return sizes;
    }

    /** Refuses an input that does not end with a shape. */
    static void checkEnd(String name, Tensor x, long[] shape) {
        int from = x.dim() - shape.length;
        boolean fits = from >= 0;
        for (int i = 0; fits && i < shape.length; i++) {
            fits = x.size(from + i) == shape[i];
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    name + ".forward: the input has shape " + x.shape() + "; it must end with " + Shape.of(shape));
        }
    }

    /** {@return the weight, or null if there is none} */
    public @Nullable Tensor weight() {
        return affine ? parameter("weight") : null;
    }

    /** {@return the bias, or null if there is none} */
    public @Nullable Tensor bias() {
        return hasBias ? parameter("bias") : null;
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
        checkEnd("LayerNorm", given(x), normalizedShape);
        return Normalization.layerNorm(x, normalizedShape, weight(), bias(), eps);
    }

    @Override
    protected String extraRepr() {
        return Repr.of(normalizedShape) + ", eps=" + Repr.of(eps) + ", elementwise_affine=" + Repr.of(affine);
    }
}
