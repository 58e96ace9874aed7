package ondol.backend.cpu;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which loops to use: always the same, or vector loops with plain ones standing in until those are compiled.
 *
 * @param warmup null if nothing stands in
 */
record LoopChoice(Loops loops, @Nullable Warmup warmup) implements AutoCloseable {
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

    @Override
    public void close() {
        if (warmup != null) {
            warmup.close();
        }
    }
}
