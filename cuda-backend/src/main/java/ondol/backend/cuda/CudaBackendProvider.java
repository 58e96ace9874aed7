package ondol.backend.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ondol.backend.Backend;
import ondol.backend.BackendProvider;
import ondol.backend.DeviceInfo;
import ondol.backend.Log;
import ondol.backend.c.KernelCache;

/** Finds NVIDIA GPUs: {@code cuda:0}, {@code cuda:1} and so on, in the driver's order. */
public final class CudaBackendProvider implements BackendProvider {
    static final String NAME = "cuda";

    private static final System.Logger LOG = Log.of("ondol.cuda");

    /** The compilers, by the compute capability of the devices that they are for. */
    private static final Map<Integer, Nvrtc> COMPILERS = new HashMap<>();

    /** For the service loader. */
    public CudaBackendProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int rank() {
        return 20;
    }

    @Override
    public Probe probe() {
        List<Driver.Found> found;
        try {
            found = Driver.devices();
        } catch (LinkageError e) {
            return new Probe.Unavailable(String.valueOf(e.getMessage()));
        } catch (CudaException e) {
            return new Probe.Unavailable("the NVIDIA driver does not work: " + e.getMessage()
                    + "; see whether nvidia-smi lists the GPU, and restart the machine if the driver was just updated");
        }
        if (found.isEmpty()) {
            return new Probe.Unavailable("there is an NVIDIA driver, but no GPU of compute capability "
                    + Driver.LEAST_CAPABILITY / 10 + "." + Driver.LEAST_CAPABILITY % 10 + " or above");
        }
        List<String> reasons = new ArrayList<>();
        List<DeviceInfo> usable =
                usable(found, reasons).stream().map(Driver.Found::info).toList();
        if (usable.isEmpty()) {
            return new Probe.Unavailable(String.join("\n", reasons));
        }
        reasons.forEach(reason -> LOG.log(System.Logger.Level.WARNING, reason));
        return new Probe.Available(usable);
    }

    /**
     * Those of the devices for which there is a compiler.
     *
     * @param reasons gets why the others cannot be used
     */
    private static List<Driver.Found> usable(List<Driver.Found> found, List<String> reasons) {
        List<Driver.Found> usable = new ArrayList<>();
        for (Driver.Found device : found) {
            try {
                nvrtc(device);
                usable.add(device);
            } catch (UnsatisfiedLinkError e) {
                String reason = device.info().name() + " cannot be used: " + e.getMessage();
                if (!reasons.contains(reason)) {
                    reasons.add(reason);
                }
            }
        }
        return usable;
    }

    @Override
    public Backend open(int index) {
        List<Driver.Found> found = usable(Driver.devices(), new ArrayList<>());
        if (index < 0 || index >= found.size()) {
            throw new IllegalArgumentException(
                    "cuda:" + index + ": there are " + found.size() + " CUDA devices, counted from 0");
        }
        Driver.Found chosen = found.get(index);
        return new CudaBackend(chosen, nvrtc(chosen), new NativeLocator(), KernelCache.userFolder(NAME));
    }

    /**
     * The compiler for a device.
     *
     * @throws UnsatisfiedLinkError if there is none; the message says what to do
     */
    static synchronized Nvrtc nvrtc(Driver.Found device) {
        int capability = device.capability();
        return COMPILERS.computeIfAbsent(
                capability,
                c -> new NativeLocator()
                        .find(NativeLocator.Library.NVRTC, device.newest(), library -> Nvrtc.load(library, c)));
    }
}
