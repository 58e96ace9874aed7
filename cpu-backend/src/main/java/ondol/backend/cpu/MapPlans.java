package ondol.backend.cpu;

import java.util.List;
import ondol.backend.View;
import ondol.kernel.Expr;

/** The plans for a Map's expressions: the latest ones, and new ones for new layouts. */
final class MapPlans {
    private final LoopChoice choice;
    private final Programs programs;
    private final Programs standIns;
    private final Recent<MapPlan> recent = new Recent<>();

    MapPlans(List<Expr> outputs, LoopChoice choice) {
        this.choice = choice;
        this.programs = new Programs(outputs, true, choice.loops());
        this.standIns = new Programs(outputs, true, LoopChoice.standIn());
    }

    /** The plan to run now. */
    MapPlan plan(long[] shape, View[] inputs, View[] outputs) {
        for (MapPlan plan : recent.all()) {
            if (plan.fits(shape, inputs, outputs)) {
                return plan.current(inputs, outputs);
            }
        }
        MapPlan plan =
                new MapPlan(programs, shape, inputs, outputs, choice.loops().inPlace());
        if (choice.warmup() != null) {
            plan.standIn(new MapPlan(standIns, shape, inputs, outputs, false));
            if (!choice.mustWait(Warmup.of(plan.program), () -> plan.standIn(null))) {
                plan.standIn(null);
            }
        }
        recent.add(plan);
        return plan.current(inputs, outputs);
    }
}
