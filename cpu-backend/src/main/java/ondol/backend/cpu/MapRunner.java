package ondol.backend.cpu;

import java.util.concurrent.ConcurrentHashMap;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;

/** Runs Maps: a block of elements at a time through the whole expression. */
final class MapRunner {
    private final Loops loops;
    private final Workers workers;
    private final ConcurrentHashMap<Kernel.Map, Plans> known = new ConcurrentHashMap<>();

    /** A kernel's programs and its latest plans. */
    private static final class Plans {
        final Programs programs;
        final Recent<MapPlan> recent = new Recent<>();

        Plans(Programs programs) {
            this.programs = programs;
        }
    }

    MapRunner(Loops loops, Workers workers) {
        this.loops = loops;
        this.workers = workers;
    }

    void run(Kernel.Map kernel, Launch launch) {
        Plans plans = known.get(kernel);
        if (plans == null) {
            plans = known.computeIfAbsent(kernel, k -> new Plans(new Programs(k.outputs(), true, loops)));
        }
        View[] inputs = launch.inputs();
        View[] outputs = launch.outputs();
        MapPlan plan = null;
        for (MapPlan recent : plans.recent.all()) {
            if (recent.fits(launch.shape(), inputs, outputs)) {
                plan = recent;
                break;
            }
        }
        if (plan == null) {
            plan = new MapPlan(plans.programs, launch.shape(), inputs, outputs, loops.inPlace());
            plans.recent.add(plan);
        }
        run(plan.forBuffers(inputs, outputs), launch);
    }

    private void run(MapPlan plan, Launch launch) {
        workers.run(plan.blocks, plan.nanos, (scratch, from, to) -> {
            Frame r = plan.begin(scratch, launch.inputs(), launch.outputs(), launch.scalars());
            plan.run(r, from, to);
            r.end();
        });
    }
}
