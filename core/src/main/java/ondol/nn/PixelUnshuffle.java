package ondol.nn;

import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.Resizing;

/** Places made channels, {@link Resizing#pixelUnshuffle}; PyTorch's {@code torch.nn.PixelUnshuffle}. */
public final class PixelUnshuffle extends BuiltInLayer {
    private final long downscaleFactor;

    /**
     * A layer that makes images smaller by a factor.
     *
     * @param downscaleFactor how many times as high and wide the input is, 1 or more
     * @throws IllegalArgumentException if it is less than 1
     */
    public PixelUnshuffle(long downscaleFactor) {
        this.downscaleFactor = Arguments.positive("PixelUnshuffle", "factor", downscaleFactor);
    }

    @Override
    public Tensor forward(Tensor x) {
        return Resizing.pixelUnshuffle(given(x), downscaleFactor);
    }

    @Override
    protected String extraRepr() {
        return "downscale_factor=" + downscaleFactor;
    }
}
