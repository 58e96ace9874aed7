package ondol.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages bytes as bad luck or bad will would. */
final class Mutations {
    private static final long[] NUMBERS = {
        0,
        1,
        2,
        -1,
        127,
        128,
        255,
        256,
        65535,
        65536,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 32,
        100_000_000,
        100_000_001,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        1L << 61,
        (1L << 62) + 1,
        4096
    };
    private static final String[] WORDS = {
        "-1",
        "0",
        "1",
        "7",
        "18446744073709551615",
        "9223372036854775807",
        "4611686018427387904",
        "99999999999",
        "1e3",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "\"",
        "'",
        ",",
        "null",
        "F64",
        "U8",
        "<i8",
        "|O",
        "True"
    };

    private final Random random;

    Mutations(Random random) {
        this.random = random;
    }

    /** One to four damages, of which most leave the length. */
    byte[] of(byte[] seed, List<byte[]> others) {
        byte[] bytes = seed.clone();
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            bytes = bytes.length < 2 ? seed.clone() : one(bytes, others);
        }
        return bytes;
    }

    private byte[] one(byte[] bytes, List<byte[]> others) {
        int at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, 200));
        switch (random.nextInt(10)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> {
                if (at + 4 <= bytes.length) {
                    little(bytes).putInt(at, (int) number());
                }
            }
            case 3 -> {
                if (at + 8 <= bytes.length) {
                    little(bytes).putLong(at, number());
                }
            }
            case 4 -> {
                return Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            case 5 -> {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(16));
                return joined(bytes, 0, at, bytes, end, bytes.length, new byte[0]);
            }
            case 6 -> {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(64));
                return joined(bytes, 0, end, bytes, at, bytes.length, new byte[0]); // a part twice
            }
            case 7 -> {
                byte[] other = others.get(random.nextInt(others.size()));
                return joined(bytes, 0, at, other, Math.min(at, other.length), other.length, new byte[0]);
            }
            default -> {
                return worded(bytes, at);
            }
        }
        return bytes;
    }

    private long number() {
        return NUMBERS[random.nextInt(NUMBERS.length)];
    }

    /** The next digits, or one character, give way to a word. */
    private byte[] worded(byte[] bytes, int from) {
        int at = from;
        while (at < bytes.length - 1 && (bytes[at] < '0' || bytes[at] > '9')) {
            at++;
        }
        int end = at + 1;
        while (end < bytes.length && bytes[end] >= '0' && bytes[end] <= '9') {
            end++;
        }
        byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.US_ASCII);
        return joined(bytes, 0, at, bytes, end, bytes.length, word);
    }

    private static byte[] joined(byte[] a, int aStart, int aEnd, byte[] b, int bStart, int bEnd, byte[] between) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(a, aStart, aEnd - aStart);
        out.writeBytes(between);
        out.write(b, bStart, bEnd - bStart);
        return out.toByteArray();
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
