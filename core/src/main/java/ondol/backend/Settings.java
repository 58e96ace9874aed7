package ondol.backend;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The settings that are system properties of more than one backend. A value that means nothing is an
 * {@link IllegalArgumentException} as soon as a device is opened, whether or not that device would use it: a setting that
 * is passed over in silence is a setting that one believes in.
 */
public final class Settings {
    private static final String MATMUL = "ondol.matmul";
    private static final String CACHE = "ondol.cache";
    private static final String DUMP = "ondol.dumpKernels";
    private static final String POISON = "ondol.debug.poison";
    private static final String LOG = "ondol.log";

    private Settings() {}

    /**
     * Looks at all of them.
     *
     * @throws IllegalArgumentException if one means nothing; the message names the property, the value and what may be there
     */
    public static void check() {
        matmul();
        cache();
        dumpKernels();
        poison();
        log();
    }

    /** {@return the setting {@code -Dondol.matmul}: how inexact matrix products may be; FLOAT32 if nothing is said} */
    public static MatmulPrecision matmul() {
        String setting = System.getProperty(MATMUL, "float32");
        try {
            return MatmulPrecision.valueOf(setting.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    MATMUL + ": '" + setting + "' is no precision; write strict, float32 or tf32", e);
        }
    }

    /** {@return the setting {@code -Dondol.cache}: a folder, or {@code none}; null if nothing is said} */
    public static @Nullable String cache() {
        String setting = System.getProperty(CACHE);
        if (setting == null || setting.isBlank()) {
            return null;
        }
        if (!setting.equals("none")) {
            folder(CACHE, setting, "a folder, or none");
        }
        return setting;
    }

    /** {@return the setting {@code -Dondol.dumpKernels}: the folder for the texts of kernels; null if nothing is said} */
    public static @Nullable Path dumpKernels() {
        String setting = System.getProperty(DUMP);
        return setting == null ? null : folder(DUMP, setting, "a folder");
    }

    /**
     * {@return the setting {@code -Dondol.debug.poison}: whether memory that nobody has written since it was free is NaN; false
     * if nothing is said}
     */
    public static boolean poison() {
        String setting = System.getProperty(POISON, "false");
        if (!setting.equals("true") && !setting.equals("false")) {
            throw new IllegalArgumentException(POISON + ": '" + setting + "' is neither true nor false");
        }
        return setting.equals("true");
    }

    /**
     * {@code -Dondol.log}: from which level on the standard error gets what is logged.
     *
     * @return the least level; null if nothing is said, and logging is the program's own
     * @throws IllegalArgumentException if it is no level
     */
    public static System.Logger.@Nullable Level log() {
        String setting = System.getProperty(LOG);
        if (setting == null) {
            return null;
        }
        try {
            return System.Logger.Level.valueOf(setting.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    LOG + ": '" + setting + "' is no level; write all, trace, debug, info, warning, error or off", e);
        }
    }

    /** A folder that is there, or can be made. */
    private static Path folder(String property, String setting, String allowed) {
        Path path;
        try {
            path = Path.of(setting);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    property + ": '" + setting + "' is no path (" + e.getReason() + "); write " + allowed, e);
        }
        for (Path part = path.toAbsolutePath(); part != null; part = part.getParent()) {
            if (Files.exists(part)) {
                if (Files.isDirectory(part)) {
                    break;
                }
                throw new IllegalArgumentException(
                        property + ": '" + setting + "': " + part + " is a file; write " + allowed);
            }
        }
        return path;
    }
}
