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
import ondol.backend.Log;
import org.jspecify.annotations.Nullable;

/**
 * Has vector loops compiled on the side. Before that the Vector API allocates an object for every vector and is a thousand
 * times slower than afterwards; meanwhile the plain loops do the work, with the same bits.
 *
 * <p>The JIT compiler takes notice of a method when it has been called some thousand times, whatever it did. So a loop is
 * run on a few elements, from which the compiler learns what is in it, and then called many times for none, which costs
 * next to nothing. Two loops are in the compiler's hands at a time, in the order in which they became hot: the program
 * has need of the compiler and the processors too.
 *
 * <p>Nothing depends on it, so nothing that goes wrong here goes further: what fails stays on plain loops, which is logged
 * once, and the others are made ready all the same.
 */
final class Warmup implements AutoCloseable {
    /** Elements of a short run and of a long one; some have a rest that fills no vector. */
    private static final int SHORT = 64;

    private static final int LONG = 384;
    private static final int REST = 5;

    /** Calls for no elements: so many wake the quick compiler, and so many the other one. */
    private static final int FIRST_CALLS = 300;

    private static final int CALLS = 5000;

    /** Every other run is of another place. */
    private static final int EACH = 2;

    /** Runs, or comparisons, of which the fastest counts. */
    private static final int ROUNDS = 4;

    private static final int RUNS = 8;

    /** So many things are run or waited for at a time. */
    private static final int AT_A_TIME = 2;

    /** Between two looks whether something is compiled, at first and at most. */
    private static final long FIRST_LOOK_NANOS = 2_000_000;

    private static final long LAST_LOOK_NANOS = 20_000_000;

    /** The most that compiled code takes for a call, for a vector, and for each operation on it. */
    private static final long CALL_NANOS = 500;

    private static final long VECTOR_NANOS = 6;
    private static final long PRIMITIVE_NANOS = 4;

    /** What takes so many times as long is not looked at more closely. */
    private static final long LOOK_LONGER = 20;

    /** What takes so many times as long, so many times in turn, is fast after all. */
    private static final int CLOSE = 3;

    private static final int LOOKS_CLOSE = 8;

    /** After so many looks others come first. */
    private static final int MOST_LOOKS = 64;

    /** What is not compiled after this long never will be. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    /** What is compiled and not better after this long never will be. */
    private static final long PATIENCE_WITH_COMPILED_NANOS = 3_000_000_000L;

    private static final long PAUSE_NANOS = 100_000_000;

    /** The thread ends when there was nothing to do for this long. */
    private static final long IDLE_MILLIS = 3_000;

    /**
     * Something to have compiled.
     *
     * @param key things of one key are compiled together
     * @param primitives how much there is to do for a vector of elements: about how many vector operations
     * @param elements runs it on so many elements, 0 among them
     */
    record Exercise(Object key, int primitives, IntConsumer elements) {
        private void call(int times, int n) {
            for (int k = 0; k < times; k++) {
                elements.accept(n);
            }
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
        int looks;
        int close;
        long since;
        long nextLook;
        long pause = FIRST_LOOK_NANOS;

        Cold(Exercise exercise) {
            this.exercise = exercise;
        }
    }

    private final int lanes;
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
        this.lanes = bits / Float.SIZE;
    }

    /** Whether what has this key has been compiled. */
    boolean isWarm(Object key) {
        return warm.contains(key);
    }

