package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import ondol.backend.Launch;

/** The plans for a kernel: one for each of the few layouts that came last, since a program runs the same ones again and again. */
abstract class Plans<P extends LayoutPlan> {
    private static final int FEW = 8;

    private final LoopChoice choice;
    private volatile List<P> recent = List.of();

    Plans(LoopChoice choice) {
        this.choice = choice;
    }

    /** The plan for a launch's layout. One that has become hot is improved on the side. */
    final P forLayoutOf(Launch launch) {
        for (P plan : recent) {
            if (plan.fits(launch)) {
                if (choice.warmup() != null && plan.hasBecomeHot()) {
                    Warmup.optional(() -> improve(plan, launch));
                }
                return plan;
            }
        }
        P plan = make(launch);
        add(plan);
        return plan;
    }

    /** The latest is the first; the oldest is forgotten when there are too many. */
    private synchronized void add(P plan) {
        List<P> next = new ArrayList<>(FEW);
        next.add(plan);
        next.addAll(recent.subList(0, Math.min(FEW - 1, recent.size())));
        recent = next;
    }

    /** A plan for a layout that is new. */
    abstract P make(Launch launch);

    /** Looks for something faster to come into the plan's place. */
    abstract void improve(P plan, Launch launch);
}
