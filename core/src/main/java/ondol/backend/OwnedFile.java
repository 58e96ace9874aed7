package ondol.backend;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/**
 * A file of this process, which others can tell from what a dead process left: it is locked until it is closed or the process
 * ends, in whatever way. Whoever can lock such a file may delete it, and what belongs to it. Where a file system has no locks,
 * nothing is ever taken for left.
 */
public final class OwnedFile implements Closeable {
    /** The action for the things that belong to a file that was left. */
    public interface Belongings {
        /**
         * Deletes it.
         *
         * @param file the file
         * @throws IOException if that cannot be done now: the file stays too
         */
        void delete(Path file) throws IOException;
    }

    private static final int ATTEMPTS = 100;

    /** Marks this process's files. To open one once more would give its lock up, as POSIX has it. */
    private static final String OWNER = owner();

    private final Path path;
    private final FileChannel channel;

    private OwnedFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    private static String owner() {
        ProcessHandle self = ProcessHandle.current();
        long start = self.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return self.pid() + "-" + Long.toHexString(start);
    }

    /**
     * Makes a file that nobody else has.
     *
     * @param folder where
     * @param kind how its name begins
     * @param ending how its name ends
     * @return the file, empty and owned by this process
     * @throws IOException if the folder cannot be made or written to
     */
    public static OwnedFile create(Path folder, String kind, String ending) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Path path = Files.createTempFile(folder, beginning(kind) + OWNER + "-", ending);
            try {
                OwnedFile file = new OwnedFile(path, FileChannel.open(path, StandardOpenOption.WRITE));
                if (file.lock()) {
                    return file;
                }
                file.close();
            } catch (NoSuchFileException e) {
                // As below: before it was locked, it looked like one that was left.
            }
        }
        throw new IOException("a new file in " + folder + " is deleted at once, each time");
    }

    private static String beginning(String kind) {
        return kind + "-";
    }

    /** Locks it; false if another process took it for one that was left before it was. */
    private boolean lock() {
        try {
            return channel.tryLock() != null && Files.exists(path);
        } catch (IOException e) {
            return true; // there are no locks here, for others neither
        }
    }

    /** {@return where the file is} */
    public Path path() {
        return path;
    }

    /**
     * Appends bytes to the file.
     *
     * @param bytes what to append
     * @throws IOException if it cannot be written
     */
    public void write(byte[] bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    /** Deletes it, unless it was moved meanwhile. */
    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(path);
        }
    }

    /**
     * Deletes the files that dead processes left, as far as that can be done: the rest is for the next time.
     *
     * @param folder where {@link #create} made them
     * @param kind how their names begin
     * @param ending how their names end
     * @param belongings deletes what belongs to one, before the file itself
     */
    public static void deleteLeft(Path folder, String kind, String ending, Belongings belongings) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (var files = Files.newDirectoryStream(folder, file -> isOthers(file, kind, ending))) {
            for (Path file : files) {
                deleteIfLeft(file, belongings);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // A folder that cannot be read has nothing that could be deleted.
        }
    }

    private static boolean isOthers(Path file, String kind, String ending) {
        String name = file.getFileName().toString();
        return name.startsWith(beginning(kind))
                && name.endsWith(ending)
                && !name.startsWith(beginning(kind) + OWNER + "-")
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    private static void deleteIfLeft(Path file, Belongings belongings) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            if (channel.tryLock() != null) {
                belongings.delete(file);
                Files.deleteIfExists(file);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // Another user's, or somebody else is deleting it.
        }
    }
}
