package ondol.backend.cpu;

import ondol.backend.View;

/** Where the rows (the runs along the last axis) of views begin that share all their other axes. */
final class LeadingAxes {
    private final long[] shape;

    /** The axes of {@code shape} before the last. */
    LeadingAxes(long[] shape) {
        this.shape = shape;
    }

    /** How many rows there are. */
    long count() {
        long n = 1;
        for (int axis = 0; axis < shape.length - 1; axis++) {
            n *= shape[axis];
        }
        return n;
    }

    /** The first element of a view's row. */
    int rowStart(View view, long row) {
        long offset = view.offset();
        long rest = row;
        for (int axis = shape.length - 2; axis >= 0; axis--) {
            offset += rest % shape[axis] * view.strides()[axis];
            rest /= shape[axis];
        }
        return (int) offset;
    }

    /** The stride of a view along its rows. */
    static int stride(View view) {
        return (int) view.strides()[view.strides().length - 1];
    }

    static Object array(View view) {
        return ((CpuBuffer) view.buffer()).array;
    }
}
