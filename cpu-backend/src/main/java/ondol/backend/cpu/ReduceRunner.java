package ondol.backend.cpu;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import ondol.backend.Launch;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;

/** Runs Reduces, by rows of what is reduced or by columns of what is kept, whichever suits the layout. */
final class ReduceRunner {
    private final LoopChoice choice;
    private final Workers workers;
    private final ConcurrentHashMap<Kernel.Reduce, Plans> known = new ConcurrentHashMap<>();

    /** A kernel's programs and its latest plans. */
    private static final class Plans {
        final ProgramTiers programs;
        final ReduceLoopPlan.Loops written;
        final Recent<ReducePlan> recent = new Recent<>();

        Plans(Kernel.Reduce kernel, LoopChoice choice) {
            Expr value = kernel.value(); // what is no F32 is reduced as I64
            this.programs =
                    new ProgramTiers(List.of(value.type() == Type.F32 ? value : value.to(Type.I64)), false, choice);
            this.written = new ReduceLoopPlan.Loops(kernel);
        }
    }

    ReduceRunner(LoopChoice choice, Workers workers) {
        this.choice = choice;
        this.workers = workers;
    }

    void run(Kernel.Reduce kernel, Launch launch) {
        Plans plans = known.get(kernel);
        if (plans == null) {
            plans = known.computeIfAbsent(kernel, k -> new Plans(k, choice));
        }
        ReducePlan plan = plan(plans, kernel, launch).current();
        ReduceLoopPlan written = plan.written();
        if (written == null ? plan.byColumns : written.byColumns) {
            new ColumnReduction(plan, written, launch).run(workers);
        } else {
            new RowReduction(plan, written, launch).run(workers);
        }
    }

    private ReducePlan plan(Plans plans, Kernel.Reduce kernel, Launch launch) {
        for (ReducePlan plan : plans.recent.all()) {
            if (plan.fits(launch.shape(), launch.reducedAxes(), launch.inputs(), launch.outputs())) {
                if (choice.warmup() != null && plan.hasBecomeHot()) {
                    Warmup.optional(() -> improve(plan, plans, kernel, launch));
                }
                return plan;
            }
        }
        Warmup side = choice.warmup();
        ReducePlan plan = side == null
                ? new ReducePlan(plans.programs.best, kernel, choice.loops(), launch)
                : new ReducePlan(plans.programs.plain, kernel, LoopChoice.plain(), launch);
        ReduceLoopPlan written = choice.fused() ? plans.written.plan(plan) : null;
        if (written != null && (side == null || side.areWarm(written.exercises()))) {
            plan.replace(written);
        }
        plans.recent.add(plan);
        return plan;
    }

    private void improve(ReducePlan plan, Plans plans, Kernel.Reduce kernel, Launch launch) {
        ReduceLoopPlan written = choice.fused() ? plans.written.plan(plan) : null;
        Warmup side = choice.warmup();
        if (written == null || side == null) {
            improve(plan, plans.programs, plans.programs.best, kernel, launch);
            return;
        }
        side.warm(written.exercises(), () -> true, better -> {
            if (better) {
                plan.replace(written);
            } else {
                improve(plan, plans.programs, plans.programs.best, kernel, launch);
            }
        });
    }

    private void improve(ReducePlan plan, ProgramTiers tiers, Programs by, Kernel.Reduce kernel, Launch launch) {
        ReducePlan better = new ReducePlan(by, kernel, choice.loops(), launch);
        choice.prove(better.program, List.of(), plan.program, () -> plan.replace(better), () -> {
            if (by != tiers.second) {
                improve(plan, tiers, tiers.second, kernel, launch);
            }
        });
    }
}
