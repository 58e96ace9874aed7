package ondol.nn;

import ondol.Tensor;
import ondol.op.Arguments;
import ondol.op.Resizing;

/** Channels made places, {@link Resizing#pixelShuffle}; PyTorch's {@code torch.nn.PixelShuffle}. */
public final class PixelShuffle extends BuiltInLayer {
    private final long upscaleFactor;

    /**
     * A layer that makes images larger by a factor.
     *
     * @param upscaleFactor how many times as high and wide the output is, 1 or more
     * @throws IllegalArgumentException if it is less than 1
     */
    public PixelShuffle(long upscaleFactor) {
        this.upscaleFactor = Arguments.positive("PixelShuffle", "factor", upscaleFactor);
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
