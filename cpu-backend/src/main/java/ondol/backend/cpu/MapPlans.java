package ondol.backend.cpu;

import java.util.List;
import ondol.backend.View;
import ondol.kernel.Expr;

/** The plans for a Map's expressions: the latest ones, and new ones for new layouts. */
final class MapPlans {
    private final LoopChoice choice;
    private final ProgramTiers programs;
    private final Recent<MapPlan> recent = new Recent<>();

    MapPlans(List<Expr> outputs, LoopChoice choice) {
        this.choice = choice;
        this.programs = new ProgramTiers(outputs, true, choice);
    }

    /** The plan to run now. */
    MapPlan plan(long[] shape, View[] inputs, View[] outputs) {
        for (MapPlan plan : recent.all()) {
            if (plan.fits(shape, inputs, outputs)) {
                if (choice.warmup() != null && plan.hasBecomeHot()) {
                    Warmup.optional(() -> improve(plan, shape, inputs, outputs));
                }
                return plan.current(inputs, outputs);
            }
        }
        MapPlan plan = new MapPlan(choice.warmup() == null ? programs.best : programs.plain, shape, inputs, outputs);
        if (choice.isProven(programs.best.known(plan.uniformInputs, inputs.length))) {
            plan = new MapPlan(programs.best, shape, inputs, outputs);
        }
        recent.add(plan);
        return plan.current(inputs, outputs);
    }

    private void improve(MapPlan plan, long[] shape, View[] inputs, View[] outputs) {
        MapPlan better = new MapPlan(programs.best, shape, inputs, outputs);
        if (better.program.written()) {
            choice.prove(better.program, List.of(), plan.program, () -> plan.replace(better));
        }
    }
}
