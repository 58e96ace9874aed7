package ondol;

import java.util.Arrays;

/** Axis numbers and strides: the arithmetic every operation shares. */
final class Axes {
    private Axes() {}

    /** A checked axis from 0 to rank - 1; a single number is taken to have one axis, as in PyTorch. */
    static int checked(String operation, int axis, int rank) {
        return checked(operation, axis, rank, "a tensor");
    }

    /** A checked axis of a result that has one axis more than what it is made of. */
    static int checkedNew(String operation, int axis, int rank) {
        return checked(operation, axis, rank, "a result");
    }

    /** The size along an axis that must be there: a single number has none. */
    static long size(long[] shape, int axis) {
        if (shape.length == 0) {
            throw new IndexOutOfBoundsException(
                    "size: axis " + axis + " of a single number, which has no axes; use numel(), or reshape(1) first");
        }
        return shape[checked("size", axis, shape.length)];
    }

    private static int checked(String operation, int axis, int rank, String what) {
        int n = Math.max(rank, 1);
        if (axis < -n || axis >= n) {
            throw new IndexOutOfBoundsException(operation + ": axis " + axis + " is out of range for " + what + " of "
                    + rank + (rank == 1 ? " axis" : " axes") + "; use " + -n + " to " + (n - 1));
        }
        return axis < 0 ? axis + n : axis;
    }

    /** A checked set of axes as bits; no axes means all of them. */
    static long mask(String operation, int[] axes, int rank) {
        if (axes == null) {
            throw new NullPointerException(operation + ": the list of axes is null; give none at all for all axes");
        }
        if (axes.length == 0) {
            return (1L << rank) - 1;
        }
        long mask = 0;
        for (int axis : axes) {
            long bit = 1L << checked(operation, axis, rank);
            if ((mask & bit) != 0) {
                throw new IllegalArgumentException(
                        operation + ": axis " + axis + " appears twice in " + Arrays.toString(axes) + "; name it once");
            }
            mask |= bit;
        }
        return rank == 0 ? 0 : mask;
    }

    /** Row-major strides. */
    static long[] contiguous(long[] shape) {
        long[] strides = new long[shape.length];
        long step = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= Math.max(shape[i], 1);
        }
        return strides;
    }

    /** Whether a view is laid out row-major without gaps. */
    static boolean isContiguous(long[] shape, long[] strides) {
        long step = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            if (shape[i] != 1) {
                if (strides[i] != step && step != 0) {
                    return Shape.numel(shape) == 0;
                }
                step *= shape[i];
            }
        }
        return true;
    }

    /** The shape both broadcast to. */
    static long[] broadcast(String operation, long[] a, long[] b) {
        if (a == b || Arrays.equals(a, b)) {
            return a;
        }
        long[] out = new long[Math.max(a.length, b.length)];
        for (int i = 1; i <= out.length; i++) {
            long x = i <= a.length ? a[a.length - i] : 1;
            long y = i <= b.length ? b[b.length - i] : 1;
            if (x != y && x != 1 && y != 1) {
                throw new IllegalArgumentException(operation + ": " + Arrays.toString(a) + " and " + Arrays.toString(b)
                        + " do not broadcast: axis " + -i + " has sizes " + x + " and " + y
                        + "; they must be equal, or one of them 1");
            }
            out[out.length - i] = x == 1 ? y : x;
        }
        return Shape.checked(operation, out);
    }

    /** The strides of a view broadcast to {@code target}, to which its shape is known to fit. */
    static long[] broadcastStrides(long[] shape, long[] strides, long[] target) {
        if (shape == target || Arrays.equals(shape, target)) {
            return strides;
        }
        long[] out = new long[target.length];
        int lead = target.length - shape.length;
        for (int i = 0; i < shape.length; i++) {
            out[i + lead] = shape[i] == 1 && target[i + lead] != 1 ? 0 : strides[i];
        }
        return out;
    }

    /** The axes of {@code target} along which a tensor of {@code shape} was repeated, as bits. */
    static long broadcastAxes(long[] shape, long[] target) {
        int lead = target.length - shape.length;
        long mask = (1L << lead) - 1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == 1 && target[i + lead] != 1) {
                mask |= 1L << (i + lead);
            }
        }
        return mask;
    }

    /** The shape after a reduction, with the reduced axes kept at size 1 or left out. */
    static long[] reduced(long[] shape, long mask, boolean keepDim) {
        long[] out = new long[keepDim ? shape.length : shape.length - Long.bitCount(mask)];
        int j = 0;
        for (int i = 0; i < shape.length; i++) {
            boolean gone = (mask >> i & 1) != 0;
            if (keepDim || !gone) {
                out[j++] = gone ? 1 : shape[i];
            }
        }
        return out;
    }

    /** How many elements are combined into one. */
    static long count(long[] shape, long mask) {
        long n = 1;
        for (int i = 0; i < shape.length; i++) {
            n *= (mask >> i & 1) != 0 ? shape[i] : 1;
        }
        return n;
    }

    static String name(long[] shape) {
        return Arrays.toString(shape);
    }
}
