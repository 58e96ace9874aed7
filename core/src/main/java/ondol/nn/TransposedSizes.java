package ondol.nn;

import java.util.Arrays;
import ondol.Tensor;

/** Output sizes that are given to what enlarges planes, because several have the same number of windows. */
final class TransposedSizes {
    private TransposedSizes() {}

    /** The planes' sizes, of which the whole output's may be given; none if none are given. */
    static long[] lasts(String module, Tensor input, int axes, long[] outputSize) {
        if (outputSize == null) {
            throw new NullPointerException(
                    module + ".forward: the output size is null; give a number for each axis, or call forward without");
        }
        int n = outputSize.length;
        if (n != 0 && n != axes && n != input.dim()) {
            throw new IllegalArgumentException(module + ".forward: an output size of " + Arrays.toString(outputSize)
                    + " for an input of shape " + input.shape() + "; give " + axes
                    + (axes == 1 ? " number" : " numbers, one for each axis,") + " or the whole shape of "
                    + input.dim() + " axes");
        }
        return Arrays.copyOfRange(outputSize, Math.max(0, n - axes), n);
    }

    static IllegalArgumentException outside(String module, Tensor input, long[] sizes, int axis, long low, long high) {
        return new IllegalArgumentException(module + ".forward: an output size of " + Arrays.toString(sizes)
                + " for an input of shape " + input.shape() + "; along axis " + axis + " of the planes "
                + (low > high ? "no size is possible" : "it must be " + low + " to " + high));
    }
}
