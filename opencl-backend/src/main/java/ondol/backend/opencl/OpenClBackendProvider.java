package ondol.backend.opencl;

import java.util.List;
import ondol.backend.Backend;
import ondol.backend.BackendProvider;
import ondol.backend.c.KernelCache;

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
            DeviceDiscovery devices = DeviceDiscovery.all();
            if (devices.usable().isEmpty()) {
                return new Probe.Unavailable(
                        devices.refused().isEmpty()
                                ? "OpenCL is installed, but no driver offers a device" + ADVICE
                                : String.join("; ", devices.refused()) + ADVICE);
            }
            return new Probe.Available(
                    devices.usable().stream().map(DeviceDiscovery.Found::info).toList());
        } catch (LinkageError e) {
            return new Probe.Unavailable(reason(e));
        } catch (OpenClException e) {
            return new Probe.Unavailable(e.getMessage() + ": the OpenCL driver does not work" + ADVICE);
        }
    }

    private static String reason(LinkageError e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String text = String.valueOf(cause.getMessage());
        if (text.equals(Natives.NONE) || text.contains("Implementation library could not be loaded")) {
            return Natives.NONE + ADVICE;
        }
        // JOCL's message has stack traces in it: what counts is the last of their first lines.
        String why = text.lines()
                .filter(line -> line.matches("[\\w.]+(Error|Exception): .*"))
                .reduce(text.lines().findFirst().orElse(text), (_, line) -> line.replaceFirst("[\\w.]+: ", ""));
        return "JOCL's native library cannot be loaded: " + why
                + "; it needs --enable-native-access, a folder of temporary"
                + " files from which programs may run, and a build for this platform";
    }

    @Override
    public Backend open(int index) {
        List<DeviceDiscovery.Found> devices = DeviceDiscovery.all().usable();
        if (index < 0 || index >= devices.size()) {
            throw new IllegalArgumentException(
                    "opencl:" + index + ": there are " + devices.size() + " OpenCL devices, counted from 0");
        }
        return new OpenClBackend(devices.get(index), KernelCache.userFolder(NAME));
    }
}
