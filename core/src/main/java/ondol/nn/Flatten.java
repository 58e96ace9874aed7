package ondol.nn;

import ondol.Tensor;

/**
 * The axes from one to another made a single one, as a view where strides allow it; PyTorch's {@code torch.nn.Flatten}.
 * By default [n, ...] becomes [n, product of the others].
 */
public final class Flatten extends BuiltInLayer {
    private final int startAxis;
    private final int endAxis;

    /** All axes but the first. */
    public Flatten() {
        this(1, -1);
    }

    /**
     * Makes one axis of the axes from {@code startAxis} to {@code endAxis}, both included.
     *
     * @param startAxis the first axis; negative ones count from the end
     * @param endAxis the last axis; negative ones count from the end
     */
    public Flatten(int startAxis, int endAxis) {
        this.startAxis = startAxis;
        this.endAxis = endAxis;
    }

    @Override
    public Tensor forward(Tensor x) {
        return given(x).flatten(startAxis, endAxis);
    }

    @Override
    protected String extraRepr() {
        return "start_dim=" + startAxis + ", end_dim=" + endAxis;
    }
}
