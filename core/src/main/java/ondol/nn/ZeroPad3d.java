package ondol.nn;

import ondol.Tensor;
import ondol.op.Padding;

/** Pads the last three axes with zeros; PyTorch's {@code torch.nn.ZeroPad3d}. A negative number takes elements away. */
public final class ZeroPad3d extends PaddingLayer {
    /**
     * Padding with a number of elements for each side.
     *
     * @param padding one number for all sides, or {@code {left, right, top, bottom, front, back}}
     * @throws IllegalArgumentException if there is another number of them
     * @throws NullPointerException if it is null
     */
    public ZeroPad3d(long... padding) {
        super(3, padding);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has fewer axes, or is too small
     */
    @Override
    public Tensor forward(Tensor x) {
        return Padding.pad(checked(x), padding());
    }
}
