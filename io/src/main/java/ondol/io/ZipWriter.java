package ondol.io;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a zip archive whose entries are stored as they are, without compression. */
final class ZipWriter implements AutoCloseable {
    /** The content of an entry; it is asked for twice, because the checksum stands in front. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** The same for every archive, so that the same tensors make the same file; not the first day zip knows, which Java
     * writes down in the time zone of the machine. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

    /** The header in front of an entry's name. */
    private static final int HEADER = 30;

    /** A number and a length, in front of an extra field. */
    private static final int FIELD = 4;

    private final Counting out;
    private final ZipOutputStream zip;

    ZipWriter(OutputStream to) {
        this.out = new Counting(to);
        this.zip = new ZipOutputStream(out);
        zip.setMethod(ZipOutputStream.STORED);
    }

    /**
     * Adds an entry.
     *
     * @param alignment of the content in the file, by a field "FB" such as PyTorch's; 1 for none
     */
    void add(String name, int alignment, Content content) throws IOException {
        Sum sum = new Sum();
        content.writeTo(sum);
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(TIME);
        entry.setSize(sum.size);
        entry.setCrc(sum.crc.getValue());
        if (alignment > 1) {
            entry.setExtra(padding(name, alignment));
        }
        zip.putNextEntry(entry);
        content.writeTo(zip);
        zip.closeEntry();
    }

    private byte[] padding(String name, int alignment) {
        long start = out.count + HEADER + name.getBytes(StandardCharsets.UTF_8).length + FIELD;
        int length = (int) (-start & (alignment - 1));
        byte[] field = new byte[FIELD + length];
        field[0] = 'F';
        field[1] = 'B';
        field[2] = (byte) length;
        return field;
    }

    /** Writes the table of contents. What is under it stays open. */
    @Override
    public void close() throws IOException {
        zip.finish();
        zip.flush();
    }

    private static final class Sum extends OutputStream {
        final CRC32 crc = new CRC32();
        long size;

        @Override
        public void write(int b) {
            crc.update(b);
            size++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
            size += length;
        }
    }

    private static final class Counting extends FilterOutputStream {
        long count;

        Counting(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            count++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            count += length;
        }
    }
}
