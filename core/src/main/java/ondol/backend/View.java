package ondol.backend;

import java.util.Arrays;
import ondol.kernel.Type;

/**
 * A strided window on a buffer: element (i0, i1, ...) is the buffer's element {@code offset + i0*strides[0] + ...}.
 * Strides may be 0 (broadcast) or negative. The arrays are shared, not copied: nobody changes them.
 *
 * @param shape sizes, in elements
 * @param strides steps, in elements
 * @param offset the first element
 */
@SuppressWarnings("ArrayRecordComponent")
public record View(Buffer buffer, long[] shape, long[] strides, long offset) {
    /** The elements' type. */
    public Type type() {
        return buffer.type();
    }

    /** How many elements it has. */
    public long size() {
        long n = 1;
        for (long d : shape) {
            n *= d;
        }
        return n;
    }

    @Override
    public String toString() {
        return type() + Arrays.toString(shape) + " strides " + Arrays.toString(strides) + " offset " + offset;
    }
}
