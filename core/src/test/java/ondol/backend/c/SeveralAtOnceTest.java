package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SeveralAtOnceTest {
    /** Each waits until another is at work. */
    @Test
    void severalRunAtOnce() {
        CyclicBarrier two = new CyclicBarrier(2);
        Set<Integer> done = ConcurrentHashMap.newKeySet();
        List<Integer> things = IntStream.range(0, 6).boxed().toList();
        SeveralAtOnce.run(
                things,
                thing -> {
                    try {
                        two.await(5, TimeUnit.MINUTES);
                    } catch (Exception e) {
                        throw new IllegalStateException("nobody else is at work", e);
                    }
                    done.add(thing);
                },
                2);
        assertEquals(Set.copyOf(things), done);
    }

    @Test
    void whatFailsDoesNotKeepTheOthers() {
        Set<Integer> done = ConcurrentHashMap.newKeySet();
        SeveralAtOnce.run(List.of(1, 2, 3, 4, 5), thing -> {
            if (thing % 2 == 0) {
                throw new IllegalStateException("does not compile");
            }
            done.add(thing);
        });
        assertEquals(Set.of(1, 3, 5), done);
        SeveralAtOnce.run(List.of(), thing -> done.add(7));
        assertEquals(3, done.size());
    }

    @Test
    void anInterruptIsKept() {
        Set<Integer> done = ConcurrentHashMap.newKeySet();
        Thread.currentThread().interrupt();
        SeveralAtOnce.run(List.of(1, 2, 3), done::add, 3);
        assertTrue(Thread.interrupted());
        assertEquals(3, done.size());
    }
}
