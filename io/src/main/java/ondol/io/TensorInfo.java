package ondol.io;

import java.util.Objects;
import ondol.DType;
import ondol.Shape;

/**
 * A file's description of a tensor, before its elements are read.
 *
 * @param type the elements' type in the file
 * @param shape the sizes
 */
public record TensorInfo(ElementType type, Shape shape) {
    /**
     * Nothing is null.
     *
     * @throws IllegalArgumentException if a long cannot count the bits of the elements
     */
    public TensorInfo {
        Objects.requireNonNull(type, "TensorInfo: the type is null; give one");
        Objects.requireNonNull(shape, "TensorInfo: the shape is null; give one");
        if (shape.numel() > (Long.MAX_VALUE - 7) / type.bits()) {
            throw new IllegalArgumentException(
                    "a shape of " + shape + " has more bits of " + type + " than a long can count; use smaller sizes");
        }
    }

    /** {@return how many bytes the elements have in a file; elements of 4 and 6 bits lie side by side} */
    public long bytes() {
        return Math.ceilDiv(shape.numel() * type.bits(), 8L);
    }

    /** How many bytes they have in Ondol; the largest long if there are more. */
    long loadedBytes() {
        DType dtype = type.dtype();
        long size = dtype == null ? 16 : dtype.bytes();
        return shape.numel() > Long.MAX_VALUE / size ? Long.MAX_VALUE : shape.numel() * size;
    }
}
