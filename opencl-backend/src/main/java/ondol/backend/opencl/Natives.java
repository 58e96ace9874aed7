package ondol.backend.opencl;

import ondol.backend.UnpackedNatives;
import org.jocl.CL;

/** Loads JOCL's native library, and through it the system's OpenCL. */
final class Natives {
    private static boolean loaded;

    private Natives() {}

    /**
     * Loads the native library, once.
     *
     * @throws LinkageError if there is no OpenCL on this machine, or JOCL has no library for it
     */
    static synchronized void load() {
        if (!loaded) {
            UnpackedNatives.load("ondol-opencl", () -> {
                CL.setExceptionsEnabled(false);
                CL.setLogLevel(CL.LogLevel.LOG_ERROR);
            });
            loaded = true;
        }
    }
}
