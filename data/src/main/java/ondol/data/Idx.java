package ondol.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;

/**
 * Files in the IDX format, in which MNIST comes (Y. LeCun, C. Cortes, C. Burges, "The MNIST database"): two bytes of 0, the
 * type of the elements, the number of axes, their sizes as 32-bit numbers, and the elements, all big-endian. A name that ends
 * in .gz is unpacked.
 */
public final class Idx {
    private static final int UNSIGNED_BYTE = 0x08;
    private static final int MOST_AXES = 8;

    /** No deflated file is unpacked to more than that many times its size. */
    private static final long MOST_INFLATION = 1032;

    private Idx() {}

    /**
     * Reads a file, as FLOAT32 or INT64; bytes are 0 to 255. The tensor is on the CPU.
     *
     * @param file of elements of any of the format's types
     * @param dtype FLOAT32 or INT64
     * @return the elements, of the shape that the file gives
     * @throws IOException if the file cannot be read, is no such file, or has elements that are not whole for INT64;
     *     the message has its name and the reason
     * @throws IllegalArgumentException for another type
     */
    public static Tensor read(Path file, DType dtype) throws IOException {
        if (dtype != DType.FLOAT32 && dtype != DType.INT64) {
            throw new IllegalArgumentException("Idx.read: as " + dtype + "; give FLOAT32 or INT64");
        }
        return read(file, (in, most) -> {
            Header header = header(file, in, most);
            return dtype == DType.FLOAT32 ? floats(file, in, header) : longs(file, in, header);
        });
    }

    /**
     * {@return the elements of a file of unsigned bytes, row-major, as they stand in it}
     *
     * @param file of elements of type 08
     * @param sizes the sizes that the axes have to have; -1 for any
     * @throws IOException if the file cannot be read, is no such file, or has other axes or elements; the message has
     *     its name and the reason
     */
    public static byte[] readBytes(Path file, long... sizes) throws IOException {
        return read(file, (in, most) -> {
            Header header = header(file, in, most);
            boolean fits = header.code == UNSIGNED_BYTE && header.sizes.length == sizes.length;
            for (int i = 0; fits && i < sizes.length; i++) {
                fits = sizes[i] == -1 || sizes[i] == header.sizes[i];
            }
            if (!fits) {
                throw new IOException(file + " has elements of type " + String.format("%02x", header.code)
                        + " and axes of " + Arrays.toString(header.sizes) + ", not unsigned bytes (08) and axes of "
                        + Arrays.toString(sizes).replace("-1", "any size"));
            }
            byte[] bytes = new byte[header.count];
            in.readFully(bytes);
            end(file, in);
            return bytes;
        });
    }

    /** The reader of an opened file; it has at most so many bytes. */
    private interface Content<T> {
        T read(DataInputStream in, long most) throws IOException;
    }

    private static <T> T read(Path file, Content<T> content) throws IOException {
        boolean packed = file.getFileName().toString().endsWith(".gz");
        long most = packed ? Math.multiplyExact(Files.size(file), MOST_INFLATION) : Files.size(file);
        try (InputStream raw = Files.newInputStream(file);
                InputStream unpacked = packed ? new GZIPInputStream(raw, 1 << 16) : raw;
                DataInputStream in = new DataInputStream(new BufferedInputStream(unpacked, 1 << 16))) {
            return content.read(in, most);
        } catch (EOFException e) {
            throw new IOException(file + " is no whole IDX file: it ends too early", e);
        } catch (ZipException e) {
            throw new IOException(file + " cannot be unpacked: " + e.getMessage(), e);
        }
    }

    /** The header before the elements. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Header(int code, long[] sizes, int count) {}

    private static Header header(Path file, DataInputStream in, long most) throws IOException {
        int magic = in.readInt();
        int axes = magic & 0xff;
        int code = magic >>> 8;
        int width = switch (code) {
            case UNSIGNED_BYTE, 0x09 -> 1;
            case 0x0b -> 2;
            case 0x0c, 0x0d -> 4;
            case 0x0e -> 8;
            default ->
                throw new IOException(file + " is no IDX file: it begins with " + String.format("%08x", magic)
                        + ", not with 00 00, a type of 08 to 0e and a number of axes");
        };
        if (axes > MOST_AXES) {
            throw new IOException(file + " is no IDX file: it has " + axes + " axes, more than " + MOST_AXES);
        }
        long[] sizes = new long[axes];
        long count = 1;
        for (int i = 0; i < axes; i++) {
            sizes[i] = in.readInt() & 0xffffffffL;
            if (sizes[i] > Integer.MAX_VALUE || (sizes[i] > 0 && count > most / width / sizes[i])) {
                throw new IOException(file + " is no whole IDX file: axis " + i + " has " + sizes[i]
                        + " elements, for which the file is too small");
            }
            count *= sizes[i];
        }
        if (count > Integer.MAX_VALUE - 8) {
            throw new IOException(
                    file + " has " + count + " elements; a tensor is read from at most " + (Integer.MAX_VALUE - 8));
        }
        return new Header(code, sizes, (int) count);
    }

    private static Tensor floats(Path file, DataInputStream in, Header header) throws IOException {
        float[] values = new float[header.count];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) element(in, header.code);
        }
        end(file, in);
        return Tensor.tensor(values, Shape.of(header.sizes), Device.CPU);
    }

    private static Tensor longs(Path file, DataInputStream in, Header header) throws IOException {
        long[] values = new long[header.count];
        for (int i = 0; i < values.length; i++) {
            double element = element(in, header.code);
            values[i] = (long) element;
            if (values[i] != element) {
                throw new IOException(file + " has an element " + element + ", which is no INT64; read it as FLOAT32");
            }
        }
        end(file, in);
        return Tensor.tensor(values, Shape.of(header.sizes), Device.CPU);
    }

    private static double element(DataInputStream in, int code) throws IOException {
        return switch (code) {
            case UNSIGNED_BYTE -> in.readUnsignedByte();
            case 0x09 -> in.readByte();
            case 0x0b -> in.readShort();
            case 0x0c -> in.readInt();
            case 0x0d -> in.readFloat();
            default -> in.readDouble();
        };
    }

    private static void end(Path file, DataInputStream in) throws IOException {
        if (in.read() >= 0) {
            throw new IOException(file + " is no whole IDX file: there are bytes behind its last element");
        }
    }
}
