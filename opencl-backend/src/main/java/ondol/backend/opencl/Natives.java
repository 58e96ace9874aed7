package ondol.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import ondol.backend.UnpackedNatives;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** Loads JOCL's native library, and through it the system's OpenCL; lists the devices. */
final class Natives {
    /** One device of one platform. */
    record Found(cl_platform_id platform, cl_device_id device) {}

    private static final int PLATFORM_NOT_FOUND = -1001;

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

    /** All devices of all platforms, in the platforms' order. One at a time: drivers begin when they are first asked. */
    static synchronized List<Found> devices() {
        load();
        return Signals.keep(Natives::find);
    }

    private static List<Found> find() {
        int[] count = new int[1];
        int code = CL.clGetPlatformIDs(0, null, count);
        if (code == PLATFORM_NOT_FOUND || code == CL.CL_SUCCESS && count[0] == 0) {
            return List.of();
        }
        Cl.check(code, "clGetPlatformIDs");
        cl_platform_id[] platforms = new cl_platform_id[count[0]];
        Cl.check(CL.clGetPlatformIDs(platforms.length, platforms, null), "clGetPlatformIDs");
        List<Found> found = new ArrayList<>();
        for (cl_platform_id platform : platforms) {
            code = CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, 0, null, count);
            if (code != CL.CL_SUCCESS || count[0] == 0) {
                continue; // a platform without devices
            }
            cl_device_id[] devices = new cl_device_id[count[0]];
            Cl.check(
                    CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, devices.length, devices, null),
                    "clGetDeviceIDs");
            for (cl_device_id device : devices) {
                if (Cl.number(device, CL.CL_DEVICE_AVAILABLE) != 0
                        && Cl.number(device, CL.CL_DEVICE_COMPILER_AVAILABLE) != 0) {
                    found.add(new Found(platform, device));
                }
            }
        }
        return found;
    }
}
