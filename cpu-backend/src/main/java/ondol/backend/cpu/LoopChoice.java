package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.List;
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
     * @param with what is run with it and must be compiled too
     * @param then what to do if the program is faster
     */
    void prove(Program program, List<Warmup.Exercise> with, Program used, Runnable then) {
        Warmup side = warmup;
        Boolean verdict = verdicts.get(program);
        if (side == null || verdict != null && (!verdict || side.areWarm(with))) {
            if (side == null || Boolean.TRUE.equals(verdict)) {
                then.run();
            }
            return;
        }
        List<Warmup.Exercise> exercises = new ArrayList<>(Warmup.of(program));
        exercises.addAll(with);
        BooleanSupplier isBetter = () -> program.steps().length == 0 || Warmup.isFaster(program, used);
        side.warm(exercises, isBetter, better -> {
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
