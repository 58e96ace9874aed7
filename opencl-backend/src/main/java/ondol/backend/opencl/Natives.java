package ondol.backend.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import ondol.backend.InstalledLibraries;
import ondol.backend.UnpackedNatives;
import org.jocl.CL;
import org.jspecify.annotations.Nullable;

/** Loads JOCL's native library, and through it the system's OpenCL. */
final class Natives {
    /** The message where there is no OpenCL. */
    static final String NONE = "no OpenCL library on this machine";

    private static boolean loaded;

    private Natives() {}

    /**
     * Loads the native library, once. If there is no OpenCL, JOCL is not asked: it would say so on the console.
     *
     * @throws LinkageError if there is no OpenCL on this machine, or JOCL has no library for it
     */
    static synchronized void load() {
        if (!loaded) {
            if (!isInstalled()) {
                throw new UnsatisfiedLinkError(NONE);
            }
            UnpackedNatives.load("ondol-opencl", () -> {
                CL.setExceptionsEnabled(false);
                CL.setLogLevel(CL.LogLevel.LOG_ERROR);
            });
            loaded = true;
        }
    }

    /** The name of OpenCL's library on this system. */
    static List<String> names() {
        String system = System.getProperty("os.name", "");
        if (system.startsWith("Windows")) {
            return List.of("OpenCL.dll");
        }
        return system.startsWith("Mac")
                ? List.of("/System/Library/Frameworks/OpenCL.framework/OpenCL")
                : List.of("libOpenCL.so.1", "libOpenCL.so");
    }

    /** Whether there is one of the libraries that JOCL loads. */
    private static boolean isInstalled() {
        InstalledLibraries files = InstalledLibraries.ofThisMachine();
        boolean mayAsk = System.getProperty("os.name", "").equals("Linux")
                && Natives.class.getModule().isNativeAccessEnabled();
        return names().stream().anyMatch(name -> mayAsk ? library(name) != null : files.has(name));
    }

    /** The library that the system's loader finds under this name; null if there is none. It stays loaded. */
    @SuppressWarnings("restricted")
    static @Nullable SymbolLookup library(String name) {
        try {
            return SymbolLookup.libraryLookup(name, Arena.global());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
