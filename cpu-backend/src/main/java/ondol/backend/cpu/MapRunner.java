package ondol.backend.cpu;

import java.util.concurrent.ConcurrentHashMap;
import ondol.backend.Launch;
import ondol.kernel.Kernel;

/** Runs Maps: a block of elements at a time through the whole expression. */
final class MapRunner {
    private final LoopChoice choice;
    private final Workers workers;
    private final ConcurrentHashMap<Kernel.Map, MapPlans> known = new ConcurrentHashMap<>();

    MapRunner(LoopChoice choice, Workers workers) {
        this.choice = choice;
        this.workers = workers;
    }

    void run(Kernel.Map kernel, Launch launch) {
        MapPlans plans = known.get(kernel);
        if (plans == null) {
            plans = known.computeIfAbsent(kernel, k -> new MapPlans(k.outputs(), choice));
        }
        MapPlan plan = plans.plan(launch.shape(), launch.inputs(), launch.outputs());
        workers.run(plan.blocks, plan.worth(), (scratch, from, to) -> {
            Frame r = plan.begin(scratch, launch.inputs(), launch.outputs(), launch.scalars());
            plan.run(r, from, to);
            r.end();
        });
    }
}
