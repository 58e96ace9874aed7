package ondol.backend.c;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Work that may as well be done later, one by one, such as compiling: done on as many threads as there are processors. */
public final class SeveralAtOnce {
    private static final System.Logger LOG = System.getLogger("ondol.kernels");

    private SeveralAtOnce() {}

    /**
     * Returns when all is done. What fails is logged, and left for later.
     *
     * @param work may be called on any thread
     */
    public static <T> void run(List<T> things, Consumer<? super T> work) {
        run(things, work, Math.min(things.size(), Runtime.getRuntime().availableProcessors()));
    }

    /** The same on so many threads, the caller's among them. */
    static <T> void run(List<T> things, Consumer<? super T> work, int threads) {
        ConcurrentLinkedQueue<T> left = new ConcurrentLinkedQueue<>(things);
        List<Thread> others = new ArrayList<>();
        for (int i = 1; i < threads; i++) {
            others.add(Thread.ofPlatform().daemon().name("ondol-compile-" + i).start(() -> work(left, work)));
        }
        work(left, work);
        boolean interrupted = false;
        Iterator<Thread> waiting = others.iterator();
        Thread next = waiting.hasNext() ? waiting.next() : null;
        while (next != null) {
            try {
                next.join();
                next = waiting.hasNext() ? waiting.next() : null;
            } catch (InterruptedException e) {
                interrupted = true; // what is compiled does not stop half-way
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> void work(ConcurrentLinkedQueue<T> left, Consumer<? super T> work) {
        for (T thing = left.poll(); thing != null; thing = left.poll()) {
            try {
                work.accept(thing);
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.DEBUG, "left for later: {0}", e.getMessage());
            }
        }
    }
}
