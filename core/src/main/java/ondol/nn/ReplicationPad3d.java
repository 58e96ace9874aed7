package ondol.nn;

import ondol.Tensor;
import ondol.op.Padding;
import ondol.op.PaddingMode;

/** Pads the last three axes with the elements at the edges, {@link PaddingMode#REPLICATE}; PyTorch's {@code torch.nn.ReplicationPad3d}. A negative number takes elements away. */
public final class ReplicationPad3d extends PaddingLayer {
    /**
     * Padding with a number of elements for each side.
     *
     * @param padding one number for all sides, or {@code {left, right, top, bottom, front, back}}
     * @throws IllegalArgumentException if there is another number of them
     * @throws NullPointerException if it is null
     */
    public ReplicationPad3d(long... padding) {
        super(3, padding);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has fewer axes, or is too small
     */
    @Override
    public Tensor forward(Tensor x) {
        return Padding.pad(checked(x), padding(), PaddingMode.REPLICATE);
    }
}
