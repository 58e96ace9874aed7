package ondol.backend.c;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Calls whose kernels are still compiled, on several threads at once, while the program goes on to later ones. They are started
 * in the order in which they came. So a network's first step compiles the kernels of all its layers together, instead of one
 * after the other.
 */
public final class CallQueue {
    /** The largest number of calls that wait: each needs a little memory. */
    private static final int MOST = 1024;

    private final Predicate<Source> isReady;
    private final Consumer<Source> compile;
    private final Consumer<Call> start;
    private final ExecutorService threads;
    private final ArrayDeque<Call> waiting = new ArrayDeque<>();
    private final Set<Source> compiling = new HashSet<>();
    private @Nullable Throwable failure;

    /**
     * A queue for one device.
     *
     * @param isReady whether a kernel needs no compiling; asked by one thread at a time
     * @param compile compiles a kernel, on any thread; what fails here must fail in {@code start} too
     * @param start starts a call whose kernel is compiled, on any thread, one call at a time; it may not ask for memory
     */
    public CallQueue(Predicate<Source> isReady, Consumer<Source> compile, Consumer<Call> start) {
        this(isReady, compile, start, Runtime.getRuntime().availableProcessors());
    }

    /** @param most kernels that are compiled at once */
    CallQueue(Predicate<Source> isReady, Consumer<Source> compile, Consumer<Call> start, int most) {
        this.isReady = isReady;
        this.compile = compile;
        this.start = start;
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                most,
                most,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                work -> Thread.ofPlatform().daemon().name("ondol-compile").unstarted(work));
        pool.allowCoreThreadTimeOut(true);
        threads = pool;
    }

    /**
     * {@return whether a call has to wait: its kernel is not compiled, or a call before it waits}
     *
     * @param call a call of a compiled or uncompiled kernel
     * @throws RuntimeException why an earlier call could not be started
     */
    public synchronized boolean mustWait(Call call) {
        rethrow();
        return !waiting.isEmpty() || !isReady.test(call.source());
    }

    /**
     * Starts a call when its kernel and all calls before it are ready.
     *
     * @param call a call of a compiled or uncompiled kernel
     * @throws RuntimeException why an earlier call could not be started
     */
    public void add(Call call) {
        synchronized (this) {
            rethrow();
            waiting.add(call);
            compileBeside(call.source());
            startReady();
            if (waiting.size() < MOST) {
                return;
            }
        }
        await();
    }

    /**
     * Compiles kernels that will be started, several at once, and waits for them.
     *
     * @param sources the kernels' texts
     */
    public synchronized void compile(List<Source> sources) {
        sources.forEach(this::compileBeside);
        waitUntil(compiling::isEmpty);
    }

    private void compileBeside(Source source) {
        if (!isReady.test(source) && compiling.add(source)) {
            threads.execute(() -> compile(source));
        }
    }

    private void compile(Source source) {
        try {
            compile.accept(source);
        } catch (RuntimeException | Error e) {
            // It fails again when it is started, and is told then.
        } finally {
            synchronized (this) {
                compiling.remove(source);
                startReady();
            }
        }
    }

    /** Calls that come after one that cannot be started are not started either. */
    private void startReady() {
        while (!waiting.isEmpty() && !compiling.contains(waiting.element().source())) {
            try {
                start.accept(waiting.remove());
            } catch (RuntimeException | Error e) {
                waiting.clear();
                failure = e;
            }
        }
        notifyAll();
    }

    /**
     * Waits until all calls are started.
     *
     * @throws RuntimeException why one could not be started; those after it are not either
     */
    public synchronized void await() {
        settle();
        rethrow();
    }

    /** The same, but what failed is thrown by the next call or wait. */
    public synchronized void settle() {
        waitUntil(waiting::isEmpty);
    }

    /** Waits until something is done; only while this thread holds the lock. */
    private void waitUntil(BooleanSupplier done) {
        boolean interrupted = false;
        while (!done.getAsBoolean()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true; // half of the calls are none
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void rethrow() {
        Throwable e = failure;
        failure = null;
        if (e instanceof Error error) {
            throw error;
        }
        if (e instanceof RuntimeException exception) {
            throw exception;
        }
    }

    /** Ends the threads, when nothing waits any more. */
    public void close() {
        settle();
        threads.shutdown();
    }
}