    /** Whether all of these have been compiled. */
    boolean areWarm(List<Exercise> exercises) {
        for (Exercise exercise : exercises) {
            if (!isWarm(exercise.key)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Has these compiled, some time, and then tells.
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
            for (Exercise exercise : next.exercises) {
                if (!warm.contains(exercise.key) && !hopeless.contains(exercise.key)) {
                    cold.putIfAbsent(exercise.key, new Cold(exercise));
                }
            }
        }
        idle = next == null && open.isEmpty();
        heat();
        boolean answered = false;
        for (var each = open.iterator(); each.hasNext(); ) {
            if (isDone(each.next())) {
                each.remove();
                answered = true;
            }
        }
        if (!open.isEmpty() && !answered) {
            Thread.sleep(1);
        }
    }

    /** Goes on with the first that are not compiled, those whose time has come. */
    private void heat() {
        int n = 0;
        @Nullable Cold slow = null;
        for (var each = cold.values().iterator(); each.hasNext() && n < AT_A_TIME; n++) {
            Cold next = each.next();
            long now = System.nanoTime();
            if (next.looks > 0 && now - next.nextLook < 0) {
                continue;
            }
            boolean failed = false;
            boolean fast = false;
            try {
                fast = look(next, now);
            } catch (OutOfMemoryError e) {
                throw e;
            } catch (RuntimeException | Error e) {
                failed = true;
                report(e);
            }
            if (fast || failed || now - next.since > PATIENCE_NANOS) {
                (fast ? warm : hopeless).add(next.exercise.key);
                each.remove();
            } else if (next.looks % MOST_LOOKS == 0) {
                each.remove();
                slow = next;
            }
        }
        if (slow != null) {
            cold.put(slow.exercise.key, slow); // behind the others, which need not wait for it
        }
    }

    /** Wakes the compilers, the quick one first, and from then on looks whether they are done. */
    private boolean look(Cold next, long now) {
        Exercise exercise = next.exercise;
        next.since = next.looks == 0 ? now : next.since;
        boolean fast = next.looks > 1 && isFast(next);
        if (next.looks == 0) {
            exercise.call(FIRST_CALLS, 0);
        } else if (!fast) {
            // Each time everything once, since it is not known from when on the compiler counts what is taken.
            exercise.call(EACH, SHORT);
            exercise.call(EACH, SHORT - REST);
            exercise.call(1, LONG);
            exercise.call(CALLS, 0);
        }
        next.looks++;
        next.nextLook = System.nanoTime() + next.pause;
        next.pause = Math.min(LAST_LOOK_NANOS, next.pause * 5 / 4);
        return fast;
    }

    /**
     * Whether a run takes the time of compiled code: of each operation a nanosecond or two. Where it is not compiled, each
     * is a call and makes an object, which takes ten times that and more. What is not far from it look after look is an
     * operation that takes longer than most.
     */
    private boolean isFast(Cold next) {
        Exercise exercise = next.exercise;
        long limit = limit(exercise, LONG);
        long best = Long.MAX_VALUE;
        if (nanos(exercise, SHORT - REST) < LOOK_LONGER * limit(exercise, SHORT)) {
            for (int k = 0; k < ROUNDS && best > limit; k++) { // the first finds nothing in the caches
                best = Math.min(best, nanos(exercise, LONG));
            }
        }
        next.close = best / CLOSE <= limit ? next.close + 1 : 0;
        return best <= limit || next.close == LOOKS_CLOSE;
    }

    private long limit(Exercise exercise, int n) {
        return CALL_NANOS + (long) n / lanes * (VECTOR_NANOS + PRIMITIVE_NANOS * exercise.primitives);
    }

    private static long nanos(Exercise exercise, int n) {
        long before = System.nanoTime();
        exercise.elements.accept(n);
        return System.nanoTime() - before;
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
            Log.of("ondol")
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
            frame.run(LONG);
        }
        return System.nanoTime() - before;
    }

    /** One exercise for each written loop of a program. */
    static List<Exercise> of(Program program) {
        List<Exercise> exercises = new ArrayList<>();
        for (Step step : program.steps()) {
            if (step instanceof WrittenStep written) {
                Frame frame = Frame.forWarmup(program);
                exercises.add(new Exercise(written.getClass(), written.primitives(), n -> {
                    frame.alternate(n);
                    written.run(frame, n);
                }));
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
