package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import ondol.backend.Launch;
import ondol.backend.cpu.LoopChoice.Fusing;
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
        final Programs programs;
        final Programs standIns;
        final Programs fused;
        final Recent<ReducePlan> recent = new Recent<>();

        Plans(Kernel.Reduce kernel, LoopChoice choice) {
            this.programs = new Programs(blocks(kernel), false, choice.loops(), false);
            this.standIns = new Programs(blocks(kernel), false, LoopChoice.standIn(), false);
            this.fused = new Programs(blocks(kernel), false, choice.loops(), true);
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
        for (ReducePlan recent : plans.recent.all()) {
            if (recent.fits(launch.shape(), launch.reducedAxes(), launch.inputs(), launch.outputs())) {
                if (choice.fusing() == Fusing.WHEN_HOT && recent.hasBecomeHot()) {
                    fuse(plans, recent, kernel, launch);
                }
                return recent;
            }
        }
        ReducePlan plan = new ReducePlan(plans.programs, kernel, choice.loops(), launch);
        if (choice.warmup() != null) {
            ReducePlan standIn = new ReducePlan(plans.standIns, kernel, LoopChoice.standIn(), launch);
            plan.replace(null, standIn);
            List<Warmup.Exercise> exercises = new ArrayList<>(Warmup.of(plan.program));
            exercises.addAll(choice.loops().folds().exercises(plan.op, plan.byColumns, plan.factor()));
            if (!choice.mustWait(exercises, () -> plan.replace(standIn, null))) {
                plan.replace(standIn, null);
            }
        }
        if (choice.fusing() == Fusing.AT_ONCE) {
            fuse(plans, plan, kernel, launch);
        }
        plans.recent.add(plan);
        return plan;
    }

    private void fuse(Plans plans, ReducePlan plan, Kernel.Reduce kernel, Launch launch) {
        ReducePlan faster = new ReducePlan(plans.fused, kernel, choice.loops(), launch);
        choice.fuse(faster.program, plan.program, () -> plan.replace(faster));
    }

    /** What is computed block by block: the factors, if products are summed; what is no F32, as I64. */
    private static List<Expr> blocks(Kernel.Reduce kernel) {
        Expr value = kernel.value();
        if (value.type() != Type.F32) {
            return List.of(value.to(Type.I64));
        }
        if (kernel.op() == ReduceOp.SUM && value instanceof Expr.Binary b && b.op() == BinaryOp.MUL) {
            return List.of(b.a(), b.b());
        }
        return List.of(value);
    }
}
