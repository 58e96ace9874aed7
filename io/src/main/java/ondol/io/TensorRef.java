package ondol.io;

import org.jspecify.annotations.Nullable;

/**
 * A tensor that a pickle describes and that is not read yet.
 *
 * @param strides in elements
 * @param offset of the first element in the storage
 * @param isParameter whether it is a {@code torch.nn.Parameter}
 */
@SuppressWarnings("ArrayRecordComponent")
record TensorRef(
        Storage storage, TensorInfo info, long[] strides, long offset, boolean requiresGrad, boolean isParameter) {
    /**
     * Where the elements are; tensors that share memory name the same.
     *
     * @param key the entry's name in the archive
     * @param type of its elements; null if it knows bytes alone
     * @param count how many elements, or bytes, it has
     */
    record Storage(String key, @Nullable ElementType type, long count) {}

    /** How many elements of this tensor's type the storage has. */
    long room() {
        return storage.type == null ? storage.count / info.type().bytes() : storage.count;
    }

    /** The same as a parameter. */
    TensorRef parameter(boolean required) {
        return new TensorRef(storage, info, strides, offset, required, true);
    }

    /** How far the last element is behind the first; negative if a long does not count that. */
    long span() {
        long span = 0;
        for (int axis = 0; axis < strides.length; axis++) {
            long steps = info.shape().size(axis) - 1;
            if (Math.multiplyHigh(steps, strides[axis]) != 0 || steps * strides[axis] < 0) {
                return -1;
            }
            span += steps * strides[axis];
            if (span < 0) {
                return -1;
            }
        }
        return span;
    }
}
