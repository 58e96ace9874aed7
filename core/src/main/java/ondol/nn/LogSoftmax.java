package ondol.nn;

import ondol.Tensor;

/**
 * {@code x - log(sum(e^x))} along one axis, of any shape: the logarithm of {@link Softmax}, computed without overflow;
 * PyTorch's {@code torch.nn.LogSoftmax}.
 */
public final class LogSoftmax extends BuiltInLayer {
    private final int axis;

    /**
     * A log-softmax along an axis.
     *
     * @param axis the axis; negative ones count from the end
     */
    public LogSoftmax(int axis) {
        this.axis = axis;
    }

    @Override
    public Tensor forward(Tensor x) {
        return given(x).logSoftmax(axis);
    }

    @Override
    protected String extraRepr() {
        return "dim=" + axis;
    }
}
