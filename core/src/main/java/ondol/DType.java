package ondol;

import java.util.Objects;
import ondol.kernel.Type;

/** The type of a tensor's elements. */
public enum DType {
    /** True or false. */
    BOOL(Type.BOOL),
    /** 64-bit signed integers: indices and labels. Arithmetic wraps. */
    INT64(Type.I64),
    /** IEEE-754 binary32: the type of everything that has a gradient. */
    FLOAT32(Type.F32);

    private final Type type;

    DType(Type type) {
        this.type = type;
    }

    /** {@return the type inside kernels and buffers} */
    public Type type() {
        return type;
    }

    /** {@return the size of one element, in bytes} */
    public int bytes() {
        return type.bytes();
    }

    /** {@return whether elements are floating-point numbers} */
    public boolean isFloatingPoint() {
        return this == FLOAT32;
    }

    /**
     * {@return the type that an operation on both has: BOOL gives way to INT64, and INT64 to FLOAT32 (PyTorch's promotion)}
     *
     * @param a one operand's type
     * @param b the other operand's type
     */
    public static DType promote(DType a, DType b) {
        Objects.requireNonNull(a, "DType.promote: the first type is null; give one");
        Objects.requireNonNull(b, "DType.promote: the second type is null; give one");
        return a.ordinal() >= b.ordinal() ? a : b;
    }

    static DType of(Type type) {
        return switch (type) {
            case F32 -> FLOAT32;
            case I64 -> INT64;
            case BOOL -> BOOL;
            case I32 -> throw new IllegalArgumentException("no tensor has elements of type I32");
        };
    }
}
