package ondol.backend;

import ondol.kernel.Type;

/** A run of elements in a device's memory, made by {@link Backend#allocate}. */
public interface Buffer {
    /** {@return the elements' type} */
    Type type();

    /** {@return how many elements it holds} */
    long length();

    /** {@return how many bytes it takes} */
    default long bytes() {
        return length() * type().bytes();
    }
}
