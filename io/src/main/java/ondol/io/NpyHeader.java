package ondol.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a .npy file: a mark, a version, and a Python dict of type, order and shape. Source: NumPy
 * Enhancement Proposal 1, and {@code numpy.lib.format}.
 *
 * @param info the elements' type and the array's shape
 * @param order of the bytes of an element
 * @param isFortran whether the first axis is the one along which elements are neighbours
 */
record NpyHeader(TensorInfo info, ByteOrder order, boolean isFortran) {
    /** The mark of the format. */
    static final byte[] MARK = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    /** NumPy itself reads no more than 10,000 of what it does not trust. */
    private static final int MOST_BYTES = 1 << 16;

    /** NumPy leaves room for so many digits, so that an array can grow in the file. */
    private static final int DIGITS = 21;

    private static final int ALIGNMENT = 64;

    /** Reads the header. */
    static NpyHeader read(ByteSource from) throws IOException {
        MemorySegment start = from.next(8, "the mark of a .npy file");
        for (int i = 0; i < MARK.length; i++) {
            if (start.get(ValueLayout.JAVA_BYTE, i) != MARK[i]) {
                throw from.malformed("does not begin as a .npy file");
            }
        }
        int version = start.get(ValueLayout.JAVA_BYTE, 6);
        int minor = start.get(ValueLayout.JAVA_BYTE, 7);
        if (version < 1 || version > 3 || minor != 0) {
            throw from.malformed("is of version " + version + "." + minor + " of .npy; known are 1.0, 2.0 and 3.0");
        }
        long length = version == 1
                ? from.next(2, "the header's length")
                                .get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0)
                        & 0xffff
                : from.next(4, "the header's length")
                                .get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0)
                        & 0xffffffffL;
        if (length > MOST_BYTES) {
            throw from.malformed("the header's length is given as " + length + " bytes, and may be " + MOST_BYTES);
        }
        ByteBuffer bytes = from.next((int) length, "the header").asByteBuffer();
        String text;
        try {
            text = version == 3
                    ? StandardCharsets.UTF_8.newDecoder().decode(bytes).toString()
                    : StandardCharsets.ISO_8859_1.decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw from.malformed("the header is not UTF-8", e);
        }
        return new Parser(from, text).header();
    }

    /** Reads the dict: three keys, each with a value of its own kind. */
    private static final class Parser {
        private final ByteSource from;
        private final String text;
        private int at;

        Parser(ByteSource from, String text) {
            this.from = from;
            this.text = text;
        }

        NpyHeader header() throws TensorFileException {
            String descr = null;
            Boolean isFortran = null;
            long[] shape = null;
            expect('{');
            while (!accept('}')) {
                String key = string();
                expect(':');
                switch (key) {
                    case "descr" -> {
                        refuseTwice(descr, key);
                        if (peek() == '[') {
                            throw from.malformed(
                                    "is an array of records (" + rest() + "); save each field as an array of its own");
                        }
                        descr = string();
                    }
                    case "fortran_order" -> {
                        refuseTwice(isFortran, key);
                        isFortran = truth();
                    }
                    case "shape" -> {
                        refuseTwice(shape, key);
                        shape = sizes();
                    }
                    default -> throw malformed("has the key '" + key + "'");
                }
                if (!accept(',') && peek() != '}') {
                    throw malformed("lacks a comma");
                }
            }
            if (descr == null || isFortran == null || shape == null) {
                throw malformed("lacks descr, fortran_order or shape");
            }
            skip();
            if (at != text.length()) {
                throw malformed("goes on after the dict");
            }
            TensorInfo info = Elements.info(from, "the array", type(descr), shape);
            return new NpyHeader(
                    info, descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN, isFortran);
        }

        private ElementType type(String descr) throws TensorFileException {
            ElementType type = descr.length() < 2 || "<>|=".indexOf(descr.charAt(0)) < 0
                    ? null
                    : switch (descr.substring(1)) {
                        case "b1" -> ElementType.BOOL;
                        case "i1" -> ElementType.I8;
                        case "i2" -> ElementType.I16;
                        case "i4" -> ElementType.I32;
                        case "i8" -> ElementType.I64;
                        case "u1" -> ElementType.U8;
                        case "u2" -> ElementType.U16;
                        case "u4" -> ElementType.U32;
                        case "u8" -> ElementType.U64;
                        case "f2" -> ElementType.F16;
                        case "f4" -> ElementType.F32;
                        case "f8" -> ElementType.F64;
                        case "c8" -> ElementType.C64;
                        case "c16" -> ElementType.C128;
                        default -> null;
                    };
            if (type != null && (descr.charAt(0) != '=' && descr.charAt(0) != '|' || type.bytes() == 1)) {
                return type;
            }
            if (descr.startsWith("O", 1)) {
                throw from.malformed("is an array of Python objects, which stand in it as a pickle, a program that "
                        + "reading would run; save arrays of numbers: a.astype('float32')");
            }
            throw from.malformed("has elements of NumPy's type '" + descr
                    + "', which is no type of numbers that Ondol reads; save it as another: a.astype('float32')");
        }

        private void skip() {
            while (at < text.length() && " \t\r\n\f".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        /** The next character that is no space; 0 at the end. */
        private char peek() {
            skip();
            return at < text.length() ? text.charAt(at) : 0;
        }

        private boolean accept(char c) {
            boolean there = peek() == c;
            at += there ? 1 : 0;
            return there;
        }

        private void expect(char c) throws TensorFileException {
            if (!accept(c)) {
                throw malformed("lacks '" + c + "'");
            }
        }

        private String string() throws TensorFileException {
            char quote = peek();
            int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
            if (end < 0) {
                throw malformed("lacks a string in quotes");
            }
            String string = text.substring(at + 1, end);
            at = end + 1;
            return string;
        }

        private boolean truth() throws TensorFileException {
            for (String word : new String[] {"True", "False"}) {
                if (peek() == word.charAt(0) && text.startsWith(word, at)) {
                    at += word.length();
                    return word.equals("True");
                }
            }
            throw malformed("has neither True nor False for fortran_order");
        }

        private long[] sizes() throws TensorFileException {
            long[] sizes = new long[62];
            int n = 0;
            boolean comma = true;
            expect('(');
            while (!accept(')')) {
                skip();
                int start = at;
                while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                    at++;
                }
                if (at == start || at - start > 18 || n == sizes.length || !comma) {
                    throw malformed("has a shape that is no tuple of at most 62 sizes");
                }
                sizes[n++] = Long.parseLong(text, start, at, 10);
                if (accept('L')) { // as Python 2 wrote it
                    skip();
                }
                comma = accept(',');
            }
            if (n == 1 && !comma) {
                throw malformed("has a number in parentheses for a shape, and not a tuple");
            }
            return Arrays.copyOf(sizes, n);
        }

        private String rest() {
            return text.substring(at, Math.min(text.length(), at + 60)).strip();
        }

        private void refuseTwice(@Nullable Object before, String key) throws TensorFileException {
            if (before != null) {
                throw malformed("has '" + key + "' twice");
            }
        }

        private TensorFileException malformed(String problem) {
            String shown = text.length() <= 200 ? text.strip() : text.substring(0, 200) + "...";
            return from.malformed("the header " + problem + " at character " + at + ": " + shown);
        }
    }

    /** The header of a tensor in row-major order, as NumPy writes it: a multiple of 64 bytes. */
    static byte[] write(TensorInfo info) {
        String descr = switch (info.type()) {
            case F32 -> "<f4";
            case I64 -> "<i8";
            case BOOL -> "|b1";
            default -> throw new AssertionError(info.type());
        };
        long[] sizes = info.shape().toArray();
        String shape = Arrays.stream(sizes).mapToObj(Long::toString).collect(Collectors.joining(", "));
        String dict = String.format(
                Locale.ROOT,
                "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }",
                descr,
                shape,
                sizes.length == 1 ? "," : "");
        int room = sizes.length == 0 ? 0 : DIGITS - Long.toString(sizes[0]).length();
        int least = MARK.length + 4 + dict.length() + room + 1;
        byte[] header = new byte[(least / ALIGNMENT + 1) * ALIGNMENT]; // one more where it fits exactly, as NumPy's
        Arrays.fill(header, (byte) ' ');
        System.arraycopy(MARK, 0, header, 0, MARK.length);
        ByteBuffer.wrap(header)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(6, (byte) 1)
                .put(7, (byte) 0)
                .putShort(8, (short) (header.length - 10))
                .put(10, dict.getBytes(StandardCharsets.ISO_8859_1));
        header[header.length - 1] = '\n';
        return header;
    }
}
