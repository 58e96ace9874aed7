package ondol.nn;

import ondol.Tensor;
import ondol.op.Padding;

/** Pads the last three axes with a number; PyTorch's {@code torch.nn.ConstantPad3d}. Negative padding takes elements away. */
public final class ConstantPad3d extends PaddingLayer {
    private final double value;

    /**
     * Padding with as many elements at each side.
     *
     * @param padding the number of elements at every side; negative ones take away
     * @param value what the new elements are
     */
    public ConstantPad3d(long padding, double value) {
        this(new long[] {padding}, value);
    }

    /**
     * Padding with a number of elements for each side.
     *
     * @param padding one number for all sides, or {@code {left, right, top, bottom, front, back}}
     * @param value what the new elements are
     * @throws IllegalArgumentException if there is another number of them
     * @throws NullPointerException if it is null
     */
    public ConstantPad3d(long[] padding, double value) {
        super(3, padding);
        this.value = value;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has fewer axes, or is too small
     */
    @Override
    public Tensor forward(Tensor x) {
        return Padding.pad(checked(x), padding(), value);
    }

    @Override
    protected String extraRepr() {
        return "padding=" + super.extraRepr() + ", value=" + Repr.of(value);
    }
}
