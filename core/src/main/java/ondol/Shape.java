package ondol;

import java.util.Arrays;

/** The sizes of a tensor, from the outermost axis to the innermost. Immutable. */
public final class Shape {
    private final long[] sizes;

    private Shape(long[] sizes) {
        this.sizes = sizes;
    }

    /**
     * {@return a shape; no sizes at all is the shape of a single number}
     *
     * @param sizes the size along each axis, 0 or more
     * @throws IllegalArgumentException if a size is negative, or if the product of the sizes other than 0 is more than a
     *     long can count
     */
    public static Shape of(long... sizes) {
        return named("shape", sizes);
    }

    /** As {@link #of}; errors name the operation. */
    static Shape named(String operation, long... sizes) {
        if (sizes == null) {
            throw new NullPointerException(
                    operation + ": the list of sizes is null; give none at all for a single number");
        }
        return new Shape(checked(operation, sizes.clone()));
    }

    static Shape wrap(long[] sizes) {
        return new Shape(sizes);
    }

    static long[] checked(String operation, long[] sizes) {
        return checked(operation, sizes, sizes);
    }

    /** The same; an error shows other sizes, those that were asked for. */
    static long[] checked(String operation, long[] sizes, long[] shown) {
        long n = 1; // a size of 0 hides no others: without that axis, what is left must be counted
        for (long s : sizes) {
            if (s < 0) {
                throw new IllegalArgumentException(operation + ": size " + s + " in " + Arrays.toString(shown)
                        + " is negative; sizes are 0 or more");
            }
            if (Math.multiplyHigh(n, s) != 0 || n * s < 0) {
                boolean none = Arrays.stream(sizes).anyMatch(size -> size == 0);
                throw new IllegalArgumentException(operation + ": " + Arrays.toString(shown)
                        + (none ? " has axes with more elements together" : " has more elements")
                        + " than a long can count; use smaller sizes");
            }
            n *= Math.max(1, s);
        }
        if (sizes.length > 62) {
            throw new IllegalArgumentException(operation + ": " + sizes.length + " axes; use at most 62");
        }
        return sizes;
    }

    /** {@return how many axes there are} */
    public int dim() {
        return sizes.length;
    }

    /**
     * {@return the size along an axis; negative axes count from the end}
     *
     * @param axis from {@code -dim()} to {@code dim() - 1}
     * @throws IndexOutOfBoundsException if there is no such axis; a single number has none
     */
    public long size(int axis) {
        return Axes.size(sizes, axis);
    }

    /** {@return how many elements there are: the product of the sizes} */
    public long numel() {
        return numel(sizes);
    }

    static long numel(long[] sizes) {
        long n = 1;
        for (long s : sizes) {
            n *= s;
        }
        return n;
    }

    /** {@return the sizes in a new array} */
    public long[] toArray() {
        return sizes.clone();
    }

    long[] sizes() {
        return sizes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape s && Arrays.equals(s.sizes, sizes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sizes);
    }

    /** As PyTorch writes it: {@code [2, 3]}. */
    @Override
    public String toString() {
        return Arrays.toString(sizes);
    }
}
