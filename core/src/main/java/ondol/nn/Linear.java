package ondol.nn;

import java.util.Objects;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = x W^T + b}; PyTorch's {@code torch.nn.Linear}. Input [..., in], output [..., out].
 *
 * <p>The parameters are {@code weight} [out, in] and {@code bias} [out], on the {@linkplain Ondol#defaultDevice default
 * device}. They start uniform between {@code -b} and {@code b} with {@code b = 1 / sqrt(in)}, the weight drawn first
 * and then the bias: with one seed the same numbers as PyTorch's.
 */
public final class Linear extends BuiltInLayer {
    private final long inFeatures;
    private final long outFeatures;
    private final boolean hasBias;

    /**
     * A linear layer with a bias, drawn from the default generator.
     *
     * @param inFeatures the input's last size
     * @param outFeatures the output's last size
     */
    public Linear(long inFeatures, long outFeatures) {
        this(inFeatures, outFeatures, true);
    }

    /**
     * A linear layer with or without a bias, drawn from the default generator.
     *
     * @param inFeatures the input's last size
     * @param outFeatures the output's last size
     * @param bias whether there is a bias
     */
    public Linear(long inFeatures, long outFeatures, boolean bias) {
        this(inFeatures, outFeatures, bias, Ondol.generator());
    }

    /**
     * A linear layer with or without a bias, drawn from a generator.
     *
     * @param inFeatures the input's last size
     * @param outFeatures the output's last size
     * @param bias whether there is a bias
     * @param generator where the first parameters are drawn
     * @throws IllegalArgumentException if a size is negative
     */
    public Linear(long inFeatures, long outFeatures, boolean bias, Generator generator) {
        Objects.requireNonNull(generator, "Linear: the generator is null; give Ondol.generator()");
        checkSize("inFeatures", inFeatures);
        checkSize("outFeatures", outFeatures);
        this.inFeatures = inFeatures;
        this.outFeatures = outFeatures;
        this.hasBias = bias;
        // PyTorch computes the two bounds in two ways, which differ in the last bit of a double.
        double weightBound = inFeatures == 0 ? 0 : Init.kaimingBound(inFeatures, Math.sqrt(5));
        double biasBound = inFeatures == 0 ? 0 : 1 / Math.sqrt((double) inFeatures);
        Drawn.all(this, generator, () -> {
            register("weight", Drawn.uniform(generator, weightBound, outFeatures, inFeatures));
            if (bias) {
                register("bias", Drawn.uniform(generator, biasBound, outFeatures));
            }
        });
    }

    private static void checkSize(String name, long size) {
        if (size < 0) {
            throw new IllegalArgumentException("Linear: " + name + " is " + size + "; sizes are 0 or more");
        }
    }

    /** {@return the weight [out, in]} */
    public Tensor weight() {
        return parameter("weight");
    }

    /** {@return the bias [out], or null if there is none} */
    public @Nullable Tensor bias() {
        return hasBias ? parameter("bias") : null;
    }

    /** {@return the input's last size} */
    public long inFeatures() {
        return inFeatures;
    }

    /** {@return the output's last size} */
    public long outFeatures() {
        return outFeatures;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input's last size is not {@link #inFeatures}, or it is not FLOAT32 on the
     *     parameters' device
     */
    @Override
    public Tensor forward(Tensor x) {
        return given(x).linear(weight(), bias());
    }

    @Override
    protected String extraRepr() {
        return "in_features=" + inFeatures + ", out_features=" + outFeatures + ", bias=" + Repr.of(hasBias);
    }
}
