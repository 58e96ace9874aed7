package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Workers} do all that they are given, once. */
class WorkersTest {
    private static void assertAllDoneOnce(Workers workers, int units) {
        AtomicIntegerArray done = new AtomicIntegerArray(units);
        workers.run(units, 1, (scratch, from, to) -> {
            for (long unit = from; unit < to; unit++) {
                done.incrementAndGet((int) unit);
            }
        });
        for (int unit = 0; unit < units; unit++) {
            assertEquals(1, done.get(unit), units + " units, unit " + unit);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void everyUnitOnce(int threads) {
        try (Workers workers = new Workers(threads, 0)) {
            assertEquals(threads, workers.threads());
            IntStream.range(0, 60).forEach(units -> assertAllDoneOnce(workers, units));
            assertAllDoneOnce(workers, 100_000);
        }
    }

    @Test
    void aTaskThatThrows() {
        try (Workers workers = new Workers(3, 0)) {
            for (Throwable fault : new Throwable[] {new IllegalStateException(), new StackOverflowError()}) {
                for (int bad : new int[] {0, 20, 39}) {
                    Workers.Task task = (scratch, from, to) -> {
                        if (from <= bad && bad < to) {
                            WorkersTest.<RuntimeException>doThrow(fault);
                        }
                    };
                    assertSame(fault, assertThrows(Throwable.class, () -> workers.run(40, 1, task)));
                    assertSame(fault, assertThrows(Throwable.class, () -> new Workers(1, 0).run(40, 1, task)));
                }
                assertAllDoneOnce(workers, 40);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void doThrow(Throwable fault) throws T {
        throw (T) fault;
    }

    /** Small work, and work inside other work, stays on the thread that has it. */
    @Test
    void whatIsNotShared() {
        try (Workers workers = new Workers(4, 1000)) {
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            workers.run(100, 999, (scratch, from, to) -> threads.add(Thread.currentThread()));
            assertEquals(Set.of(Thread.currentThread()), threads);
            workers.run(8, 1000, (scratch, from, to) -> {
                Thread caller = Thread.currentThread();
                workers.run(100, 1000, (inner, first, end) -> {
                    assertSame(caller, Thread.currentThread());
                    assertEquals(100, end - first);
                });
            });
        }
    }

    /** A thread's scratch is its own as long as the task runs. */
    @Test
    void everyThreadHasAScratch() {
        Map<Scratch, Thread> owners = new ConcurrentHashMap<>();
        try (Workers workers = new Workers(4, 0)) {
            workers.run(1000, 1, (scratch, from, to) -> {
                Thread before = owners.putIfAbsent(scratch, Thread.currentThread());
                assertSame(Thread.currentThread(), before == null ? Thread.currentThread() : before);
            });
        }
    }

    @Test
    void twoCallersAtOnce() {
        try (Workers workers = new Workers(3, 0)) {
            CompletableFuture<Void> other = CompletableFuture.runAsync(
                    () -> IntStream.range(0, 200).forEach(units -> assertAllDoneOnce(workers, units)));
            IntStream.range(0, 200).forEach(units -> assertAllDoneOnce(workers, units));
            other.join();
        }
    }
}
