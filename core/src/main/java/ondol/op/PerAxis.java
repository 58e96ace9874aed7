package ondol.op;

import java.util.Arrays;

/** Numbers for each axis, of which one alone is for all. */
final class PerAxis {
    private PerAxis() {}

    /** A copy of numbers that are there, and none of them too small. */
    static long[] checked(String name, long least, long[] values) {
        if (values == null) {
            throw new NullPointerException(name + ": the numbers are null; give one for all axes, or one for each");
        }
        if (values.length == 0) {
            throw new IllegalArgumentException(
                    name + ": no numbers were given; give one for all axes, or one for each");
        }
        for (long value : values) {
            if (value < least) {
                throw new IllegalArgumentException(
                        name + ": " + Arrays.toString(values) + "; each number must be " + least + " or more");
            }
        }
        return values.clone();
    }

    /** One for each of so many axes. */
    static long[] of(String name, long[] values, int axes) {
        if (axes < 1 || values.length != 1 && values.length != axes) {
            throw new IllegalArgumentException(name + ": " + Arrays.toString(values) + " for " + axes
                    + (axes == 1 ? " axis" : " axes") + "; give one number for all, or one for each");
        }
        long[] all = new long[axes];
        for (int i = 0; i < axes; i++) {
            all[i] = values[values.length == 1 ? 0 : i];
        }
        return all;
    }
}
