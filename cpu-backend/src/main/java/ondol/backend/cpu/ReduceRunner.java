package ondol.backend.cpu;

import java.util.List;
import ondol.backend.Launch;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jspecify.annotations.Nullable;

/** Runs a Reduce, by rows of what is reduced or by columns of what is kept, whichever suits the layout. */
final class ReduceRunner extends Plans<ReducePlan> implements KernelRunner {
    private final Kernel.Reduce kernel;
    private final LoopChoice choice;
    private final Workers workers;
    private final ProgramTiers programs;
    private final boolean isInteger;
    private final ReduceLoopPlan.@Nullable Loops written;

    ReduceRunner(Kernel.Reduce kernel, LoopChoice choice, Workers workers) {
        super(choice);
        this.kernel = kernel;
        this.choice = choice;
        this.workers = workers;
        this.isInteger = IntegerReduction.takes(kernel);
        Expr value = kernel.value(); // what is no F32 is reduced as I64
        this.programs = new ProgramTiers(List.of(value.type() == Type.F32 ? value : value.to(Type.I64)), false, choice);
        this.written = choice.vector() ? new ReduceLoopPlan.Loops(kernel) : null;
    }

    @Override
    public void run(Launch launch) {
        ReducePlan plan = forLayoutOf(launch).current();
        ReduceLoopPlan loop = plan.written();
        if (isInteger && IntegerReduction.hasRoom(plan)) {
            new IntegerReduction(plan, launch).run(workers);
        } else if (loop == null ? plan.byColumns : loop.byColumns) {
            new ColumnReduction(plan, loop, launch).run(workers);
        } else {
            new RowReduction(plan, loop, launch).run(workers);
        }
    }

    @Override
    ReducePlan make(Launch launch) {
        Warmup side = choice.warmup();
        ReducePlan plan = new ReducePlan(side == null ? programs.best : programs.plain, kernel, launch);
        ReduceLoopPlan loop = loop(plan, side == null);
        if (loop != null && (side == null || side.areWarm(loop.exercises()))) {
            plan.replace(loop);
        }
        return plan;
    }

    private @Nullable ReduceLoopPlan loop(ReducePlan layout, boolean mayWrite) {
        return written == null ? null : written.plan(layout, workers.threads(layout.worth()), mayWrite);
    }

    /** Has the written loop compiled; where there is none, at least the program that leaves its values in blocks. */
    @Override
    void improve(ReducePlan plan, Launch launch) {
        if (isInteger && IntegerReduction.hasRoom(plan)) {
            return;
        }
        ReduceLoopPlan loop = loop(plan, true);
        Warmup side = choice.warmup();
        if (loop == null || side == null) {
            ReducePlan better = new ReducePlan(programs.best, kernel, launch);
            choice.prove(better.program, plan.program, () -> plan.replace(better));
            return;
        }
        side.warm(loop.exercises(), () -> true, better -> {
            if (better) {
                plan.replace(loop);
            }
        });
    }
}
