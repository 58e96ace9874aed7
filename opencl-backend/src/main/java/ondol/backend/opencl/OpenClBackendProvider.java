package ondol.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import ondol.backend.Backend;
import ondol.backend.BackendProvider;
import ondol.backend.DeviceInfo;
import ondol.backend.c.KernelCache;
import org.jocl.CL;
import org.jocl.cl_device_id;

/** Finds OpenCL devices: {@code opencl:0}, {@code opencl:1} and so on, in the order of the platforms. */
public final class OpenClBackendProvider implements BackendProvider {
    static final String NAME = "opencl";

    private static final String ADVICE =
            "; install your graphics driver, or PoCL to use the processor (Debian and Ubuntu: pocl-opencl-icd)";

    /** For the service loader. */
    public OpenClBackendProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int rank() {
        return 10;
    }

    @Override
    public Probe probe() {
        try {
            List<DeviceInfo> devices = new ArrayList<>();
            for (Natives.Found found : Natives.devices()) {
                devices.add(describe(found));
            }
            return devices.isEmpty()
                    ? new Probe.Unavailable("OpenCL is installed, but no driver offers a device" + ADVICE)
                    : new Probe.Available(devices);
        } catch (LinkageError e) {
            return new Probe.Unavailable("no OpenCL library on this machine" + ADVICE);
        } catch (OpenClException e) {
            return new Probe.Unavailable(e.getMessage() + ": the OpenCL driver does not work" + ADVICE);
        }
    }

    static DeviceInfo describe(Natives.Found found) {
        cl_device_id device = found.device();
        long type = Cl.number(device, CL.CL_DEVICE_TYPE);
        DeviceInfo.Kind kind = (type & CL.CL_DEVICE_TYPE_GPU) != 0
                ? DeviceInfo.Kind.GPU
                : (type & CL.CL_DEVICE_TYPE_CPU) != 0 ? DeviceInfo.Kind.CPU : DeviceInfo.Kind.ACCELERATOR;
        String details = Cl.string(found.platform(), CL.CL_PLATFORM_NAME) + ", "
                + Cl.string(device, CL.CL_DEVICE_VERSION) + ", driver " + Cl.string(device, CL.CL_DRIVER_VERSION)
                + ", " + Cl.number(device, CL.CL_DEVICE_MAX_COMPUTE_UNITS) + " compute units";
        return new DeviceInfo(
                Cl.string(device, CL.CL_DEVICE_NAME),
                kind,
                Cl.number(device, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
                null,
                details);
    }

    @Override
    public Backend open(int index) {
        List<Natives.Found> found = Natives.devices();
        if (index < 0 || index >= found.size()) {
            throw new IllegalArgumentException(
                    "opencl:" + index + ": there are " + found.size() + " OpenCL devices, counted from 0");
        }
        Natives.Found chosen = found.get(index);
        return new OpenClBackend(chosen, describe(chosen), KernelCache.userFolder(NAME));
    }
}
