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
    private final Loops loops;
    private final Workers workers;
    private final ConcurrentHashMap<Kernel.Reduce, Plans> known = new ConcurrentHashMap<>();

    /** A kernel's programs and its latest plans. */
    private static final class Plans {
        final Programs programs;
        final Recent<ReducePlan> recent = new Recent<>();

        Plans(Programs programs) {
            this.programs = programs;
        }
    }

    ReduceRunner(Loops loops, Workers workers) {
        this.loops = loops;
        this.workers = workers;
    }

    void run(Kernel.Reduce kernel, Launch launch) {
        Plans plans = known.get(kernel);
        if (plans == null) {
            plans = known.computeIfAbsent(kernel, k -> new Plans(new Programs(blocks(k), false, loops)));
        }
        ReducePlan plan = null;
        for (ReducePlan recent : plans.recent.all()) {
            if (recent.fits(launch.shape(), launch.reducedAxes(), launch.inputs(), launch.outputs())) {
                plan = recent;
                break;
            }
        }
        if (plan == null) {
            plan = new ReducePlan(plans.programs, kernel, loops, launch);
            plans.recent.add(plan);
        }
        if (plan.byColumns) {
            new ColumnReduction(plan, launch).run(workers);
        } else {
            new RowReduction(plan, launch).run(workers);
        }
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
