package ondol.backend.cpu;

import java.util.List;
import ondol.backend.View;
import ondol.backend.cpu.LoopChoice.Fusing;
import ondol.kernel.Expr;

/** The plans for a Map's expressions: the latest ones, and new ones for new layouts. */
final class MapPlans {
    private final LoopChoice choice;
    private final Programs programs;
    private final Programs standIns;
    private final Programs fused;
    private final Recent<MapPlan> recent = new Recent<>();

    MapPlans(List<Expr> outputs, LoopChoice choice) {
        this.choice = choice;
        this.programs = new Programs(outputs, true, choice.loops(), false);
        this.standIns = new Programs(outputs, true, LoopChoice.standIn(), false);
        this.fused = new Programs(outputs, true, choice.loops(), true);
    }

    /** The plan to run now. */
    MapPlan plan(long[] shape, View[] inputs, View[] outputs) {
        for (MapPlan plan : recent.all()) {
            if (plan.fits(shape, inputs, outputs)) {
                if (choice.fusing() == Fusing.WHEN_HOT && plan.hasBecomeHot()) {
                    fuse(plan, shape, inputs, outputs);
                }
                return plan.current(inputs, outputs);
            }
        }
        boolean inPlace = choice.loops().inPlace();
        MapPlan plan = new MapPlan(programs, shape, inputs, outputs, inPlace);
        if (choice.warmup() != null) {
            MapPlan standIn = new MapPlan(standIns, shape, inputs, outputs, false);
            plan.replace(null, standIn);
            if (!choice.mustWait(Warmup.of(plan.program), () -> plan.replace(standIn, null))) {
                plan.replace(standIn, null);
            }
        }
        if (choice.fusing() == Fusing.AT_ONCE) {
            fuse(plan, shape, inputs, outputs);
        }
        recent.add(plan);
        return plan.current(inputs, outputs);
    }

    private void fuse(MapPlan plan, long[] shape, View[] inputs, View[] outputs) {
        MapPlan faster = new MapPlan(fused, shape, inputs, outputs, choice.loops().inPlace());
        choice.fuse(faster.program, plan.program, () -> plan.replace(faster));
    }
}
