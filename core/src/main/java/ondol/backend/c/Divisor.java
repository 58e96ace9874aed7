package ondol.backend.c;

/**
 * How a text divides by a size that is only known when it runs: a 32-bit one by a multiplication and a shift, which
 * processors do much faster (Granlund and Montgomery, "Division by invariant integers using multiplication", 1994).
 *
 * @param value how the text reads the size
 * @param wide whether it has 64 bits and is divided by as it is
 */
record Divisor(String value, boolean wide) {
    private static final String MAGIC = "_magic";
    private static final String SHIFT = "_shift";

    /** The fields of a size. */
    static Divisor of(Arguments.Fields fields, String name, boolean wide) {
        Divisor divisor = new Divisor(fields.index(name), wide);
        if (!wide) {
            fields.index(name + MAGIC);
            fields.index(name + SHIFT);
        }
        return divisor;
    }

    /** The values of those fields. */
    static void put(Arguments to, long size, boolean wide) {
        to.index(size);
        if (!wide) {
            // The least shift for which 2^shift >= size; then magic = ceil(2^(32 + shift) / size) - 2^32.
            int shift = 64 - Long.numberOfLeadingZeros(Math.max(size, 1) - 1);
            long magic = size == 0 ? 0 : ((1L << 32) * ((1L << shift) - size)) / size + 1;
            to.bits((int) magic).bits(shift); // the low 32 bits, unsigned
        }
    }

    /** The whole part of {@code dividend / size}, for a dividend from 0 up. */
    String quotient(String dividend) {
        return wide
                ? "(idx) ((uidx) %s / (uidx) %s)".formatted(dividend, value)
                : "quotient(%s, %s, %s)".formatted(dividend, value + MAGIC, value + SHIFT);
    }
}
