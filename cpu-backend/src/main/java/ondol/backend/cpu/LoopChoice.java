package ondol.backend.cpu;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which loops to use: always the same, or vector loops with plain ones standing in until those are compiled.
 *
 * @param warmup null if nothing stands in
 * @param fusing when a loop of its own is made for an expression
 */
record LoopChoice(Loops loops, @Nullable Warmup warmup, Fusing fusing) implements AutoCloseable {
    /** When an expression gets a loop of its own. */
    enum Fusing {
        /** Never: each primitive has its loop. */
        NEVER,
        /** When the expression has been computed for some time. */
        WHEN_HOT,
        /** At once, and the loop is used before it is compiled. */
        AT_ONCE
    }

    private static final Loops PLAIN = Loops.of(false);

    /** What stands in. */
    static Loops standIn() {
        return PLAIN;
    }

    /** Whether these must be warmed up before the loops are used; if so, that begins, and {@code done} will be called. */
    boolean mustWait(List<Warmup.Exercise> exercises, Runnable done) {
        if (warmup == null || warmup.areWarm(exercises)) {
            return false;
        }
        warmup.warm(exercises, done);
        return true;
    }

    /**
     * Makes a program with one loop, and when that is compiled and indeed faster, calls {@code done}.
     *
     * @param program what it would replace
     */
    void fuse(Program fused, Program program, Runnable done) {
        if (!fused.fused()) {
            return;
        }
        if (warmup == null) {
            done.run();
            return;
        }
        warmup.warm(Warmup.of(fused), () -> {
            if (Warmup.isFaster(fused, program)) {
                done.run();
            }
        });
    }

    @Override
    public void close() {
        if (warmup != null) {
            warmup.close();
        }
    }
}
