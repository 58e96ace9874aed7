package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import ondol.nn.Dropout;
import ondol.nn.Linear;
import ondol.nn.Sequential;
import org.junit.jupiter.api.Test;

/** A thread's own default generator. */
final class ThreadGeneratorTest {
    /** Draws in many places by the default generator: weights, random numbers, masks. */
    private static float[] draws(long seed, Runnable between) {
        return Ondol.withGenerator(new Generator(99), () -> {
            Ondol.manualSeed(seed);
            Sequential net = new Sequential(new Linear(8, 8), new Dropout(0.5));
            Tensor x = Tensor.zeros(4, 8);
            for (int i = 0; i < 20; i++) {
                between.run();
                x = net.forward(x.add(Tensor.randn(4, 8)));
            }
            return x.toFloatArray();
        });
    }

    @Test
    void threadsThatDrawInTurnsGetWhatEachWouldGetAlone() {
        byte[] process = Ondol.generator().getState();
        CyclicBarrier turns = new CyclicBarrier(2);
        Runnable together = () -> {
            try {
                turns.await();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
        CompletableFuture<float[]> first =
                CompletableFuture.supplyAsync(() -> draws(1, together), Thread::startVirtualThread);
        float[] second = draws(2, together);
        assertArrayEquals(draws(1, () -> {}), first.join());
        assertArrayEquals(draws(2, () -> {}), second);
        assertArrayEquals(process, Ondol.generator().getState());
    }

    @Test
    void theOneBeforeComesBack() {
        Generator process = Ondol.generator();
        Generator outer = new Generator(1);
        Generator inner = new Generator(2);
        Ondol.withGenerator(outer, () -> {
            assertSame(inner, Ondol.withGenerator(inner, Ondol::generator));
            assertThrows(ArithmeticException.class, () -> Ondol.withGenerator(inner, () -> Math.floorDiv(1, 0)));
            assertSame(outer, Ondol.generator());
            assertNotSame(
                    outer,
                    CompletableFuture.supplyAsync(Ondol::generator, Thread::startVirtualThread)
                            .join());
            return null;
        });
        assertSame(process, Ondol.generator());
    }

    @Test
    void nullIsRefused() {
        assertEquals(
                "withGenerator: the generator is null; give one, as new Generator(seed)",
                assertThrows(NullPointerException.class, () -> Ondol.withGenerator(null, () -> 1))
                        .getMessage());
        assertEquals(
                "withGenerator: the body is null; pass what is to run",
                assertThrows(NullPointerException.class, () -> Ondol.withGenerator(new Generator(1), null))
                        .getMessage());
    }
}
