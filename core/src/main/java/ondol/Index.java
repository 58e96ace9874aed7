package ondol;

/**
 * One part of an index, as in Python's {@code x[2:5, -1]}: {@code x.get(Index.range(2, 5), Index.at(-1))}.
 *
 * @param start the first element; {@link #OPEN} for the end that the step starts from
 * @param end where to stop; {@link #OPEN} for the other end
 * @param step how far from one element to the next; 0 for a single element
 */
public record Index(long start, long end, long step) {
    /** An end that is left open. */
    public static final long OPEN = Long.MIN_VALUE;

    /**
     * {@return {@code i}: one element; the axis disappears}
     *
     * @param i the element; negative counts from the end
     */
    public static Index at(long i) {
        return new Index(i, OPEN, 0);
    }

    /** {@return {@code :} - all elements} */
    public static Index all() {
        return new Index(OPEN, OPEN, 1);
    }

    /**
     * {@return {@code start:}}
     *
     * @param start the first element; negative counts from the end
     */
    public static Index from(long start) {
        return new Index(start, OPEN, 1);
    }

    /**
     * {@return {@code :end}}
     *
     * @param end the first element that is left out; negative counts from the end
     */
    public static Index to(long end) {
        return new Index(OPEN, end, 1);
    }

    /**
     * {@return {@code start:end}}
     *
     * @param start the first element; negative counts from the end
     * @param end the first element that is left out; negative counts from the end
     */
    public static Index range(long start, long end) {
        return new Index(start, end, 1);
    }

    /** {@return {@code start:end:step}; the step may be negative} */
    public static Index range(long start, long end, long step) {
        return new Index(start, end, checked(step));
    }

    /**
     * {@return {@code ::step}; -1 reverses}
     *
     * @param step the distance between elements, not 0
     */
    public static Index every(long step) {
        return new Index(OPEN, OPEN, checked(step));
    }

    private static long checked(long step) {
        if (step == 0) {
            throw new IllegalArgumentException("Index: a step of 0 never ends; use at() for a single element");
        }
        return step;
    }
}
