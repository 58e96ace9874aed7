package ondol;

import org.jspecify.annotations.Nullable;

/** The operations of the layers and losses of {@code ondol.nn}: PyTorch's {@code torch.nn.functional}. */
public sealed interface NeuralOps permits Tensor {
    /**
     * {@code x W^T + b}.
     *
     * @param weight [out, in]
     * @param bias [out], or null for none
     * @return [..., out] for x [..., in]
     */
    default Tensor linear(Tensor weight, @Nullable Tensor bias) {
        return LinearTransform.linear((Tensor) this, weight, bias);
    }

    /**
     * Each element is kept with probability {@code 1 - p} and then divided by it, otherwise multiplied by 0 (Srivastava
     * et al. 2014). The mask is a formula of one word drawn from the generator; see {@link ondol.kernel.Expr.Keep}. With
     * {@code p = 0} or {@code p = 1} nothing is drawn.
     *
     * @param p the probability of dropping, 0 to 1
     * @param generator where the word for the mask is drawn
     * @return a tensor of the same shape; this tensor itself if nothing is dropped
     */
    default Tensor dropout(double p, Generator generator) {
        return Dropout.dropout((Tensor) this, p, generator);
    }

    /**
     * The squared error {@code (x - target)^2}: its mean, its sum, or one for each element. The shapes must be equal.
     *
     * @param target what is aimed at, of this tensor's shape
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @return a single number, or for {@link Reduction#NONE} the losses
     */
    default Tensor mseLoss(Tensor target, Reduction reduction) {
        return Losses.mse((Tensor) this, target, reduction);
    }

    /**
     * The absolute error {@code |x - target|}: its mean, its sum, or one for each element. The shapes must be equal.
     *
     * @param target what is aimed at, of this tensor's shape
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @return a single number, or for {@link Reduction#NONE} the losses
     */
    default Tensor l1Loss(Tensor target, Reduction reduction) {
        return Scope.result(() -> Losses.l1((Tensor) this, target, reduction));
    }

    /**
     * The binary cross-entropy {@code -(t log(x) + (1 - t) log(1 - x))}, each logarithm cut at -100: its mean, its sum, or one
     * for each element.
     *
     * @param target the probabilities t, of this tensor's shape
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @return a single number, or for {@link Reduction#NONE} the losses
     * @throws IllegalArgumentException if an x is not from 0 to 1
     */
    default Tensor binaryCrossEntropy(Tensor target, Reduction reduction) {
        return Scope.result(() -> Losses.bce((Tensor) this, target, reduction));
    }

    /**
     * {@link #binaryCrossEntropy} of {@code sigmoid(x)}, computed without overflow.
     *
     * @param target the probabilities t, of this tensor's shape
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @return a single number, or for {@link Reduction#NONE} the losses
     */
    default Tensor binaryCrossEntropyWithLogits(Tensor target, Reduction reduction) {
        return Scope.result(() -> Losses.bceWithLogits((Tensor) this, target, reduction));
    }

    /**
     * The cross-entropy {@code -logSoftmax(x)[target]}, along axis 1 (axis 0 of a vector): its mean, its sum, or one for each
     * target.
     *
     * @param target class numbers (INT64) of shape [n] for x [n, classes], or class probabilities of x's shape
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @return a single number, or for {@link Reduction#NONE} the losses
     */
    default Tensor crossEntropy(Tensor target, Reduction reduction) {
        return Scope.result(() -> Losses.crossEntropy((Tensor) this, target, reduction, -100));
    }

    /**
     * As {@link #crossEntropy(Tensor, Reduction)}; targets equal to {@code ignoreIndex} do not count. For probabilities it must
     * be negative.
     *
     * @param target as in {@link #crossEntropy(Tensor, Reduction)}
     * @param reduction whether the result is the losses' mean, their sum, or the losses themselves
     * @param ignoreIndex the class number that does not count, neither in a sum nor in a mean's divisor
     * @return a single number, or for {@link Reduction#NONE} the losses
     */
    default Tensor crossEntropy(Tensor target, Reduction reduction, long ignoreIndex) {
        return Scope.result(() -> Losses.crossEntropy((Tensor) this, target, reduction, ignoreIndex));
    }
}
