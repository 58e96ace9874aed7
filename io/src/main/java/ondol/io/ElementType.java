package ondol.io;

import java.util.HashMap;
import java.util.Map;
import ondol.DType;
import org.jspecify.annotations.Nullable;

/**
 * The types of elements that files have, under safetensors' names, and what becomes of them:
 *
 * <table>
 * <caption>What becomes of each type</caption>
 * <tr><th>in the file</th><th>in Ondol</th></tr>
 * <tr><td>{@code F32}</td><td>FLOAT32, the same bits</td></tr>
 * <tr><td>{@code F16}, {@code BF16}</td><td>FLOAT32, which holds each of their numbers</td></tr>
 * <tr><td>{@code F64}</td><td>FLOAT32, rounded to nearest, but only if {@link LoadOptions#roundFloat64} says so; else
 * refused</td></tr>
 * <tr><td>{@code I64}</td><td>INT64, the same</td></tr>
 * <tr><td>{@code I8}, {@code U8}, {@code I16}, {@code U16}, {@code I32}, {@code U32}</td><td>INT64, which holds each of
 * their numbers</td></tr>
 * <tr><td>{@code BOOL}</td><td>BOOL; every byte but 0 is true</td></tr>
 * <tr><td>{@code U64}</td><td>refused: INT64 does not hold its upper half</td></tr>
 * <tr><td>{@code F8_E4M3}, {@code F8_E5M2}, {@code F8_E8M0}, {@code F8_E4M3FNUZ}, {@code F8_E5M2FNUZ}, {@code F6_E2M3},
 * {@code F6_E3M2}, {@code F4}</td><td>refused: quantized weights mean something only with scales that are stored
 * elsewhere</td></tr>
 * <tr><td>{@code C64}, {@code C128}</td><td>refused: Ondol has no complex numbers</td></tr>
 * </table>
 *
 * <p>Ondol writes {@code F32}, {@code I64} and {@code BOOL}.
 */
public enum ElementType {
    /** Truth values, a byte each. */
    BOOL(8, DType.BOOL),
    /** 4-bit floating point, two in a byte. */
    F4(4, null),
    /** 6-bit floating point, 2 bits of exponent. */
    F6_E2M3(6, null),
    /** 6-bit floating point, 3 bits of exponent. */
    F6_E3M2(6, null),
    /** Unsigned bytes. */
    U8(8, DType.INT64),
    /** Signed bytes. */
    I8(8, DType.INT64),
    /** 8-bit floating point, 5 bits of exponent. */
    F8_E5M2(8, null),
    /** 8-bit floating point, 4 bits of exponent. */
    F8_E4M3(8, null),
    /** 8-bit powers of two, for scales. */
    F8_E8M0(8, null),
    /** 8-bit floating point, 4 bits of exponent, neither infinities nor -0. */
    F8_E4M3FNUZ(8, null),
    /** 8-bit floating point, 5 bits of exponent, neither infinities nor -0. */
    F8_E5M2FNUZ(8, null),
    /** 16-bit signed integers. */
    I16(16, DType.INT64),
    /** 16-bit unsigned integers. */
    U16(16, DType.INT64),
    /** IEEE-754 binary16. */
    F16(16, DType.FLOAT32),
    /** bfloat16: the upper half of a binary32. */
    BF16(16, DType.FLOAT32),
    /** 32-bit signed integers. */
    I32(32, DType.INT64),
    /** 32-bit unsigned integers. */
    U32(32, DType.INT64),
    /** IEEE-754 binary32. */
    F32(32, DType.FLOAT32),
    /** Two binary32: a complex number. */
    C64(64, null),
    /** IEEE-754 binary64. */
    F64(64, DType.FLOAT32),
    /** 64-bit signed integers. */
    I64(64, DType.INT64),
    /** 64-bit unsigned integers. */
    U64(64, null),
    /** Two binary64: a complex number. Not in safetensors. */
    C128(128, null);

    private static final Map<String, ElementType> NAMES = new HashMap<>();

    static {
        for (ElementType type : values()) {
            NAMES.put(type.name(), type);
        }
    }

    private final int bits;
    private final @Nullable DType dtype;

    ElementType(int bits, @Nullable DType dtype) {
        this.bits = bits;
        this.dtype = dtype;
    }

    /** The type of that name; null if there is none. */
    static @Nullable ElementType named(String name) {
        return NAMES.get(name);
    }

    /** The type as which a tensor's elements are written. */
    static ElementType of(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> F32;
            case INT64 -> I64;
            case BOOL -> BOOL;
        };
    }

    /** {@return the size of one element, in bits; below 8 for packed types} */
    public int bits() {
        return bits;
    }

    /** {@return the type that elements get in Ondol; null if they are refused} */
    public @Nullable DType dtype() {
        return dtype;
    }

    /** Bytes of one element that is read: types of broken bytes are refused before. */
    int bytes() {
        return bits / 8;
    }

    /** Why a type is refused, and what to do, as the end of a sentence that names it. */
    String refusal() {
        return switch (this) {
            case F64 ->
                "FLOAT32 does not hold every F64; LoadOptions.roundFloat64(true) rounds them, as does ondol convert "
                        + "--round-float64";
            case U64 -> "INT64 does not hold the upper half of U64; convert it to a signed type before saving";
            case C64, C128 -> "there are no complex numbers in Ondol; save real and imaginary parts as two tensors";
            default ->
                "these are quantized weights, which mean something only with their scales; save them as F16, BF16 or F32";
        };
    }
}
