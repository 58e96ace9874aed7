package ondol.nn;

import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.Normalization;
import org.jspecify.annotations.Nullable;

/**
 * Each group of channels of each example by its mean and variance, {@link Normalization#groupNorm}; PyTorch's {@code
 * torch.nn.GroupNorm}. Input and output [N, C] or [N, C, ...].
 *
 * <p>The parameters are {@code weight} [C], at first 1, and {@code bias} [C], at first 0.
 */
public final class GroupNorm extends BuiltInLayer {
    private final long numGroups;
    private final long numChannels;
    private final double eps;
    private final boolean affine;

    /**
     * A normalisation with eps 1e-5, weight and bias.
     *
     * @param numGroups into how many groups the channels are cut
     * @param numChannels C, a multiple of the groups
     */
    public GroupNorm(long numGroups, long numChannels) {
        this(numGroups, numChannels, 1e-5, true);
    }

    /**
     * A normalisation with all settings.
     *
     * @param numGroups how many groups, 1 or more
     * @param numChannels C, a multiple of the groups
     * @param eps what is added to the variance, 0 or more
     * @param affine whether there are a weight and a bias
     * @throws IllegalArgumentException if a number is out of its range
     */
    public GroupNorm(long numGroups, long numChannels, double eps, boolean affine) {
        this.numGroups = Arguments.positive("GroupNorm", "number of groups", numGroups);
        this.numChannels = Arguments.positive("GroupNorm", "number of channels", numChannels);
        if (numChannels % numGroups != 0) {
            throw new IllegalArgumentException("GroupNorm: " + numChannels + " channels in " + numGroups
                    + " groups; the channels must be a multiple of the groups");
        }
        this.eps = ChannelNorm.checkedEps("GroupNorm", eps);
        this.affine = affine;
        if (affine) {
            Drawn.orNothing(this, () -> {
                register("weight", Tensor.ones(numChannels));
                register("bias", Tensor.zeros(numChannels));
            });
        }
    }

    /** {@return the weight [C], or null if there is none} */
    public @Nullable Tensor weight() {
        return affine ? parameter("weight") : null;
    }

    /** {@return the bias [C], or null if there is none} */
    public @Nullable Tensor bias() {
        return affine ? parameter("bias") : null;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has another number of channels, or is not FLOAT32 on the parameters' device,
     *     or if there is but one element in all groups
     */
    @Override
    public Tensor forward(Tensor x) {
        if (given(x).dim() < 2 || x.size(1) != numChannels) {
            throw new IllegalArgumentException("GroupNorm.forward: the input has shape " + x.shape()
                    + "; it must be [N, " + numChannels + "] or [N, " + numChannels + ", ...]");
        }
        return Normalization.groupNorm(x, numGroups, weight(), bias(), eps);
    }

    @Override
    protected String extraRepr() {
        return numGroups + ", " + numChannels + ", eps=" + Repr.of(eps) + ", affine=" + Repr.of(affine);
    }
}
