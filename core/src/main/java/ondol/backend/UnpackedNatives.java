package ondol.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Lets libraries load that unpack their native part into the temporary folder under a fixed name, as JOCL and JCuda do:
 * another user's file may be there.
 */
public final class UnpackedNatives {
    private static final String PROPERTY = "java.io.tmpdir";

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
        Path own = null;
        try {
            own = Files.createTempDirectory(folder);
            System.setProperty(PROPERTY, own.toString());
            first.run();
        } catch (IOException e) {
            throw new UnsatisfiedLinkError("cannot make a folder in " + temporary + ": " + e.getMessage());
        } finally {
            if (temporary != null) {
                System.setProperty(PROPERTY, temporary);
            }
            if (own != null) {
                deleteAtExit(own);
            }
        }
    }

    private static void deleteAtExit(Path folder) {
        folder.toFile().deleteOnExit();
        try (var files = Files.list(folder)) {
            files.forEach(f -> f.toFile().deleteOnExit());
        } catch (IOException e) {
            // A file left in the temporary folder harms nobody.
        }
    }
}
