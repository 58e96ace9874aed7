package ondol;

import org.jspecify.annotations.Nullable;

/** What the layers and losses of {@code ondol.nn} are made of: PyTorch's {@code torch.nn.functional}. */
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
     */
    default Tensor dropout(double p, Generator generator) {
        return Dropout.dropout((Tensor) this, p, generator);
    }

    /** The mean, sum or list of {@code (x - target)^2}. The shapes must be equal. */
    default Tensor mseLoss(Tensor target, Reduction reduction) {
        return Losses.mse((Tensor) this, target, reduction);
    }

    /** The mean, sum or list of {@code |x - target|}. The shapes must be equal. */
    default Tensor l1Loss(Tensor target, Reduction reduction) {
        return Scope.result(() -> Losses.l1((Tensor) this, target, reduction));
    }

    /**
     * Of {@code -(t log(x) + (1 - t) log(1 - x))}, each log cut at -100.
     *
     * @throws IllegalArgumentException if an x is not from 0 to 1
     */
    default Tensor binaryCrossEntropy(Tensor target, Reduction reduction) {
        return Scope.result(() -> Losses.bce((Tensor) this, target, reduction));
    }

    /** Of the same with {@code sigmoid(x)} in place of x, computed without overflow. */
    default Tensor binaryCrossEntropyWithLogits(Tensor target, Reduction reduction) {
        return Scope.result(() -> Losses.bceWithLogits((Tensor) this, target, reduction));
    }

    /**
     * Of {@code -logSoftmax(x)[target]}, along axis 1 (axis 0 of a vector).
     *
     * @param target class numbers (INT64) of shape [n] for x [n, classes], or class probabilities of x's shape
     */
    default Tensor crossEntropy(Tensor target, Reduction reduction) {
        return Scope.result(() -> Losses.crossEntropy((Tensor) this, target, reduction, -100));
    }

    /**
     * As {@link #crossEntropy(Tensor, Reduction)}; targets equal to {@code ignoreIndex} do not count. For probabilities it must
     * be negative.
     */
    default Tensor crossEntropy(Tensor target, Reduction reduction, long ignoreIndex) {
        return Scope.result(() -> Losses.crossEntropy((Tensor) this, target, reduction, ignoreIndex));
    }
}
