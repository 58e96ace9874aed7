package ondol.backend.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import ondol.backend.InstalledLibraries;
import ondol.backend.UnpackedNatives;
import org.jocl.CL;

/** Loads JOCL's native library, and through it the system's OpenCL. */
final class Natives {
    /** What is said where there is no OpenCL. */
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

    /** Whether there is one of the libraries that JOCL loads. */
    private static boolean isInstalled() {
        String system = System.getProperty("os.name", "");
        List<String> names =
                system.startsWith("Windows") ? List.of("OpenCL.dll") : List.of("libOpenCL.so.1", "libOpenCL.so");
        InstalledLibraries files = InstalledLibraries.ofThisMachine();
        boolean mayAsk = system.equals("Linux") && Natives.class.getModule().isNativeAccessEnabled();
        return names.stream().anyMatch(mayAsk ? Natives::canBeLoaded : files::has);
    }

    /** What the system's loader says. What it has loaded stays. */
    @SuppressWarnings("restricted")
    private static boolean canBeLoaded(String name) {
        try {
            SymbolLookup.libraryLookup(name, Arena.global());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
