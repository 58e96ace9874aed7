package ondol.backend;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets libraries load that unpack their native part into the temporary folder under a fixed name, as JOCL and JCuda do:
 * another user's file may be there. Each gets a folder of its own. It is deleted when the process ends; if that cannot be, because
 * the process was killed or the system does not delete a library in use, the next process deletes it.
 */
public final class UnpackedNatives {
    private static final String PROPERTY = "java.io.tmpdir";
    private static final String LOCK = ".lock";

    /** The folders of this process, and beside each the file that says that it is in use. */
    private static final Map<Path, OwnedFile> FOLDERS = new LinkedHashMap<>();

    private UnpackedNatives() {}

    /**
     * Lets a library load from a temporary folder of its own. One at a time: the folder is a property of the whole process.
     *
     * @param folder how the folder's name begins
     * @param first the first use of the class that loads the native part
     * @throws LinkageError if there is no native part for this machine, or this machine has not what it needs
     */
    public static synchronized void load(String folder, Runnable first) {
        PinnedArrays.warn(); // the libraries that come here do
        String temporary = System.getProperty(PROPERTY);
        try {
            Path own = create(Path.of(temporary == null ? "." : temporary), folder);
            System.setProperty(PROPERTY, own.toString());
            first.run();
        } catch (IOException | InvalidPathException e) {
            throw new UnsatisfiedLinkError("cannot make a folder in " + temporary + ": " + e.getMessage());
        } finally {
            if (temporary != null) {
                System.setProperty(PROPERTY, temporary);
            }
        }
    }

    private static Path create(Path temporary, String kind) throws IOException {
        OwnedFile lock = OwnedFile.create(temporary, kind, LOCK);
        var owner = Files.getOwner(lock.path());
        OwnedFile.deleteLeft(temporary, kind, LOCK, file -> {
            Path folder = beside(file);
            for (Path path : new Path[] {file, folder}) {
                if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                        && !Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).equals(owner)) {
                    throw new IOException(path + " is another user's");
                }
            }
            delete(folder);
        });
        try {
            Path own = Files.createDirectory(beside(lock.path()), forNobodyElse());
            deleteAtExit(own, lock);
            return own;
        } catch (IOException e) {
            lock.close();
            throw e;
        }
    }

    private static Path beside(Path lock) {
        String name = lock.getFileName().toString();
        return lock.resolveSibling(name.substring(0, name.length() - LOCK.length()));
    }

    private static FileAttribute<?>[] forNobodyElse() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    private static void deleteAtExit(Path folder, OwnedFile lock) {
        boolean isFirst = FOLDERS.isEmpty();
        FOLDERS.put(folder, lock);
        if (isFirst) {
            try {
                Runtime.getRuntime().addShutdownHook(new Thread(UnpackedNatives::deleteAll, "ondol-natives"));
            } catch (IllegalStateException e) {
                // The process is ending already: what it leaves is for the next one.
            }
        }
    }

    private static synchronized void deleteAll() {
        FOLDERS.forEach((folder, lock) -> {
            try {
                delete(folder);
                lock.close();
            } catch (IOException e) {
                // In use. The lock stays until the process has ended, and lets the next one delete both.
            }
        });
    }

    /** Deletes a folder and all that is in it; what somebody else deletes meanwhile is deleted too. */
    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
