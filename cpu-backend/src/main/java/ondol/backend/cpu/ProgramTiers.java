package ondol.backend.cpu;

import java.util.List;
import ondol.kernel.Expr;

/** The programs for some expressions: what they begin with, the best there is, and what is left if that is none. */
final class ProgramTiers {
    final Programs plain;
    final Programs best;
    final Programs second;

    /** @param stores whether every result is to end up in a slot of its own, for a Map's outputs */
    ProgramTiers(List<Expr> results, boolean stores, LoopChoice choice) {
        this.plain = new Programs(results, stores, LoopChoice.plain(), false);
        this.second = new Programs(results, stores, choice.loops(), false);
        this.best = choice.fused() ? new Programs(results, stores, choice.loops(), true) : second;
    }
}
