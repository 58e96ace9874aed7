package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.DeviceInfo;
import ondol.backend.Required;
import ondol.backend.c.KernelCache;
import org.jspecify.annotations.Nullable;

/**
 * The device that tests run on. Without one they are skipped, and say why; with {@code -Dondol.test.requireOpencl=true} they
 * fail.
 */
final class OpenClDevice {
    private static final boolean REQUIRED = Required.is("opencl");

    private OpenClDevice() {}

    /** The first device, with its cache where the build has it. */
    static OpenClBackend open() {
        return open(KernelCache.userFolder(OpenClBackendProvider.NAME));
    }

    /** The first device, with a cache of its own. */
    static OpenClBackend open(@Nullable Path cache) {
        if (new OpenClBackendProvider().probe() instanceof Probe.Unavailable none) {
            refuse(none.reason());
        }
        return checked(new OpenClBackend(DeviceDiscovery.all().usable().getFirst(), cache));
    }

    /** The first device, taken for a GPU: its kernels are those of GPUs. */
    static OpenClBackend openAsGpu() {
        open().close(); // there is one, or the test is skipped
        DeviceDiscovery.Found found = DeviceDiscovery.all().usable().getFirst();
        DeviceInfo info = found.info();
        DeviceInfo gpu = new DeviceInfo(info.name(), DeviceInfo.Kind.GPU, info.memoryBytes(), null, info.details());
        Path cache = KernelCache.userFolder(OpenClBackendProvider.NAME);
        return checked(new OpenClBackend(new DeviceDiscovery.Found(found.platform(), found.device(), gpu), cache));
    }

    private static OpenClBackend checked(OpenClBackend backend) {
        if (!backend.info().strict()) {
            String reason =
                    backend.info().name() + " is not strict: " + backend.info().notStrictBecause();
            backend.close();
            refuse(reason);
        }
        return backend;
    }

    private static void refuse(String reason) {
        if (REQUIRED) {
            fail(reason);
        }
        abort(reason);
    }
}
