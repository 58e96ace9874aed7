package ondol.backend.opencl;

import java.util.List;
import ondol.backend.DelegatingBackend;
import ondol.backend.Launch;
import ondol.backend.Workspace;
import ondol.backend.c.Planner;
import ondol.kernel.Kernel;

/** The device with another planner. */
final class Planned extends DelegatingBackend {
    private final OpenClBackend device;
    private final Planner planner;
    private final Workspace workspace;

    Planned(OpenClBackend device, Planner planner) {
        this(device, planner, Workspace.of(device));
    }

    /** @param workspace where it gets memory during a launch */
    Planned(OpenClBackend device, Planner planner, Workspace workspace) {
        super(device);
        this.workspace = workspace;
        this.device = device;
        this.planner = planner;
    }

    @Override
    public void run(Launch launch) {
        if (launch.kernel() instanceof Kernel.Sort && !planner.sorts(launch)) {
            super.run(launch);
        } else {
            planner.plan(launch, workspace, device::start);
        }
    }

    @Override
    public void runRows(List<Launch> launches, long reducedAxes) {
        if (!planner.planRows(launches, reducedAxes, device::start)) {
            super.runRows(launches, reducedAxes);
        }
    }
}
