package ondol.backend.cpu;

import java.util.List;
import ondol.kernel.Expr;

/** The programs for some expressions: in plain loops, and the best there is. */
final class ProgramTiers {
    final Programs plain;
    final Programs best;

    /** @param stores whether every result is to end up in a slot of its own, for a Map's outputs */
    ProgramTiers(List<Expr> results, boolean stores, LoopChoice choice) {
        this.plain = new Programs(results, stores, false);
        this.best = choice.vector() ? new Programs(results, stores, true) : plain;
    }
}
