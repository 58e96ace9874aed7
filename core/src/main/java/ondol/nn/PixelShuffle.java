package ondol.nn;

import ondol.Tensor;
import ondol.op.Resizing;

/** Channels made places, {@link Resizing#pixelShuffle}; PyTorch's {@code torch.nn.PixelShuffle}. */
public final class PixelShuffle extends Layer {
    private final long upscaleFactor;

    /**
     * With a factor.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public PixelShuffle(long upscaleFactor) {
        if (upscaleFactor < 1) {
            throw new IllegalArgumentException(
                    "PixelShuffle: the factor is " + upscaleFactor + "; it must be 1 or more");
        }
        this.upscaleFactor = upscaleFactor;
    }

    @Override
    public Tensor forward(Tensor x) {
        return Resizing.pixelShuffle(given(x), upscaleFactor);
    }

    @Override
    protected String extraRepr() {
        return "upscale_factor=" + upscaleFactor;
    }
}
