package ondol.backend.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Lets JCuda load its native libraries. */
final class JCudaNatives {
    private JCudaNatives() {}

    /**
     * Lets JCuda load a library.
     *
     * @param first the first use of the JCuda class that loads it
     * @throws LinkageError if JCuda has no library for this machine, or this machine not what that library needs
     */
    static synchronized void load(Runnable first) {
        // JCuda unpacks its libraries into the temporary folder under fixed names: another user's file may be there.
        String temporary = System.getProperty("java.io.tmpdir");
        Path own = null;
        try {
            own = Files.createTempDirectory("ondol-cuda");
            System.setProperty("java.io.tmpdir", own.toString());
            first.run();
        } catch (IOException e) {
            throw new UnsatisfiedLinkError("cannot make a folder in " + temporary + ": " + e.getMessage());
        } finally {
            if (temporary != null) {
                System.setProperty("java.io.tmpdir", temporary);
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
