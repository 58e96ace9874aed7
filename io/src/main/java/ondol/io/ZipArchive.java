package ondol.io;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A zip archive of which nothing is believed: an entry may be no longer than what compression can make of its bytes, all that
 * is read of an archive is bounded by its size, and checksums are checked.
 */
final class ZipArchive implements AutoCloseable {
    /** Deflate makes at most so many bytes of one. */
    private static final long MOST_BY_DEFLATE = 1032;

    /** How much more than the file's size may be read of an archive, in times of it and in bytes. */
    private static final long MOST_GROWTH = 32;

    private static final long ALWAYS_ALLOWED = 64L << 20;

    private final Path path;
    private final ZipFile zip;
    private final Map<String, ZipEntry> entries = new LinkedHashMap<>();
    private final long size;
    private final long bound;
    private long used;

    private ZipArchive(Path path, ZipFile zip) throws IOException {
        this.path = path;
        this.zip = zip;
        this.size = Files.size(path);
        this.bound = ALWAYS_ALLOWED + MOST_GROWTH * size;
        for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
            ZipEntry entry = all.nextElement();
            if (entries.put(entry.getName(), entry) != null) {
                throw new TensorFileException(path, "the archive has two entries '" + entry.getName() + "'");
            }
        }
    }

    static ZipArchive open(Path path) throws IOException {
        ZipFile zip;
        try {
            zip = new ZipFile(path.toFile());
        } catch (ZipException | EOFException e) {
            String reason = e.getMessage() == null ? "" : ": " + e.getMessage();
            throw new TensorFileException(
                    path, "is no zip archive that can be read" + reason + "; it is cut short or damaged", e);
        }
        try {
            return new ZipArchive(path, zip);
        } catch (IOException | RuntimeException | Error e) {
            zip.close();
            throw e;
        }
    }

    /** The entries' names, in the archive's order, without folders. */
    List<String> names() {
        List<String> names = new ArrayList<>(entries.keySet());
        names.removeIf(name -> name.endsWith("/"));
        return names;
    }

    boolean has(String name) {
        return entries.containsKey(name);
    }

    /** How long an entry says to be. */
    long size(String name) throws TensorFileException {
        return entry(name).getSize();
    }

    private ZipEntry entry(String name) throws TensorFileException {
        ZipEntry entry = entries.get(name);
        if (entry == null) {
            throw new TensorFileException(
                    path, "the archive has no entry '" + name + "'; there are " + Names.of(entries.keySet()));
        }
        return entry;
    }

    /** An entry's bytes. The checksum is checked with the last of them. Before they are kept, {@link #charge} them. */
    Entry read(String name) throws IOException {
        ZipEntry entry = entry(name);
        long bytes = entry.getSize();
        long stored = entry.getCompressedSize();
        boolean possible = entry.getMethod() == ZipEntry.STORED ? bytes == stored : bytes <= stored * MOST_BY_DEFLATE;
        if (bytes < 0 || stored > size || !possible) {
            throw new TensorFileException(
                    path,
                    "entry '" + name + "' is said to have " + bytes + " bytes, made of " + stored
                            + ", which cannot be in an archive of " + size + "; it is cut short or damaged");
        }
        try {
            return new Entry(path, name, bytes, entry.getCrc(), zip.getInputStream(entry));
        } catch (ZipException | EOFException e) {
            throw damaged(path, name, e);
        }
    }

    /**
     * Counts memory that an entry is about to take.
     *
     * @throws TensorFileException if it is more than an archive of this size may take
     */
    void charge(String name, long bytes) throws TensorFileException {
        if (bytes > bound - used) {
            throw new TensorFileException(
                    path,
                    "entry '" + name + "' is refused, because the archive would take more than " + bound
                            + " bytes of memory, 64 MB and 32 times its size; save it without compression");
        }
        used += bytes;
    }

    private static TensorFileException damaged(Path path, String name, IOException e) {
        return new TensorFileException(path, "entry '" + name + "' is damaged: " + e.getMessage(), e);
    }

    /** An entry's bytes. */
    static final class Entry extends ByteSource implements AutoCloseable {
        private final Path path;
        private final String name;
        private final long crc;
        private final InputStream in;
        private final CRC32 sum = new CRC32();

        Entry(Path path, String name, long size, long crc, InputStream in) {
            super(path, name, size);
            this.path = path;
            this.name = name;
            this.crc = crc;
            this.in = in;
        }

        @Override
        MemorySegment read(long start, int n) throws IOException {
            byte[] bytes;
            try {
                bytes = in.readNBytes(n);
            } catch (IOException e) {
                throw damaged(path, name, e);
            }
            if (bytes.length != n) {
                throw malformed("has only " + (start + bytes.length) + " bytes; the archive is damaged");
            }
            sum.update(bytes);
            if (remaining() == n && sum.getValue() != crc) {
                throw malformed("the bytes do not have the checksum that they were saved with; the file is damaged");
            }
            return MemorySegment.ofArray(bytes);
        }

        /** All that has not been read. */
        byte[] rest() throws IOException {
            if (remaining() > Integer.MAX_VALUE - 8) {
                throw malformed("has " + remaining() + " bytes, too many for this");
            }
            return (byte[]) next((int) remaining(), "it").heapBase().orElseThrow();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
