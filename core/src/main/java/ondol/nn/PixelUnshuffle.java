package ondol.nn;

import ondol.Tensor;
import ondol.op.Resizing;

/** Places made channels, {@link Resizing#pixelUnshuffle}; PyTorch's {@code torch.nn.PixelUnshuffle}. */
public final class PixelUnshuffle extends Layer {
    private final long downscaleFactor;

    /**
     * With a factor.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public PixelUnshuffle(long downscaleFactor) {
        if (downscaleFactor < 1) {
            throw new IllegalArgumentException(
                    "PixelUnshuffle: the factor is " + downscaleFactor + "; it must be 1 or more");
        }
        this.downscaleFactor = downscaleFactor;
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
