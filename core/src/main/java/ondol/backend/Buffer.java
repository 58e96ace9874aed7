package ondol.backend;

import ondol.kernel.Type;

/** A run of elements in a device's memory, made by {@link Backend#allocate}. */
public interface Buffer {
    /** The elements' type. */
    Type type();

    /** How many elements it holds. */
    long length();

    /** How many bytes it takes. */
    default long bytes() {
        return length() * type().bytes();
    }
}
