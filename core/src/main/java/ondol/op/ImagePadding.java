package ondol.op;

import java.util.Arrays;
import ondol.DType;
import ondol.Shape;
import ondol.Tensor;

/** Padding that repeats parts of an image: places are chosen along each axis, with gradients. */
final class ImagePadding {
    private ImagePadding() {}

    /** The last axes of an image, longer by {@code low} and {@code high}. */
    static Tensor pad(String operation, Tensor image, PaddingMode mode, long[] low, long[] high) {
        Tensor padded = image;
        for (int i = 0; i < low.length; i++) {
            int axis = image.dim() - low.length + i;
            if (low[i] + high[i] > 0) {
                check(operation, image, axis, mode, Math.max(low[i], high[i]));
                long size = image.size(axis);
                Tensor.empty(Shape.of(low[i] + size + high[i]), DType.INT64, image.device())
                        .close(); // is there room?
                padded = padded.indexSelect(
                        axis, Tensor.tensor(places(size, low[i], high[i], mode)).to(image.device()));
            }
        }
        return padded;
    }

    static void check(String operation, Tensor image, int axis, PaddingMode mode, long padding) {
        long size = image.size(axis);
        long most = switch (mode) {
            case REFLECT -> size - 1;
            case CIRCULAR -> size;
            case ZEROS, REPLICATE -> size == 0 ? 0 : Long.MAX_VALUE;
        };
        if (padding > most) {
            throw new IllegalArgumentException(
                    operation + ": " + mode + " padding of " + padding + " along an axis of size "
                            + size + " of an input of shape " + image.shape() + "; at most " + Math.max(0, most)
                            + " is possible");
        }
    }

    static long[] places(long size, long low, long high, PaddingMode mode) {
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
