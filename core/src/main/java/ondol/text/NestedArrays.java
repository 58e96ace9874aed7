package ondol.text;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Elements from and to nested Java arrays. */
public final class NestedArrays {
    private static final long MOST_ROWS = Integer.MAX_VALUE - 8;

    private NestedArrays() {}

    /**
     * Nested arrays' elements in row-major order.
     *
     * @param elements a float[], long[] or boolean[]
     * @param sizes the lengths along the axes
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Flat(Object elements, long[] sizes) {}

    /** Takes nested arrays apart; errors are those of {@code Tensor.tensor}. */
    public static Flat flat(Object nested) {
        if (nested == null) {
            throw new IllegalArgumentException("tensor: null is no array; give nested arrays of numbers or booleans");
        }
        Class<?> element = nested.getClass();
        int depth = 0;
        for (; element.isArray(); depth++) {
            element = element.getComponentType();
        }
        long[] sizes = sizes(nested, depth);
        int n = length(sizes);
        Object flat;
        if (element == float.class || element == double.class) {
            flat = new float[n];
        } else if (element == long.class || element == int.class || element == byte.class) {
            flat = new long[n];
        } else if (element == boolean.class) {
            flat = new boolean[n];
        } else {
            throw new IllegalArgumentException("tensor: " + name(nested)
                    + " is no array of float, double, int, long, byte or boolean; give nested arrays of one of these"
                    + (nested instanceof Collection
                            ? ", for example list.stream().mapToDouble(Number::doubleValue).toArray()"
                            : ""));
        }
        fill(nested, sizes, 0, flat, 0);
        return new Flat(flat, sizes);
    }

    private static int length(long[] sizes) {
        double n = 1; // a product that no long holds is too large as well
        for (long size : sizes) {
            n *= size;
        }
        if (n > MOST_ROWS) {
            throw new IllegalArgumentException("tensor: " + (long) n
                    + " elements do not fit into a Java array (at most " + MOST_ROWS + "); work in parts");
        }
        return (int) n;
    }

    /** The name that a program knows it by: collections have classes that nobody knows. */
    private static String name(Object o) {
        return switch (o) {
            case List<?> list -> "a List";
            case Set<?> set -> "a Set";
            case Map<?, ?> map -> "a Map";
            default -> o.getClass().getSimpleName();
        };
    }

    /** The lengths of the first row, its first row, and so on; 0 below an empty one or one that is missing. */
    private static long[] sizes(Object nested, int depth) {
        long[] sizes = new long[depth];
        Object at = nested;
        for (int i = 0; i < depth && at != null; i++) {
            sizes[i] = Array.getLength(at);
            at = sizes[i] == 0 || i == depth - 1 ? null : Array.get(at, 0);
        }
        return sizes;
    }

    private static int fill(Object nested, long[] sizes, int axis, Object flat, int at) {
        if (nested == null) {
            throw new IllegalArgumentException(
                    "tensor: a row at depth " + axis + " is null; give an array for each row");
        }
        if (Array.getLength(nested) != sizes[axis]) {
            throw new IllegalArgumentException("tensor: a row at depth " + axis + " has " + Array.getLength(nested)
                    + " elements where the first has " + sizes[axis] + " (shape " + Arrays.toString(sizes)
                    + "); rows must be equally long");
        }
        if (axis < sizes.length - 1) {
            for (int i = 0; i < sizes[axis]; i++) {
                at = fill(Array.get(nested, i), sizes, axis + 1, flat, at);
            }
            return at;
        }
        int n = (int) sizes[axis];
        switch (nested) {
            case double[] a -> {
                for (int i = 0; i < n; i++) {
                    ((float[]) flat)[at + i] = (float) a[i];
                }
            }
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    ((long[]) flat)[at + i] = a[i];
                }
            }
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    ((long[]) flat)[at + i] = a[i];
                }
            }
            default -> System.arraycopy(nested, 0, flat, at, n);
        }
        return at + n;
    }

    /** Cuts row-major values (float[], long[] or boolean[]) into nested arrays. */
    public static Object nest(Object flat, long[] sizes) {
        long rows = 1; // what is empty may still have many of them
        for (int axis = 0; axis < sizes.length; axis++) {
            rows *= sizes[axis];
            if (rows > MOST_ROWS) {
                throw new IllegalArgumentException("toNestedArray: " + Arrays.toString(sizes) + " has more than "
                        + MOST_ROWS + " rows along its first axes, which Java arrays do not hold; work in parts");
            }
        }
        int[] at = {0};
        return nest(flat, sizes, 0, at);
    }

    private static Object nest(Object flat, long[] sizes, int axis, int[] at) {
        int n = (int) sizes[axis];
        Class<?> element = flat.getClass().getComponentType();
        if (axis == sizes.length - 1) {
            Object row = Array.newInstance(element, n);
            System.arraycopy(flat, at[0], row, 0, n);
            at[0] += n;
            return row;
        }
        Object rows = Array.newInstance(rowType(element, sizes.length - axis - 1), n);
        for (int i = 0; i < n; i++) {
            Array.set(rows, i, nest(flat, sizes, axis + 1, at));
        }
        return rows;
    }

    private static Class<?> rowType(Class<?> element, int depth) {
        Class<?> type = element;
        for (int i = 0; i < depth; i++) {
            type = type.arrayType();
        }
        return type;
    }
}
