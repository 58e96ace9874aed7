package ondol.kernel;

/** The type of a value inside a kernel, and of a buffer's elements. */
public enum Type {
    /** IEEE-754 binary32. */
    F32(4),
    /** 32-bit two's complement; arithmetic wraps. Used inside expressions for bit manipulation. */
    I32(4),
    /** 64-bit two's complement; arithmetic wraps. */
    I64(8),
    /** True or false; one byte (0 or 1) in memory. */
    BOOL(1);

    private final int bytes;

    Type(int bytes) {
        this.bytes = bytes;
    }

    /** {@return the size of one element in memory, in bytes} */
    public int bytes() {
        return bytes;
    }

    /** {@return whether this is an integer type} */
    public boolean isInteger() {
        return this == I32 || this == I64;
    }
}
