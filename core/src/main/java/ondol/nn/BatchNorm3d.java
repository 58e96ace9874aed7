package ondol.nn;

import ondol.Tensor;
import ondol.op.Normalization;
import org.jspecify.annotations.Nullable;

/**
 * Each channel by its mean and variance over the batch and all places, {@link Normalization#batchNorm}: {@code y = (x - mean) / sqrt(var + eps) *
 * weight + bias}; PyTorch's {@code torch.nn.BatchNorm3d}. Input and output [N, C, D, H, W].
 *
 * <p>The parameters are {@code weight} [C], at first 1, and {@code bias} [C], at first 0. In training mode, the mean and the
 * variance are the input's, and the buffers {@code running_mean} [C] and {@code running_var} [C] move towards them by the
 * momentum, or with a momentum of null become the average over all calls, which {@code num_batches_tracked} counts. In
 * evaluation mode the buffers take their place. So a call in training mode changes the module, and is for one thread at a time.
 */
public final class BatchNorm3d extends ChannelNorm {
    /**
     * A normalisation with PyTorch's defaults: eps 1e-5, momentum 0.1, with weight, bias and running numbers.
     *
     * @param numFeatures C, the number of channels, 1 or more
     */
    public BatchNorm3d(long numFeatures) {
        this(numFeatures, 1e-5, 0.1);
    }

    /**
     * A normalisation with weight, bias and running numbers.
     *
     * @param numFeatures C, the number of channels, 1 or more
     * @param eps the number added to the variance, 0 or more
     * @param momentum how far running numbers move, from 0 to 1; null for the average over all calls
     */
    public BatchNorm3d(long numFeatures, double eps, @Nullable Double momentum) {
        this(numFeatures, eps, momentum, true, true);
    }

    /**
     * A normalisation with all settings.
     *
     * @param numFeatures C, 1 or more
     * @param eps what is added to the variance, 0 or more
     * @param momentum how far running numbers move, from 0 to 1; null for the average over all calls
     * @param affine whether there are a weight and a bias
     * @param trackRunningStats whether there are running numbers; without, evaluation mode is as training mode
     * @throws IllegalArgumentException if a number is out of its range
     */
    public BatchNorm3d(
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
        return batchNorm(x, 3, 3);
    }
}
