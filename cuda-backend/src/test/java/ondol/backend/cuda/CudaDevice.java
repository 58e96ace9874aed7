package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import ondol.backend.BackendProvider.Probe;
import ondol.backend.MatmulPrecision;
import ondol.backend.Required;
import ondol.backend.c.KernelCache;

/**
 * The GPU that tests run on, with strict matrix products. Without one they are skipped, and say why; with
 * {@code -Dondol.test.requireCuda=true} they fail.
 */
final class CudaDevice {
    private CudaDevice() {}

    static CudaBackend open() {
        if (new CudaBackendProvider().probe() instanceof Probe.Unavailable none) {
            if (Required.is("cuda")) {
                fail(none.reason());
            }
            abort(none.reason());
        }
        Driver.Found found = Driver.devices().getFirst();
        CudaBackend backend = new CudaBackend(
                found,
                CudaBackendProvider.nvrtc(found),
                new NativeLocator(),
                KernelCache.userFolder(CudaBackendProvider.NAME));
        backend.matmulPrecision(MatmulPrecision.STRICT);
        if (!backend.info().strict()) {
            String reason =
                    backend.info().name() + " is not strict: " + backend.info().notStrictBecause();
            backend.close();
            fail(reason);
        }
        return backend;
    }
}
