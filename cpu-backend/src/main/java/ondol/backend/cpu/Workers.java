package ondol.backend.cpu;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that share a kernel's work: the caller's and a few of its own. Work is a number of equal units, done in
 * contiguous chunks: each thread has a share of them, and helps the others when it has done its own. Small work, and work that comes while the threads are busy
 * with another caller's or is itself a part of shared work, stays on the caller's thread; how it is split never changes a result.
 */
final class Workers implements AutoCloseable {
    /** Work below this many nanoseconds costs more to share than it saves: what one thread wrote, the other must fetch. */
    static final long WORTH_SHARING = 100_000;

    /** From here on it is shared if no worker sleeps: then nobody has to be woken for it. */
    static final long WORTH_SHARING_AWAKE = 10_000;

    /** A worker looks for the next job this long before it sleeps. */
    private static final long SPIN_NANOS = 50_000;

    private static final int CHUNKS_PER_THREAD = 3;

    /** Units of work that may be done in any order and by any thread. */
    @FunctionalInterface
    interface Task {
        /** Does units {@code from} to {@code to - 1}. */
        void run(Scratch scratch, long from, long to);
    }

    private static final class Job {
        final Task task;
        final long units;
        final int chunks;

        /** The next chunk of each thread's share. */
        final AtomicIntegerArray next;

        final AtomicInteger done = new AtomicInteger();
        volatile @Nullable Throwable failure;

        Job(Task task, long units, int chunks, int threads) {
            this.task = task;
            this.units = units;
            this.chunks = chunks;
            this.next = new AtomicIntegerArray(threads);
            for (int t = 1; t < threads; t++) {
                next.setPlain(t, end(t - 1));
            }
        }

        /** Behind a thread's share. */
        private int end(int thread) {
            return (int) ((long) chunks * (thread + 1) / next.length());
        }

        boolean hasLeft() {
            for (int t = 0; t < next.length(); t++) {
                if (next.get(t) < end(t)) {
                    return true;
                }
            }
            return false;
        }

        /**
         * Does the chunks of a thread's share, then what is left of the others'. The share is the same part of every job,
         * so that a thread finds in its cache what it wrote in the job before.
         */
        void help(int thread, Scratch scratch) {
            int threads = next.length();
            for (int k = 0; k < threads; k++) {
                int share = (thread + k) % threads;
                int end = end(share);
                for (int c = next.getAndIncrement(share); c < end; c = next.getAndIncrement(share)) {
                    run(c, scratch);
                }
            }
        }

        private void run(int chunk, Scratch scratch) {
            try {
                if (failure == null) {
                    task.run(scratch, units * chunk / chunks, units * (chunk + 1) / chunks);
                }
            } catch (Throwable t) {
                failure = t;
            } finally {
                done.incrementAndGet();
            }
        }
    }

    private static final class Worker {
        final AtomicBoolean sleeps = new AtomicBoolean();
        final int number;
        final Thread thread;

        Worker(int number, Workers owner) {
            this.number = number;
            thread = new Thread(() -> owner.work(this), "ondol-cpu-" + number);
            thread.setDaemon(true);
        }
    }

    private final Worker[] workers;
    private final long worthSharing;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicReference<@Nullable Scratch> spare = new AtomicReference<>();

    /** For threads that compute at once, and for work inside of shared work: a few more. */
    private final ConcurrentLinkedQueue<Scratch> more = new ConcurrentLinkedQueue<>();

    private volatile @Nullable Job current;
    private volatile boolean closed;

    Workers(int threads, long worthSharing) {
        this.worthSharing = worthSharing;
        workers = new Worker[threads - 1];
        for (int w = 0; w < workers.length; w++) {
            workers[w] = new Worker(w + 1, this);
            workers[w].thread.start();
        }
    }

    /** How many threads work, the caller's included. */
    int threads() {
        return workers.length + 1;
    }

    /** How many threads may share work that takes one about so many nanoseconds. */
    int threads(double nanos) {
        return nanos < Math.min(worthSharing, WORTH_SHARING_AWAKE) ? 1 : threads();
    }

    private boolean isWorthSharing(double nanos) {
        return workers.length > 0 && (nanos >= worthSharing || nanos >= WORTH_SHARING_AWAKE && areAwake());
    }

    private boolean areAwake() {
        for (Worker worker : workers) {
            if (worker.sleeps.get()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Does all units and returns when they are done. An exception of the task is thrown here.
     *
     * @param nanos about how long all units take on one thread
     */
    void run(long units, double nanos, Task task) {
        if (units == 0) {
            return;
        }
        Scratch scratch = take();
        try {
            if (units < 2 || !isWorthSharing(nanos) || !busy.compareAndSet(false, true)) {
                scratch.run(task, units);
                return;
            }
            try {
                share(
                        new Job(task, units, (int) Math.min(units, (long) CHUNKS_PER_THREAD * threads()), threads()),
                        scratch);
            } finally {
                busy.set(false);
            }
        } finally {
            give(scratch);
        }
    }

    private Scratch take() {
        Scratch scratch = spare.getAndSet(null);
        if (scratch == null) {
            scratch = more.poll();
        }
        return scratch == null ? new Scratch() : scratch;
    }

    private void give(Scratch scratch) {
        if (!spare.compareAndSet(null, scratch) && more.size() < threads()) {
            more.add(scratch);
        }
    }

    private void share(Job job, Scratch scratch) {
        current = job;
        for (Worker worker : workers) {
            if (worker.sleeps.get() && worker.sleeps.compareAndSet(true, false)) {
                LockSupport.unpark(worker.thread);
            }
        }
        job.help(0, scratch);
        for (int spins = 0; job.done.get() < job.chunks; spins++) {
            if (spins < 10_000) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        current = null;
        Throwable failure = job.failure;
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    private void work(Worker self) {
        Scratch scratch = new Scratch();
        while (!closed) {
            Job job = next(self);
            if (job != null) {
                job.help(self.number, scratch);
            }
        }
    }

    /** Waits for a job with chunks left; null when woken for nothing. */
    private @Nullable Job next(Worker self) {
        long start = System.nanoTime();
        do {
            for (int k = 0; k < 64; k++) {
                Job job = current;
                if (job != null && job.hasLeft()) {
                    return job;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < SPIN_NANOS);
        self.sleeps.set(true);
        Job job = current;
        if (job == null && !closed) {
            LockSupport.park(this);
            Thread.interrupted(); // nobody's flag: with it up, the thread could not sleep any more
        }
        self.sleeps.set(false);
        return job != null && job.hasLeft() ? job : null;
    }

    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker.thread);
        }
    }
}
