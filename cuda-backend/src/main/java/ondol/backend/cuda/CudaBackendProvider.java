package ondol.backend.cuda;

import java.util.List;
import ondol.backend.Backend;
import ondol.backend.BackendProvider;
import ondol.backend.c.KernelCache;
import org.jspecify.annotations.Nullable;

/** Finds NVIDIA GPUs: {@code cuda:0}, {@code cuda:1} and so on, in the driver's order. */
public final class CudaBackendProvider implements BackendProvider {
    static final String NAME = "cuda";

    private static final System.Logger LOG = System.getLogger("ondol.cuda");
    private static @Nullable Nvrtc nvrtc;

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
            return new Probe.Unavailable("no NVIDIA driver on this machine (" + firstLine(e.getMessage())
                    + "); for an NVIDIA GPU install its driver, 525 or newer");
        } catch (CudaException e) {
            return new Probe.Unavailable("the NVIDIA driver does not work: " + e.getMessage()
                    + "; see whether nvidia-smi lists the GPU, and restart the machine if the driver was just updated");
        }
        if (found.isEmpty()) {
            return new Probe.Unavailable("there is an NVIDIA driver, but no GPU of compute capability "
                    + Driver.LEAST_CAPABILITY / 10 + "." + Driver.LEAST_CAPABILITY % 10 + " or above");
        }
        try {
            nvrtc(found.getFirst());
        } catch (UnsatisfiedLinkError e) {
            return new Probe.Unavailable(found.getFirst().info().name() + " cannot be used: " + e.getMessage());
        }
        return new Probe.Available(found.stream().map(Driver.Found::info).toList());
    }

    @Override
    public Backend open(int index) {
        List<Driver.Found> found = Driver.devices();
        if (index < 0 || index >= found.size()) {
            throw new IllegalArgumentException(
                    "cuda:" + index + ": there are " + found.size() + " CUDA devices, counted from 0");
        }
        Driver.Found chosen = found.get(index);
        return new CudaBackend(chosen, nvrtc(chosen), cublas(chosen), KernelCache.userFolder(NAME));
    }

    private static String firstLine(@Nullable String text) {
        return text == null ? "" : text.lines().findFirst().orElse("");
    }

    /** The compiler, which serves all devices. */
    static synchronized Nvrtc nvrtc(Driver.Found device) {
        if (nvrtc == null) {
            nvrtc = Nvrtc.load(new NativeLocator().find(NativeLocator.Library.NVRTC, device.newest()));
        }
        return nvrtc;
    }

    /** cuBLAS, if there is one. */
    static NativeLocator.@Nullable Found cublas(Driver.Found device) {
        try {
            return new NativeLocator().find(NativeLocator.Library.CUBLAS, device.newest());
        } catch (UnsatisfiedLinkError e) {
            LOG.log(System.Logger.Level.INFO, "matrix products without cuBLAS: {0}", e.getMessage());
            return null;
        }
    }
}
