package ondol.backend.cpu;

import java.util.List;
import ondol.backend.Launch;
import ondol.kernel.Expr;

/** The plans for a Map's expressions. */
final class MapPlans extends Plans<MapPlan> {
    private final LoopChoice choice;
    private final ProgramTiers programs;

    MapPlans(List<Expr> outputs, LoopChoice choice) {
        super(choice);
        this.choice = choice;
        this.programs = new ProgramTiers(outputs, true, choice);
    }

    /** The plan to run now. */
    MapPlan plan(Launch launch) {
        return forLayoutOf(launch).current(launch.inputs(), launch.outputs());
    }

    @Override
    MapPlan make(Launch launch) {
        MapPlan plan = new MapPlan(choice.warmup() == null ? programs.best : programs.plain, launch);
        boolean proven = choice.isProven(programs.best.known(plan.uniformInputs, launch.inputs().length));
        return proven ? new MapPlan(programs.best, launch) : plan;
    }

    @Override
    void improve(MapPlan plan, Launch launch) {
        MapPlan better = new MapPlan(programs.best, launch);
        if (better.program.written()) {
            choice.prove(better.program, plan.program, () -> plan.replace(better));
        }
    }
}
