package ondol.backend.opencl;

import ondol.backend.Backend;
import ondol.backend.BackendProvider;

/** Says that the OpenCL backend is not there yet. */
public final class OpenClBackendProvider implements BackendProvider {
    /** For the service loader. */
    public OpenClBackendProvider() {}

    @Override
    public String name() {
        return "opencl";
    }

    @Override
    public int rank() {
        return 10;
    }

    @Override
    public Probe probe() {
        return new Probe.Unavailable("not built yet");
    }

    @Override
    public Backend open(int index) {
        throw new IllegalStateException("opencl:" + index + ": not built yet");
    }
}
