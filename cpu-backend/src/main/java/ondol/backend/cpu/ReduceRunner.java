package ondol.backend.cpu;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import ondol.backend.Launch;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** Runs Reduces, by rows of what is reduced or by columns of what is kept, whichever suits the layout. */
final class ReduceRunner {
    private final LoopChoice choice;
    private final Workers workers;
    private final ConcurrentHashMap<Kernel.Reduce, Plans> known = new ConcurrentHashMap<>();

    /** A kernel's programs and its latest plans. */
    private static final class Plans {
        final ProgramTiers programs;
        final Recent<ReducePlan> recent = new Recent<>();

        Plans(Kernel.Reduce kernel, LoopChoice choice) {
            this.programs = new ProgramTiers(blocks(kernel), false, choice);
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
        if (plan.byColumns) {
            new ColumnReduction(plan, launch).run(workers);
        } else {
            new RowReduction(plan, launch).run(workers);
        }
    }

    private ReducePlan plan(Plans plans, Kernel.Reduce kernel, Launch launch) {
        for (ReducePlan plan : plans.recent.all()) {
            if (plan.fits(launch.shape(), launch.reducedAxes(), launch.inputs(), launch.outputs())) {
                if (choice.warmup() != null && plan.hasBecomeHot()) {
                    Programs best = plans.programs.best;
                    Warmup.optional(() -> improve(plan, best, kernel, launch));
                }
                return plan;
            }
        }
        ReducePlan plan = choice.warmup() == null
                ? new ReducePlan(plans.programs.best, kernel, choice.loops(), launch)
                : new ReducePlan(plans.programs.plain, kernel, LoopChoice.plain(), launch);
        plans.recent.add(plan);
        return plan;
    }

    private void improve(ReducePlan plan, Programs best, Kernel.Reduce kernel, Launch launch) {
        ReducePlan better = new ReducePlan(best, kernel, choice.loops(), launch);
        var folds = choice.loops().folds().exercises(better.op, better.byColumns, better.factor());
        choice.prove(better.program, folds, plan.program, () -> plan.replace(better));
    }

    /** What is computed block by block: the factors, if products of inputs are summed; what is no F32, as I64. */
    private static List<Expr> blocks(Kernel.Reduce kernel) {
        Expr value = kernel.value();
        if (value.type() != Type.F32) {
            return List.of(value.to(Type.I64));
        }
        if (kernel.op() == ReduceOp.SUM
                && value instanceof Expr.Binary b
                && b.op() == BinaryOp.MUL
                && b.a() instanceof Expr.Input
                && b.b() instanceof Expr.Input) {
            return List.of(b.a(), b.b());
        }
        return List.of(value);
    }
}
