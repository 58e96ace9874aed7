package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.List;

/** The few plans made last: a program runs the same layouts again and again. */
final class Recent<P> {
    private static final int FEW = 8;

    private volatile List<P> plans = List.of();

    /** The latest first. */
    List<P> all() {
        return plans;
    }

    /** Adds a plan; the oldest is forgotten when there are too many. */
    synchronized void add(P plan) {
        List<P> next = new ArrayList<>(FEW);
        next.add(plan);
        next.addAll(plans.subList(0, Math.min(FEW - 1, plans.size())));
        plans = next;
    }
}
