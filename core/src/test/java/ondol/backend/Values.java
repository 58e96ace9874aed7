package ondol.backend;

import static ondol.backend.ScalarProgram.bits;

import java.util.Arrays;
import java.util.Random;
import ondol.kernel.Type;

/** Values to try, as bits: F32 as the float's bits, integers as the value, BOOL as 0 or 1. */
final class Values {
    private static final long[] F32 = floats(
            "0 -0 Infinity -Infinity 0x1.fffffep127 -0x1.fffffep127",
            // NaN, quiet with either sign and signalling
            "#7fc00000 #ffc12345 #7f812345",
            // subnormals, and the normal numbers next to them
            "0x1p-149 -0x1p-149 0x1p-127 0x1.fffffcp-127 -0x1.fffffcp-127 0x1p-126 -0x1p-126 0x1.000002p-126",
            "1 -1 0.5 -0.5 1.5 -2.5 0x1.000002p0 0x1.fffffep-1 3 0.33333334 0.1 3.1415927 -100.7",
            // the edges of integral floats, of int and of long
            "8388607.5 -8388607.5 16777216 16777218",
            "0x1p31 0x1.fffffep30 -0x1p31 -0x1.000002p31 0x1p63 0x1.fffffep62 -0x1p63 -0x1.000002p63",
            "1e-20 -1e20 88.7 -103.9");

    private static final long[] I32 = integers(
            "0 1 -1 2 -2 3 7 -7 31 255 65536 0x7f800000 0x3f800000 1132489760",
            // no floats, or just floats
            "16777215 16777217 -16777217 33554435",
            "0x7fffffff 0x7ffffffe -0x80000000 -0x7fffffff");

    private static final long[] I64 = integers(
            "0 1 -1 2 -2 3 -7 63 16777217 -16777219 0x123456789abcdef",
            "0x7fffffff -0x80000000 0x80000000 0x80000001 -0x80000001 0xffffffff 0x100000000",
            "0x20000000000001 -0x20000000000001",
            "0x7fffffffffffffff 0x7ffffffffffffffe -0x8000000000000000 -0x7fffffffffffffff",
            // Next to the middle of two floats: a detour through double rounds these wrongly.
            "0x4000004000000001 0x400000bfffffffff -0x4000004000000001");

    private static final long[] BOOL = {0, 1};

    /** Factors and addends where a multiply-add rounded twice, even in double, goes wrong. */
    static final long[] FMA = floats(
            "0 -0 NaN Infinity -Infinity 0x1.fffffep127 -0x1.fffffep127 0x1p-149 0x1p-126 1e20",
            "1 -1 0x1.001p0 -0x1.001p0 0x1.000002p0 0x1.fffffep-1 0.1 -3.3",
            "0x1p-80 -0x1p-80 0x1p-75 0x1.8p-75");

    /** Floats as {@link Float#parseFloat} reads them; after # a float's bits. */
    private static long[] floats(String... rows) {
        return Arrays.stream(String.join(" ", rows).split(" "))
                .mapToLong(word ->
                        word.startsWith("#") ? Long.parseLong(word.substring(1), 16) : bits(Float.parseFloat(word)))
                .toArray();
    }

    private static long[] integers(String... rows) {
        return Arrays.stream(String.join(" ", rows).split(" "))
                .mapToLong(Long::decode)
                .toArray();
    }

    private Values() {}

    /** Every value of a type that is special to some operation. */
    static long[] special(Type type) {
        return switch (type) {
            case F32 -> F32.clone();
            case I32 -> I32.clone();
            case I64 -> I64.clone();
            case BOOL -> BOOL.clone();
        };
    }

    /** Values as programs have them: floats about 1, integers below a thousand. */
    static long[] tame(Type type, long count, Random random) {
        long[] values = new long[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = tame(type, random);
        }
        return values;
    }

    private static long tame(Type type, Random random) {
        return switch (type) {
            case F32 -> bits((float) random.nextGaussian());
            case I32, I64 -> random.nextInt(-1000, 1000);
            case BOOL -> random.nextInt(2);
        };
    }

    /** Values from everywhere: special, of any bits, of any size, and many tame ones. */
    static long[] wild(Type type, long count, Random random) {
        long[] special = special(type);
        long[] values = new long[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (random.nextInt(6)) {
                case 0 -> special[random.nextInt(special.length)];
                case 1 -> anyBits(type, random);
                case 2 ->
                    type == Type.F32
                            ? bits((float) random.nextGaussian() * (float) Math.exp(random.nextGaussian() * 10))
                            : anyBits(type, random);
                default -> tame(type, random);
            };
        }
        return values;
    }

    private static long anyBits(Type type, Random random) {
        return switch (type) {
            case F32 -> random.nextInt() & 0xffffffffL;
            case I32 -> random.nextInt();
            case I64 -> random.nextLong();
            case BOOL -> random.nextInt(2);
        };
    }

    /** A value for people: hexadecimal and decimal. */
    static String show(Type type, long bits) {
        return switch (type) {
            case F32 -> String.format("0x%08x (%s)", (int) bits, Float.intBitsToFloat((int) bits));
            case I32 -> String.format("0x%08x (%d)", (int) bits, (int) bits);
            case I64 -> String.format("0x%016x (%d)", bits, bits);
            case BOOL -> String.format("0x%02x (%s)", bits, bits != 0);
        };
    }

    /** Whether two values are the same: their bits, or NaN both. */
    static boolean same(Type type, long a, long b) {
        return a == b
                || type == Type.F32
                        && Float.isNaN(Float.intBitsToFloat((int) a))
                        && Float.isNaN(Float.intBitsToFloat((int) b));
    }
}
