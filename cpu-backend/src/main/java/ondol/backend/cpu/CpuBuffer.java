package ondol.backend.cpu;

import ondol.backend.Buffer;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.kernel.Type;

/**
 * A Java array: float[], int[], long[] or boolean[] by the type.
 *
 * <p>So a place in it is an int, and may be computed in ints from whatever offsets and strides lead there: int
 * arithmetic wraps around, and comes out right where the place is one of the array's. How many elements there are, or
 * which of them it is, does not fit an int: a view that repeats its elements has any number of them.
 */
final class CpuBuffer implements Buffer {
    /** What every JVM allows, by its own libraries' habit. */
    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final Type type;
    private final int length;

    /** The elements. */
    final Object array;

    CpuBuffer(Type type, long length) {
        if (length < 0 || length > LONGEST_ARRAY) {
            throw new OutOfDeviceMemoryException("cpu: a buffer of " + length + " " + type
                    + " elements; a Java array holds at most " + LONGEST_ARRAY);
        }
        this.type = type;
        this.length = (int) length;
        this.array = newArray(type, (int) length);
    }

    private static Object newArray(Type type, int length) {
        try {
            return switch (type) {
                case F32 -> new float[length];
                case I32 -> new int[length];
                case I64 -> new long[length];
                case BOOL -> new boolean[length];
            };
        } catch (OutOfMemoryError e) {
            Runtime runtime = Runtime.getRuntime();
            throw new OutOfDeviceMemoryException("the Java heap has no room for " + length + " " + type + " elements: "
                    + mebibytes(runtime.totalMemory() - runtime.freeMemory()) + " of "
                    + mebibytes(runtime.maxMemory()) + " MiB are in use");
        }
    }

    private static long mebibytes(long bytes) {
        return bytes >> 20;
    }

    @Override
    public Type type() {
        return type;
    }

    @Override
    public long length() {
        return length;
    }
}
