package ondol.backend.cpu;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs vector loops on the side until the JIT compiler has compiled them. Before that the Vector API allocates an object
 * for every vector and is a thousand times slower than afterwards; meanwhile the plain loops do the work, with the same
 * bits. Few loops at a time and no oftener than the compiler needs to take notice: the program has need of the compiler
 * and the processors too.
 */
final class Warmup implements AutoCloseable {
    /** Elements of a run and runs of a round: with these the compiler takes notice soonest. */
    private static final int BLOCK = 384;

    /** Some runs have a rest that fills no vector. */
    private static final int UNEVEN_BLOCK = BLOCK - 5;

    private static final int RUNS = 8;
    private static final int ROUNDS = 20;

    /** After so many rounds the compiler has taken notice, and it remains to wait. */
    private static final int ENOUGH = 120;

    /** So many things are run or waited for at a time. */
    private static final int AT_A_TIME = 3;

    /** What is not compiled after this long never will be. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    /** What is compiled and not better after this long never will be. */
    private static final long PATIENCE_WITH_COMPILED_NANOS = 3_000_000_000L;

    /** The thread ends when there was nothing to do for this long. */
    private static final long IDLE_MILLIS = 3_000;

    /** Something to run until it is fast; things of one key are compiled together. */
    record Exercise(Object key, IntConsumer elements) {
        /** An exercise of one size. */
        Exercise(Object key, Runnable once) {
            this(key, n -> once.run());
        }
    }

    /** What is told when all is compiled and better, or never will be. */
    interface Done {
        void tell(boolean better);
    }

    private static final class Request {
        final List<Exercise> exercises;
        final BooleanSupplier better;
        final Done done;
        long compiled;

        Request(List<Exercise> exercises, BooleanSupplier better, Done done) {
            this.exercises = exercises;
            this.better = better;
            this.done = done;
        }
    }

    private static final class Cold {
        final Exercise exercise;
        int rounds;
        long since;

        Cold(Exercise exercise) {
            this.exercise = exercise;
        }
    }

    /** A compiled loop takes some hundred nanoseconds for a block at 512 bits, another one many thousands. */
    private final long compiledNanos;

    private final Set<Object> warm = ConcurrentHashMap.newKeySet();
    private final Set<Object> hopeless = new HashSet<>();
    private final LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private @Nullable Thread thread;
    private volatile boolean closed;

    /** @param bits the vector width */
    Warmup(int bits) {
        this.compiledNanos = 1_500L * 512 / bits;
    }

    /** Whether all of these have been run until they were fast. */
    boolean areWarm(List<Exercise> exercises) {
        return exercises.stream().allMatch(e -> warm.contains(e.key));
    }

    /**
     * Runs these, some time, and then tells.
     *
     * @param better whether they are worth having; asked when they are fast, and again for a while
     */
    synchronized void warm(List<Exercise> exercises, BooleanSupplier better, Done done) {
        requests.add(new Request(exercises, better, done));
        if (thread == null) {
            thread = new Thread(this::work, "ondol-cpu-warmup");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void work() {
        List<Request> open = new ArrayList<>();
        Map<Object, Cold> cold = new LinkedHashMap<>();
        try {
            while (!closed) {
                Request next = open.isEmpty() ? requests.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS) : requests.poll();
                if (next != null) {
                    open.add(next);
                    next.exercises.stream()
                            .filter(e -> !warm.contains(e.key) && !hopeless.contains(e.key))
                            .forEach(e -> cold.putIfAbsent(e.key, new Cold(e)));
                } else if (open.isEmpty() && hasEnded()) {
                    return;
                }
                if (cold.isEmpty() && !open.isEmpty()) {
                    Thread.sleep(1);
                }
                heat(cold);
                open.removeIf(this::isDone);
            }
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    /** A round of the first that the compiler has not noticed yet, or else of all that wait for it. */
    private void heat(Map<Object, Cold> cold) throws InterruptedException {
        List<Cold> first = cold.values().stream().limit(AT_A_TIME).toList();
        List<Cold> unnoticed =
                first.stream().filter(c -> c.rounds < ENOUGH).limit(1).toList();
        if (unnoticed.isEmpty() && !first.isEmpty()) {
            Thread.sleep(1);
        }
        for (Cold each : unnoticed.isEmpty() ? first : unnoticed) {
            Object key = each.exercise.key;
            long now = System.nanoTime();
            each.since = each.rounds++ == 0 ? now : each.since;
            if (isFast(each.exercise)) {
                warm.add(key);
                cold.remove(key);
            } else if (now - each.since > PATIENCE_NANOS) {
                hopeless.add(key);
                cold.remove(key);
            }
        }
    }

    private boolean isDone(Request request) {
        if (areWarm(request.exercises)) {
            long now = System.nanoTime();
            request.compiled = request.compiled == 0 ? now : request.compiled;
            boolean better = request.better.getAsBoolean();
            if (better || now - request.compiled > PATIENCE_WITH_COMPILED_NANOS) {
                request.done.tell(better);
                return true;
            }
            return false;
        }
        boolean isHopeless = request.exercises.stream().allMatch(e -> warm.contains(e.key) || hopeless.contains(e.key));
        if (isHopeless) {
            request.done.tell(false);
        }
        return isHopeless;
    }

    /** Lets the thread end, unless a request has come in between. */
    private synchronized boolean hasEnded() {
        if (requests.isEmpty()) {
            thread = null;
            return true;
        }
        return false;
    }

    private boolean isFast(Exercise exercise) {
        long before = System.nanoTime();
        for (int k = 0; k < RUNS; k++) {
            exercise.elements.accept(k == 0 ? UNEVEN_BLOCK : BLOCK);
        }
        return System.nanoTime() - before < RUNS * compiledNanos;
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
