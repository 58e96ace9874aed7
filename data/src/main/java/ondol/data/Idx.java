package ondol.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
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
    private static final int MOST_AXES = 8;

    /** No deflated file is unpacked to more than that many times its size. */
    private static final long MOST_INFLATION = 1032;

    private Idx() {}

    /**
     * Reads a file, as FLOAT32 or INT64; bytes are 0 to 255. The tensor is on the CPU.
     *
     * @throws IOException if the file cannot be read, or is no such file; the message has its name and what is wrong
     * @throws IllegalArgumentException for another type
     */
    public static Tensor read(Path file, DType dtype) throws IOException {
        if (dtype != DType.FLOAT32 && dtype != DType.INT64) {
            throw new IllegalArgumentException("Idx.read: as " + dtype + "; give FLOAT32 or INT64");
        }
        boolean packed = file.getFileName().toString().endsWith(".gz");
        long most = packed ? Math.multiplyExact(Files.size(file), MOST_INFLATION) : Files.size(file);
        try (InputStream raw = Files.newInputStream(file);
                InputStream unpacked = packed ? new GZIPInputStream(raw, 1 << 16) : raw;
                DataInputStream in = new DataInputStream(new BufferedInputStream(unpacked, 1 << 16))) {
            return read(file, in, most, dtype);
        } catch (EOFException e) {
            throw new IOException(file + " is no whole IDX file: it ends too early", e);
        }
    }

    private static Tensor read(Path file, DataInputStream in, long most, DType dtype) throws IOException {
        int magic = in.readInt();
        int axes = magic & 0xff;
        int code = magic >>> 8;
        int width = switch (code) {
            case 0x08, 0x09 -> 1;
            case 0x0b -> 2;
            case 0x0c, 0x0d -> 4;
            case 0x0e -> 8;
            default ->
                throw new IOException(file + " is no IDX file: it begins with "
                        + String.format("%08x", magic) + ", not with 00 00, a type of 08 to 0e and a number of axes");
        };
        if (axes > MOST_AXES) {
            throw new IOException(file + " is no IDX file: it has " + axes + " axes, more than " + MOST_AXES);
        }
        long[] sizes = new long[axes];
        long count = 1;
        for (int i = 0; i < axes; i++) {
            sizes[i] = in.readInt() & 0xffffffffL;
            if (sizes[i] > Integer.MAX_VALUE || (count *= sizes[i]) > most / width) {
                throw new IOException(file + " is no whole IDX file: axis " + i + " has " + sizes[i]
                        + " elements, for which the file is too small");
            }
        }
        if (count > Integer.MAX_VALUE - 8) {
            throw new IOException(file + " has " + count + " elements; a tensor is read from at most "
                    + (Integer.MAX_VALUE - 8));
        }
        if (dtype == DType.FLOAT32) {
            float[] values = new float[(int) count];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) element(in, code);
            }
            end(file, in);
            return Tensor.tensor(values, Shape.of(sizes)).to(Device.CPU);
        }
        long[] values = new long[(int) count];
        for (int i = 0; i < values.length; i++) {
            double element = element(in, code);
            values[i] = (long) element;
            if (values[i] != element) {
                throw new IOException(file + " has an element " + element + ", which is no INT64; read it as FLOAT32");
            }
        }
        end(file, in);
        return Tensor.tensor(values).reshape(sizes).to(Device.CPU);
    }

    private static double element(DataInputStream in, int code) throws IOException {
        return switch (code) {
            case 0x08 -> in.readUnsignedByte();
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
