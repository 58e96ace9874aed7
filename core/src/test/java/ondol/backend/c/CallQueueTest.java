package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import ondol.backend.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever is compiled first, calls start in the order in which they came. */
class CallQueueTest {
    private final Set<Source> ready = ConcurrentHashMap.newKeySet();
    private final List<Source> compiled = Collections.synchronizedList(new ArrayList<>());
    private final List<String> started = Collections.synchronizedList(new ArrayList<>());
    private Consumer<Source> compiler = _ -> {};
    private final CallQueue queue = new CallQueue(
            ready::contains,
            source -> {
                compiler.accept(source);
                compiled.add(source);
                ready.add(source);
            },
            call -> {
                if (call.source().name().equals("wrong")) {
                    throw new IllegalStateException("does not compile");
                }
                assertTrue(ready.contains(call.source()));
                started.add(call.source().name());
            },
            2);

    @AfterEach
    void close() {
        queue.close();
    }

    private static Call call(String name) {
        return new Call(new Source(name, name, 1, false), new Buffer[0], ByteBuffer.allocate(0), 1);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void laterKernelsCompileFirst() {
        CountDownLatch second = new CountDownLatch(1);
        compiler = source -> {
            if (source.name().equals("a")) {
                await(second); // never, if it were compiled before the others are asked for
            }
        };
        queue.add(call("a"));
        assertTrue(queue.mustWait(call("b")));
        ready.add(call("c").source());
        assertTrue(queue.mustWait(call("c"))); // its kernel is there, but others come before
        for (String name : List.of("b", "c", "b", "a", "d")) {
            queue.add(call(name));
        }
        assertEquals(List.of(), started);
        second.countDown();
        queue.await();
        assertEquals(List.of("a", "b", "c", "b", "a", "d"), started);
        assertEquals(3, Set.copyOf(compiled).size());
        assertFalse(queue.mustWait(call("c")));
        assertTrue(queue.mustWait(call("e")));
    }

    /** Each waits until another is compiled beside it. */
    @Test
    void kernelsAreCompiledAtOnce() {
        CyclicBarrier two = new CyclicBarrier(2);
        compiler = _ -> {
            try {
                two.await(5, TimeUnit.MINUTES);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new IllegalStateException("nothing is compiled beside", e);
            }
        };
        List<Source> sources = Stream.of("a", "b", "a", "c", "d")
                .map(CallQueueTest::call)
                .map(Call::source)
                .toList();
        queue.compile(sources);
        assertEquals(4, compiled.size());
        assertEquals(Set.copyOf(sources), Set.copyOf(compiled));
        assertEquals(List.of(), started);
        queue.compile(sources);
        assertEquals(4, compiled.size());
    }

    @Test
    void manyCalls() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            names.add("k" + i * i % 97);
            queue.add(call(names.getLast()));
        }
        queue.await();
        assertEquals(names, started);
    }

    /** It is told once, and calls after it are lost with it; then all is as before. */
    @Test
    void aCallThatCannotBeStarted() {
        CountDownLatch go = new CountDownLatch(1);
        compiler = _ -> await(go);
        queue.add(call("a"));
        queue.add(call("wrong"));
        queue.add(call("b"));
        go.countDown();
        queue.settle();
        var e = assertThrows(IllegalStateException.class, () -> queue.mustWait(call("a")));
        assertEquals("does not compile", e.getMessage());
        assertEquals(List.of("a"), started);
        queue.add(call("c"));
        queue.await();
        assertEquals(List.of("a", "c"), started);
        queue.add(call("wrong"));
        assertThrows(IllegalStateException.class, queue::await);
        queue.await();
    }

    /** What a compiler throws is thrown by the start, which compiles again. */
    @Test
    void anErrorOfTheCompiler() {
        Error error = new LinkageError("no compiler");
        compiler = _ -> {
            throw error;
        };
        queue.add(call("a"));
        assertThrows(AssertionError.class, queue::await); // of the start
        assertEquals(List.of(), started);
    }

    @Test
    void anInterruptIsKept() {
        CountDownLatch go = new CountDownLatch(1);
        compiler = _ -> await(go);
        queue.add(call("a"));
        Thread.currentThread().interrupt();
        Thread.ofPlatform().start(go::countDown);
        queue.await();
        assertTrue(Thread.interrupted());
        assertEquals(List.of("a"), started);
    }
}
