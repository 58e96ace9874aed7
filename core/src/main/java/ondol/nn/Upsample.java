package ondol.nn;

import java.util.Arrays;
import java.util.stream.Collectors;
import ondol.Tensor;
import ondol.op.InterpolationMode;
import ondol.op.Resizing;
import org.jspecify.annotations.Nullable;

/**
 * Images of another size, {@link Resizing#interpolate}; PyTorch's {@code torch.nn.Upsample}. Input [N, C, places...].
 *
 * <pre>{@code
 * Module larger = new Upsample(new double[] {2}, InterpolationMode.BILINEAR, false);
 * }</pre>
 */
public final class Upsample extends BuiltInLayer {
    private final long[] size;
    private final double[] scaleFactor;
    private final InterpolationMode mode;
    private final boolean alignCorners;

    /**
     * Upsampling to so many times the size, each element repeated: {@link InterpolationMode#NEAREST}.
     *
     * @param scaleFactor how many times as large, along all axes of places
     */
    public Upsample(double scaleFactor) {
        this(new double[] {scaleFactor}, InterpolationMode.NEAREST, false);
    }

    /**
     * Upsampling to so many times the size.
     *
     * @param scaleFactor a number for each axis of places, or one for all
     * @param mode how elements are made of their neighbours
     * @param alignCorners whether the first and last elements stay in place: of linear modes and BICUBIC
     * @throws NullPointerException if something is null
     */
    public Upsample(double[] scaleFactor, InterpolationMode mode, boolean alignCorners) {
        this(
                new long[0],
                checked(scaleFactor == null ? null : scaleFactor.clone(), "scale factor"),
                mode,
                alignCorners);
    }

    /**
     * Upsampling to a size.
     *
     * @param size a number for each axis of places, or one for all
     * @param mode how elements are made of their neighbours
     * @param alignCorners whether the first and last elements stay in place: of linear modes and BICUBIC
     * @throws NullPointerException if something is null
     */
    public Upsample(long[] size, InterpolationMode mode, boolean alignCorners) {
        this(checked(size == null ? null : size.clone(), "size"), new double[0], mode, alignCorners);
    }

    private Upsample(long[] size, double[] scaleFactor, InterpolationMode mode, boolean alignCorners) {
        this.size = size;
        this.scaleFactor = scaleFactor;
        this.mode = checked(mode, "mode");
        this.alignCorners = alignCorners;
    }

    private static <T> T checked(@Nullable T value, String what) {
        if (value == null) {
            throw new NullPointerException("Upsample: the " + what + " is null; give one");
        }
        return value;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the input has other axes, or is not FLOAT32
     */
    @Override
    public Tensor forward(Tensor x) {
        return scaleFactor.length > 0
                ? Resizing.interpolate(given(x), scaleFactor, mode, alignCorners)
                : Resizing.interpolate(given(x), size, mode, alignCorners);
    }

    @Override
    protected String extraRepr() {
        String text = scaleFactor.length == 0
                ? "size=" + PoolingLayer.text(size)
                : "scale_factor="
                        + (scaleFactor.length == 1
                                ? Repr.of(scaleFactor[0])
                                : Arrays.stream(scaleFactor)
                                        .mapToObj(Repr::of)
                                        .collect(Collectors.joining(", ", "(", ")")));
        return text + ", mode='" + mode.text() + "'";
    }
}
