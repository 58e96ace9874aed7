package ondol.op;

import java.util.Arrays;
import ondol.DType;
import ondol.Shape;
import ondol.Tensor;
import org.jspecify.annotations.Nullable;

/** Padding that repeats parts of an image: places are chosen along each axis, with gradients. */
final class ImagePadding {
    private ImagePadding() {}

    /** The last axes of an image, longer by {@code low} and {@code high}, or shorter where these are negative. */
    static Tensor pad(String operation, Tensor image, PaddingMode mode, long[] low, long[] high) {
        int n = low.length;
        for (int i = 0; i < n; i++) {
            check(operation, image, image.dim() - n + i, mode, Math.max(low[i], high[i]));
        }
        @Nullable AxisTaps[] taps = new @Nullable AxisTaps[n];
        for (int i = 0; i < n; i++) {
            long size = image.size(image.dim() - n + i);
            if (low[i] != 0 || high[i] != 0) {
                Shape line = Shape.of(low[i] + size + high[i]);
                Tensor.empty(line, DType.INT64, image.device()).close(); // is there room?
                taps[i] = AxisTaps.of(size, places(size, low[i], high[i], mode));
            }
        }
        return new LinearFunction(gradName(mode, n), AxisTaps.along(taps)).apply(image);
    }

    private static String gradName(PaddingMode mode, int axes) {
        return switch (mode) {
            case CIRCULAR -> "CopySlices";
            case REFLECT -> "ReflectionPad" + axes + "DBackward0";
            case ZEROS, REPLICATE -> "ReplicationPad" + axes + "DBackward0";
        };
    }

    private static void check(String operation, Tensor image, int axis, PaddingMode mode, long padding) {
        long size = image.size(axis);
        long most = switch (mode) {
            case REFLECT -> size - 1;
            case CIRCULAR -> size;
            case ZEROS, REPLICATE -> size == 0 ? 0 : Long.MAX_VALUE;
        };
        if (padding > Math.max(0, most)) {
            throw new IllegalArgumentException(
                    operation + ": " + mode + " padding of " + padding + " along an axis of size "
                            + size + " of an input of shape " + image.shape() + "; at most " + Math.max(0, most)
                            + " is possible");
        }
    }

    private static long[] places(long size, long low, long high, PaddingMode mode) {
        long[] places = new long[Math.toIntExact(low + size + high)];
        Arrays.setAll(places, p -> {
            long place = p - low;
            return switch (mode) {
                case REFLECT -> place < 0 ? -place : place < size ? place : 2 * (size - 1) - place;
                case CIRCULAR -> Math.floorMod(place, size);
                case ZEROS, REPLICATE -> Math.clamp(place, 0, size - 1);
            };
        });
        return places;
    }
}
