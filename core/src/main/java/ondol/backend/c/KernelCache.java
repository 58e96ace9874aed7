package ondol.backend.c;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import ondol.backend.Log;
import ondol.backend.OwnedFile;
import ondol.backend.Settings;
import org.jspecify.annotations.Nullable;

/**
 * Compiled kernels in files of the user's cache folder. A file's name is a hash of the device, its driver, the options and
 * the text; its content begins with a hash of that name and the rest, so that a damaged or exchanged file is noticed. Whatever is wrong with a file, it
 * is as if there were none.
 */
public final class KernelCache {
    private static final System.Logger LOG = Log.of("ondol.kernels");
    private static final int HASH = 32;

    /** How the name of a file that is being written begins and ends. */
    private static final String PART = "new";

    private static final String PART_ENDING = ".part";

    private final @Nullable Path folder;
    private final String device;
    private boolean writes;

    /**
     * Deletes the files that a process did not finish before it died.
     *
     * @param folder where the files are; made when the first is written. Null keeps nothing
     * @param device everything by which devices and drivers differ
     */
    public KernelCache(@Nullable Path folder, String device) {
        this.folder = folder;
        writes = folder != null;
        this.device = device;
        if (folder != null) {
            OwnedFile.deleteLeft(folder, PART, PART_ENDING, _ -> {});
        }
    }

    /**
     * Finds the folder where a backend's compiled kernels are kept from run to run: {@code -Dondol.cache}, none if that is
     * {@code none}, or one in the user's cache folder.
     *
     * @param backend the backend's name
     * @return the folder, or null for none
     * @throws IllegalArgumentException if {@code -Dondol.cache} is neither
     */
    public static @Nullable Path userFolder(String backend) {
        String setting = Settings.cache();
        if (setting != null) {
            return setting.equals("none") ? null : Path.of(setting, backend);
        }
        String windows = System.getenv("LOCALAPPDATA");
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path home = windows != null
                ? Path.of(windows)
                : xdg != null && !xdg.isEmpty()
                        ? Path.of(xdg)
                        : Path.of(System.getProperty("user.home", "."), ".cache");
        return home.resolve("ondol").resolve(backend);
    }

    /**
     * Makes the name under which a kernel is kept.
     *
     * @param text a kernel's text
     * @param options what else it depends on
     * @return the name, a hash
     */
    public String key(String text, String options) {
        return HexFormat.of().formatHex(hash(device + "\n" + options + "\n" + text, new byte[0]));
    }

    private static byte[] hash(String text, byte[] bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            return digest.digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /**
     * {@return what was written under this name; null if there is nothing that can be trusted}
     *
     * @param key the name that {@link #key} gave
     */
    public byte @Nullable [] read(String key) {
        if (folder == null) {
            return null;
        }
        try {
            byte[] file = Files.readAllBytes(folder.resolve(name(key)));
            if (file.length <= HASH) {
                return null;
            }
            byte[] content = Arrays.copyOfRange(file, HASH, file.length);
            return Arrays.equals(hash(key, content), Arrays.copyOf(file, HASH)) ? content : null;
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Keeps something under this name. A folder that cannot be written to costs time, nothing else.
     *
     * @param key the name that {@link #key} gave
     * @param content the kernel
     */
    public void write(String key, byte[] content) {
        boolean interrupted = Thread.interrupted(); // with the flag up, a channel closes itself
        boolean before = writes;
        try {
            writeNow(key, content);
        } finally {
            if (Thread.interrupted()) { // meanwhile: what failed for it says nothing of the folder
                interrupted = true;
                writes = before;
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void writeNow(String key, byte[] content) {
        if (!writes || folder == null) {
            return;
        }
        try {
            Files.createDirectories(folder);
            // Under another name first: nobody ever sees half a file.
            try (OwnedFile part = OwnedFile.create(folder, PART, PART_ENDING)) {
                part.write(hash(key, content));
                part.write(content);
                Files.move(part.path(), folder.resolve(name(key)), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            writes = false;
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "compiled kernels are not kept: cannot write to {0}: {1}",
                    folder,
                    e.getMessage());
        }
    }

    /** {@return whether there is any use in writing} */
    public boolean writes() {
        return writes;
    }

    private static String name(String key) {
        return key + ".bin";
    }
}
