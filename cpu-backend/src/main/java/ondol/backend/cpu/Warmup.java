package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs vector loops on the side until the JIT compiler has compiled them. Before that the Vector API allocates an object
 * for every vector and is a thousand times slower than afterwards, so that a program's first seconds would be its worst;
 * meanwhile the plain loops do the work, with the same bits.
 */
final class Warmup implements AutoCloseable {
    /** Elements of a run and runs of a round: with these the compiler takes notice soonest. */
    private static final int BLOCK = 384;

    /** Some runs have a rest that fills no vector. */
    private static final int UNEVEN_BLOCK = BLOCK - 5;

    private static final int RUNS = 8;
    private static final int ROUNDS = 20;

    /** A compiled loop takes some hundred nanoseconds for a block, another one tens of thousands. */
    private static final long COMPILED_NANOS = 5_000;

    /** After this long a loop is taken as it is. */
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    /** The thread ends when there was nothing to do for this long. */
    private static final long IDLE_MILLIS = 3_000;

    /** Something to run until it is fast; things of one key are compiled together. */
    record Exercise(Object key, IntConsumer elements) {
        /** An exercise of one size. */
        Exercise(Object key, Runnable once) {
            this(key, n -> once.run());
        }
    }

    private record Request(List<Exercise> exercises, Runnable done) {}

    private final Set<Object> warm = ConcurrentHashMap.newKeySet();
    private final LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private @Nullable Thread thread;
    private volatile boolean closed;

    /** Whether all of these have been run until they were fast. */
    boolean areWarm(List<Exercise> exercises) {
        return exercises.stream().allMatch(e -> warm.contains(e.key));
    }

    /** Runs these, some time, and then {@code done}. */
    synchronized void warm(List<Exercise> exercises, Runnable done) {
        requests.add(new Request(exercises, done));
        if (thread == null) {
            thread = new Thread(this::work, "ondol-cpu-warmup");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Goes round all that is wanted, so that the compiler has one thing to do while the others are run. */
    private void work() {
        List<Request> open = new ArrayList<>();
        Map<Object, Exercise> cold = new LinkedHashMap<>();
        Map<Object, Long> since = new HashMap<>();
        while (!closed) {
            Request next = open.isEmpty() ? await() : requests.poll();
            if (next != null) {
                open.add(next);
                next.exercises.stream().filter(e -> !warm.contains(e.key)).forEach(e -> cold.putIfAbsent(e.key, e));
                continue;
            }
            if (open.isEmpty()) {
                if (hasEnded()) {
                    return;
                }
                continue;
            }
            cold.values().removeIf(exercise -> {
                long start = since.computeIfAbsent(exercise.key, key -> System.nanoTime());
                boolean done = isFast(exercise) || System.nanoTime() - start > PATIENCE_NANOS;
                if (done) {
                    warm.add(exercise.key);
                }
                return done;
            });
            open.removeIf(request -> {
                boolean done = areWarm(request.exercises);
                if (done) {
                    request.done.run();
                }
                return done;
            });
        }
    }

    private @Nullable Request await() {
        try {
            return requests.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            closed = true;
            return null;
        }
    }

    /** Lets the thread end, unless a request has come in between. */
    private synchronized boolean hasEnded() {
        if (requests.isEmpty()) {
            thread = null;
            return true;
        }
        return false;
    }

    private static boolean isFast(Exercise exercise) {
        long before = System.nanoTime();
        for (int k = 0; k < RUNS; k++) {
            exercise.elements.accept(k == 0 ? UNEVEN_BLOCK : BLOCK);
        }
        return System.nanoTime() - before < RUNS * COMPILED_NANOS;
    }

    /** Whether one program, whose loops are warm, takes less time for a block than another. */
    static boolean isFaster(Program program, Program other) {
        Frame frame = Frame.forWarmup(program);
        Frame otherFrame = Frame.forWarmup(other);
        long best = Long.MAX_VALUE;
        long otherBest = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            best = Math.min(best, nanos(frame));
            otherBest = Math.min(otherBest, nanos(otherFrame));
        }
        return best < otherBest;
    }

    private static long nanos(Frame frame) {
        long before = System.nanoTime();
        for (int k = 0; k < RUNS; k++) {
            frame.run(BLOCK);
        }
        return System.nanoTime() - before;
    }

    /** One exercise for each loop of a program. */
    static List<Exercise> of(Program program) {
        Frame frame = Frame.forWarmup(program);
        List<Exercise> exercises = new ArrayList<>();
        for (Instruction[] part : List.of(program.steps(), program.perBlock(), program.perLaunch(), program.fills())) {
            for (Instruction step : part) {
                exercises.add(
                        new Exercise(step.loop().getClass(), n -> step.loop().run(frame, step, n)));
            }
        }
        return exercises;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
