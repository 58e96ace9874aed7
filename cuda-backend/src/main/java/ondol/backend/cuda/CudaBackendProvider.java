package ondol.backend.cuda;

import ondol.backend.Backend;
import ondol.backend.BackendProvider;

/** Says that the CUDA backend is not there yet. */
public final class CudaBackendProvider implements BackendProvider {
    /** For the service loader. */
    public CudaBackendProvider() {}

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public int rank() {
        return 20;
    }

    @Override
    public Probe probe() {
        return new Probe.Unavailable("not built yet");
    }

    @Override
    public Backend open(int index) {
        throw new IllegalStateException("cuda:" + index + ": not built yet");
    }
}
