package ondol.backend.opencl;

import ondol.backend.DelegatingBackend;
import ondol.backend.Launch;
import ondol.backend.Workspace;
import ondol.backend.c.Planner;
import ondol.kernel.Kernel;

/** The device with another planner. */
final class Planned extends DelegatingBackend {
    private final OpenClBackend device;
    private final Planner planner;

    Planned(OpenClBackend device, Planner planner) {
        super(device);
        this.device = device;
        this.planner = planner;
    }

    @Override
    public void run(Launch launch) {
        if (launch.kernel() instanceof Kernel.Sort) {
            super.run(launch);
        } else {
            planner.plan(launch, Workspace.of(device), device::start);
        }
    }
}
