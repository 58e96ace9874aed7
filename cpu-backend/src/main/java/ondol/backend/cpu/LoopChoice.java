package ondol.backend.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which loops to use: always the same, or plain ones until something has become hot and better ones have been compiled.
 *
 * @param vector whether there are better ones than plain loops: those of the Vector API
 * @param warmup null if the best loops are used at once
 * @param verdicts whether a program turned out to be faster than plain loops; those that have been tried
 */
record LoopChoice(boolean vector, @Nullable Warmup warmup, Map<Program, Boolean> verdicts) implements AutoCloseable {
    LoopChoice(boolean vector, @Nullable Warmup warmup) {
        this(vector, warmup, new ConcurrentHashMap<>());
    }

    /** Whether a program has been compiled, and is fast. */
    boolean isProven(@Nullable Program program) {
        return program != null && Boolean.TRUE.equals(verdicts.get(program));
    }

    /**
     * Compiles a program on the side, and compares it with what is used.
     *
     * @param then what to do if the program is faster
     */
    void prove(Program program, Program used, Runnable then) {
        Warmup side = warmup;
        Boolean verdict = verdicts.get(program);
        if (side == null || verdict != null) {
            if (side == null || Boolean.TRUE.equals(verdict)) {
                then.run();
            }
            return;
        }
        BooleanSupplier isBetter = () -> program.steps().length == 0 || Warmup.isFaster(program, used);
        side.warm(Warmup.of(program), isBetter, better -> {
            verdicts.put(program, better);
            if (better) {
                then.run();
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
