package ondol.backend.cpu;

import ondol.backend.Launch;
import ondol.kernel.Kernel;

/** Runs a Map: a block of elements at a time through the whole expression. */
final class MapRunner implements KernelRunner {
    private final MapPlans plans;
    private final Workers workers;

    MapRunner(Kernel.Map kernel, LoopChoice choice, Workers workers) {
        this.plans = new MapPlans(kernel.outputs(), choice);
        this.workers = workers;
    }

    @Override
    public void run(Launch launch) {
        MapPlan plan = plans.plan(launch);
        workers.run(plan.blocks, plan.worth(), (scratch, from, to) -> {
            Frame r = plan.begin(scratch, launch.inputs(), launch.outputs(), launch.scalars());
            plan.run(r, from, to);
            r.end();
        });
    }
}
