package ondol.nn;

import ondol.Tensor;

/**
 * {@code e^x / sum(e^x)} along one axis, of any shape: positive numbers with sum 1; PyTorch's {@code torch.nn.Softmax}.
 */
public final class Softmax extends BuiltInLayer {
    private final int axis;

    /**
     * A softmax along an axis.
     *
     * @param axis the axis; negative ones count from the end
     */
    public Softmax(int axis) {
        this.axis = axis;
    }

    @Override
    public Tensor forward(Tensor x) {
        return given(x).softmax(axis);
    }

    @Override
    protected String extraRepr() {
        return "dim=" + axis;
    }
}
