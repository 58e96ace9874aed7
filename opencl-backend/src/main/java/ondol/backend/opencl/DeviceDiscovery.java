package ondol.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ondol.backend.DeviceInfo;
import ondol.backend.Log;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;
import org.jspecify.annotations.Nullable;

/**
 * The OpenCL devices of this machine, in the platforms' order.
 *
 * @param usable those that can run the kernels
 * @param refused why others cannot, in a sentence each
 */
record DeviceDiscovery(List<Found> usable, List<String> refused) {
    /** One device of one platform. */
    record Found(cl_platform_id platform, cl_device_id device, DeviceInfo info) {}

    private static final System.Logger LOG = Log.of("ondol.opencl");
    private static final int PLATFORM_NOT_FOUND = -1001;
    private static final Pattern VERSION = Pattern.compile("OpenCL (\\d+)\\.(\\d+)\\b.*");

    /** The widest groups that kernels have. */
    private static final int GROUP = 256;

    /** Bytes of arguments that every device with the full profile takes. */
    private static final int PARAMETERS = 1024;

    private static @Nullable DeviceDiscovery found;

    /** Looks for them, once: a number means the same device as long as the process lives. */
    static synchronized DeviceDiscovery all() {
        DeviceDiscovery devices = found;
        if (devices == null) {
            Natives.load();
            devices = Signals.keep(DeviceDiscovery::find);
            devices.refused.forEach(reason -> LOG.log(System.Logger.Level.INFO, "left out: {0}", reason));
            found = devices;
        }
        return devices;
    }

    private static DeviceDiscovery find() {
        DeviceDiscovery devices = new DeviceDiscovery(new ArrayList<>(), new ArrayList<>());
        int[] count = new int[1];
        int code = CL.clGetPlatformIDs(0, null, count);
        if (code == PLATFORM_NOT_FOUND || code == CL.CL_SUCCESS && count[0] == 0) {
            return devices;
        }
        Cl.check(code, "clGetPlatformIDs");
        cl_platform_id[] platforms = new cl_platform_id[count[0]];
        Cl.check(CL.clGetPlatformIDs(platforms.length, platforms, null), "clGetPlatformIDs");
        for (int i = 0; i < platforms.length; i++) {
            try {
                devices.addAll(platforms[i]);
            } catch (RuntimeException e) { // one bad driver leaves the others
                devices.refused.add("OpenCL platform " + i + ": " + e.getMessage());
            }
        }
        return devices;
    }

    private void addAll(cl_platform_id platform) {
        int[] count = new int[1];
        int code = CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, 0, null, count);
        if (code == CL.CL_DEVICE_NOT_FOUND || code == CL.CL_SUCCESS && count[0] == 0) {
            return;
        }
        Cl.check(code, "clGetDeviceIDs");
        cl_device_id[] devices = new cl_device_id[count[0]];
        Cl.check(CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, devices.length, devices, null), "clGetDeviceIDs");
        for (int i = 0; i < devices.length; i++) {
            String name = "OpenCL device " + i + " of " + Cl.string(platform, CL.CL_PLATFORM_NAME);
            try {
                DeviceInfo info = describe(platform, devices[i]);
                name = info.name();
                String why = unsuitable(devices[i]);
                if (why == null) {
                    usable.add(new Found(platform, devices[i], info));
                } else {
                    refused.add(name + " " + why);
                }
            } catch (RuntimeException e) {
                refused.add(name + ": " + e.getMessage());
            }
        }
    }

    private static DeviceInfo describe(cl_platform_id platform, cl_device_id device) {
        long type = Cl.number(device, CL.CL_DEVICE_TYPE);
        DeviceInfo.Kind kind = (type & CL.CL_DEVICE_TYPE_GPU) != 0
                ? DeviceInfo.Kind.GPU
                : (type & CL.CL_DEVICE_TYPE_CPU) != 0 ? DeviceInfo.Kind.CPU : DeviceInfo.Kind.ACCELERATOR;
        String details = Cl.string(platform, CL.CL_PLATFORM_NAME) + ", "
                + Cl.string(device, CL.CL_DEVICE_VERSION) + ", driver " + Cl.string(device, CL.CL_DRIVER_VERSION)
                + ", " + Cl.number(device, CL.CL_DEVICE_MAX_COMPUTE_UNITS) + " compute units";
        return new DeviceInfo(
                Cl.string(device, CL.CL_DEVICE_NAME),
                kind,
                Cl.number(device, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
                null,
                details);
    }

    private static @Nullable String unsuitable(cl_device_id device) {
        if (Cl.number(device, CL.CL_DEVICE_AVAILABLE) == 0) {
            return "is not available";
        }
        if (Cl.number(device, CL.CL_DEVICE_COMPILER_AVAILABLE) == 0) {
            return "has no compiler";
        }
        return unsuitable(
                Cl.string(device, CL.CL_DEVICE_VERSION),
                Cl.number(device, CL.CL_DEVICE_MAX_WORK_GROUP_SIZE),
                Cl.number(device, CL.CL_DEVICE_MAX_PARAMETER_SIZE));
    }

    /** Why a device cannot run the kernels; null if it can. */
    static @Nullable String unsuitable(String version, long group, long parameters) {
        Matcher v = VERSION.matcher(version);
        if (v.matches() && 10 * Integer.parseInt(v.group(1)) + Integer.parseInt(v.group(2)) < 12) {
            return "has " + version + ", and kernels need OpenCL 1.2: update its driver";
        }
        if (group < GROUP) {
            return "runs groups of at most " + group + " work items, and kernels have up to " + GROUP;
        }
        return parameters < PARAMETERS
                ? "takes " + parameters + " bytes of arguments, and kernels need up to " + PARAMETERS
                : null;
    }
}
