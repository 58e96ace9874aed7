package ondol.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The bytes of a file, or of an entry of an archive, from front to back. */
abstract class ByteSource {
    private final Path file;
    private final String name;
    private final long size;
    private long position;

    /**
     * Bytes that will be read once.
     *
     * @param name what messages call them; empty for the file itself
     * @param size how many there are
     */
    ByteSource(Path file, String name, long size) {
        this.file = file;
        this.name = name;
        this.size = size;
    }

    /** Bytes in memory, such as a mapped file. */
    static ByteSource of(Path file, String name, MemorySegment bytes) {
        return new ByteSource(file, name, bytes.byteSize()) {
            @Override
            MemorySegment read(long start, int n) {
                return bytes.asSlice(start, n);
            }
        };
    }

    /** Bytes from where the last ones ended. */
    abstract MemorySegment read(long start, int n) throws IOException;

    /**
     * The next bytes, which are there until more are asked for.
     *
     * @param what they are, for the message that they are not there
     * @throws TensorFileException if there are fewer
     */
    MemorySegment next(int n, String what) throws IOException {
        if (n > remaining()) {
            throw malformed("ends inside of " + what + ", which needs " + n + " bytes at byte " + position + " of "
                    + size + "; it is cut short");
        }
        MemorySegment bytes = read(position, n);
        position += n;
        return bytes;
    }

    /** How many bytes have not been read. */
    long remaining() {
        return size - position;
    }

    /** That something is wrong with these bytes. */
    TensorFileException malformed(String problem) {
        return new TensorFileException(file, name.isEmpty() ? problem : name + ": " + problem);
    }

    /** That something is wrong with these bytes. */
    TensorFileException malformed(String problem, Throwable cause) {
        TensorFileException e = malformed(problem);
        e.initCause(cause);
        return e;
    }
}
