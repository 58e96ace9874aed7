package ondol.backend.cpu;

import java.util.List;
import ondol.backend.Launch;
import ondol.kernel.BinaryOp;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.ReduceOp;
import ondol.kernel.Type;

/** Runs a Reduce, by rows of what is reduced or by columns of what is kept, whichever suits the layout. */
final class ReduceRunner implements KernelRunner {
    private final Kernel.Reduce kernel;
    private final LoopChoice choice;
    private final Workers workers;
    private final ProgramTiers programs;
    private final Recent<ReducePlan> recent = new Recent<>();

    ReduceRunner(Kernel.Reduce kernel, LoopChoice choice, Workers workers) {
        this.kernel = kernel;
        this.choice = choice;
        this.workers = workers;
        this.programs = new ProgramTiers(blocks(kernel), false, choice);
    }

    @Override
    public void run(Launch launch) {
        ReducePlan plan = plan(launch).current();
        if (plan.byColumns) {
            new ColumnReduction(plan, launch).run(workers);
        } else {
            new RowReduction(plan, launch).run(workers);
        }
    }

    private ReducePlan plan(Launch launch) {
        for (ReducePlan plan : recent.all()) {
            if (plan.fits(launch.shape(), launch.reducedAxes(), launch.inputs(), launch.outputs())) {
                if (choice.warmup() != null && plan.hasBecomeHot()) {
                    Warmup.optional(() -> improve(plan, programs.best, launch));
                }
                return plan;
            }
        }
        ReducePlan plan = choice.warmup() == null
                ? new ReducePlan(programs.best, kernel, choice.loops(), launch)
                : new ReducePlan(programs.plain, kernel, LoopChoice.plain(), launch);
        recent.add(plan);
        return plan;
    }

    private void improve(ReducePlan plan, Programs best, Launch launch) {
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
