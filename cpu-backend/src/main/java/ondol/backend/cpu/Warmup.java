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
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs vector loops on the side until the JIT compiler has compiled them. Before that the Vector API allocates an object
 * for every vector and is a thousand times slower than afterwards; meanwhile the plain loops do the work, with the same
 * bits. Few loops at a time and no oftener than the compiler needs to take notice: the program has need of the compiler
 * and the processors too.
 *
 * <p>Nothing depends on it, so nothing that goes wrong here goes further: what fails stays on plain loops, which is logged
 * once, and the others are made ready all the same.
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

    private static final long PAUSE_NANOS = 100_000_000;

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

    /** What the thread has in hand. Fields, so that another thread could go on with it. */
    private final List<Request> open = new ArrayList<>();

    private final Map<Object, Cold> cold = new LinkedHashMap<>();
    private boolean idle;
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
            Thread started = new Thread(this::work, "ondol-cpu-warmup");
            started.setDaemon(true);
            started.start();
            thread = started; // not before it runs: there may be no room for another thread just now
        }
    }

    private void work() {
        try {
            while (!closed) {
                try {
                    if (hasEnded()) {
                        return;
                    }
                    round();
                } catch (InterruptedException e) {
                    // If it is from close, closed says so; nobody else decides when this ends.
                } catch (OutOfMemoryError e) {
                    LockSupport.parkNanos(PAUSE_NANOS); // the program's heap is full just now: no loop's fault
                }
            }
        } finally {
            forget();
        }
    }

    private synchronized void forget() {
        if (thread == Thread.currentThread()) {
            thread = null; // the next request starts another
        }
    }

    private void round() throws InterruptedException {
        Request next = open.isEmpty() ? requests.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS) : requests.poll();
        if (next != null) {
            open.add(next);
            next.exercises.stream()
                    .filter(e -> !warm.contains(e.key) && !hopeless.contains(e.key))
                    .forEach(e -> cold.putIfAbsent(e.key, new Cold(e)));
        }
        idle = next == null && open.isEmpty();
        if (cold.isEmpty() && !open.isEmpty()) {
            Thread.sleep(1);
        }
        heat();
        for (var each = open.iterator(); each.hasNext(); ) {
            if (isDone(each.next())) {
                each.remove();
            }
        }
    }

    /** A round of the first that the compiler has not noticed yet, or else of all that wait for it. */
    private void heat() throws InterruptedException {
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
            boolean fast = false;
            boolean failed = false;
            try {
                fast = isFast(each.exercise);
            } catch (OutOfMemoryError e) {
                throw e;
            } catch (RuntimeException | Error e) {
                failed = true;
                report(e);
            }
            if (fast) {
                warm.add(key);
                cold.remove(key);
            } else if (failed || now - each.since > PATIENCE_NANOS) {
                hopeless.add(key);
                cold.remove(key);
            }
        }
    }

    /** Whether a request is answered, one way or the other. */
    private boolean isDone(Request request) {
        boolean better = false;
        if (areWarm(request.exercises)) {
            long now = System.nanoTime();
            request.compiled = request.compiled == 0 ? now : request.compiled;
            boolean failed = false;
            try {
                better = request.better.getAsBoolean();
            } catch (OutOfMemoryError e) {
                throw e;
            } catch (RuntimeException | Error e) {
                failed = true;
                report(e);
            }
            if (!better && !failed && now - request.compiled <= PATIENCE_WITH_COMPILED_NANOS) {
                return false;
            }
        } else if (!request.exercises.stream().allMatch(e -> warm.contains(e.key) || hopeless.contains(e.key))) {
            return false;
        }
        boolean answer = better;
        optional(() -> request.done.tell(answer));
        return true;
    }

    /** Does what makes something faster, without which it is computed all the same. */
    static void optional(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            report(e);
        }
    }

    private static void report(Throwable e) {
        try {
            System.getLogger("ondol")
                    .log(
                            System.Logger.Level.WARNING,
                            "cpu: a faster loop could not be made; plain loops go on doing its work, with the same results",
                            e);
        } catch (RuntimeException | Error unlogged) {
            // A logger's failure, or a heap so full that there is no room for the message, must not end the thread
            // either.
        }
    }

    /** Lets the thread end after a round in which there was nothing to do, unless a request has come in between. */
    private synchronized boolean hasEnded() {
        boolean ends = idle && requests.isEmpty();
        idle = false;
        if (ends) {
            thread = null;
        }
        return ends;
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
