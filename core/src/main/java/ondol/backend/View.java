package ondol.backend;

import java.util.Arrays;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/**
 * A strided window on a buffer: element (i0, i1, ...) is the buffer's element {@code offset + i0*strides[0] + ...}.
 * Strides may be 0 (broadcast) or negative. The arrays are shared, not copied: nobody changes them.
 *
 * @param buffer where the elements are
 * @param shape sizes, in elements
 * @param strides steps, in elements
 * @param offset the first element
 */
@SuppressWarnings("ArrayRecordComponent")
public record View(Buffer buffer, long[] shape, long[] strides, long offset) {
    /** {@return the elements' type} */
    public Type type() {
        return buffer.type();
    }

    /** {@return how many elements it has} */
    public long size() {
        long n = 1;
        for (long d : shape) {
            n *= d;
        }
        return n;
    }

    /**
     * {@return the same elements with some neighbouring axes as one, in row-major order; null if no stride leads along them}
     *
     * @param axis the first of them
     * @param count how many, at least 1
     */
    public @Nullable View joined(int axis, int count) {
        if (count == 1) {
            return this;
        }
        long size = 1;
        long stride = 0;
        for (int a = axis + count - 1; a >= axis; a--) {
            if (shape[a] == 1) {
                continue;
            }
            if (size == 1) {
                stride = strides[a];
            } else if (strides[a] != stride * size && size != 0) {
                return null;
            }
            size *= shape[a];
        }
        int rank = shape.length - count + 1;
        long[] joinedShape = new long[rank];
        long[] joinedStrides = new long[rank];
        for (int a = 0; a < rank; a++) {
            int from = a <= axis ? a : a + count - 1;
            joinedShape[a] = a == axis ? size : shape[from];
            joinedStrides[a] = a == axis ? stride : strides[from];
        }
        return new View(buffer, joinedShape, joinedStrides, offset);
    }

    @Override
    public String toString() {
        return type() + Arrays.toString(shape) + " strides " + Arrays.toString(strides) + " offset " + offset;
    }
}
