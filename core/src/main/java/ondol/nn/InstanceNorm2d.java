package ondol.nn;

import ondol.Tensor;
import ondol.op.Normalization;
import org.jspecify.annotations.Nullable;

/**
 * Each channel of each example by its mean and variance over all places, {@link Normalization#instanceNorm}; PyTorch's {@code
 * torch.nn.InstanceNorm2d}. Input and output [N, C, H, W] or [C, H, W].
 *
 * <p>By itself the layer has no tensors, and takes any number of channels. With {@code affine} it has the parameters {@code
 * weight} [C], at first 1, and {@code bias} [C], at first 0; with {@code trackRunningStats} the buffers of {@link
 * BatchNorm2d}, which are used as there, but that calls are not counted.
 */
public final class InstanceNorm2d extends ChannelNorm {
    /**
     * A normalisation with PyTorch's defaults: eps 1e-5, without weight, bias and running numbers.
     *
     * @param numFeatures C, the number of channels, 1 or more
     */
    public InstanceNorm2d(long numFeatures) {
        this(numFeatures, 1e-5, 0.1, false, false);
    }

    /**
     * A normalisation with all settings.
     *
     * @param numFeatures C, 1 or more
     * @param eps what is added to the variance, 0 or more
     * @param momentum how far running numbers move, from 0 to 1; null for 0, as in PyTorch
     * @param affine whether there are a weight and a bias
     * @param trackRunningStats whether there are running numbers, which are used in evaluation mode
     * @throws IllegalArgumentException if a number is out of its range
     */
    public InstanceNorm2d(
            long numFeatures, double eps, @Nullable Double momentum, boolean affine, boolean trackRunningStats) {
        super(numFeatures, eps, momentum, affine, trackRunningStats);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has another shape, or is not FLOAT32 on the parameters' device, or if by its
     *     own mean and variance it has one element a channel; nothing has changed then
     */
    @Override
    public Tensor forward(Tensor x) {
        return instanceNorm(x, 2);
    }
}
