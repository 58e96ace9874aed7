package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import ondol.autograd.Autograd;
import ondol.autograd.Function;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What several threads do at once with the same tensors. All sums are of small integers: exact in any order. */
class ThreadsTest {
    private static final int THREADS = 8;

    /** What one of the threads does; they begin together. */
    private interface Work {
        void run(int thread) throws Exception;
    }

    private static void together(int threads, Work work) throws Exception {
        together(Executors.newFixedThreadPool(threads), threads, work);
    }

    private static void together(ExecutorService pool, int threads, Work work) throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(threads);
        List<Future<?>> all = new ArrayList<>();
        try (pool) {
            for (int t = 0; t < threads; t++) {
                int thread = t;
                all.add(pool.submit(() -> {
                    barrier.await();
                    work.run(thread);
                    return null;
                }));
            }
        }
        for (Future<?> one : all) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw new AssertionError("in a thread", e.getCause());
            }
        }
    }

    private static void assertAll(float expected, Tensor t) {
        float[] wanted = new float[(int) t.numel()];
        Arrays.fill(wanted, expected);
        assertArrayEquals(wanted, t.toFloatArray());
    }

    // ---- gradients

    @Test
    void aSharedLeafGetsEveryGradient() throws Exception {
        Tensor w = Tensor.ones(64).requiresGrad(true);
        int times = 2000;
        together(THREADS, thread -> {
            for (int i = 0; i < times; i++) {
                w.mul(1.0).sum().backward();
            }
        });
        assertAll(THREADS * times, w.grad());
    }

    /** Of large tensors, too, which the backend shares among threads of its own, and with the first one of all. */
    @Test
    void theFirstGradientsAreNotLost() throws Exception {
        for (int round = 0; round < 200; round++) {
            Tensor w = Tensor.ones(20_000).requiresGrad(true);
            together(THREADS, thread -> w.mul(w).sum().backward());
            assertAll(2 * THREADS, w.grad());
        }
    }

    @Test
    void virtualThreads() throws Exception {
        Tensor w = Tensor.ones(64).requiresGrad(true);
        int times = 200;
        int threads = 100;
        together(Executors.newVirtualThreadPerTaskExecutor(), threads, thread -> {
            for (int i = 0; i < times; i++) {
                try (Scope scope = Scope.open()) {
                    Tensor y = w.mul(1.0);
                    Thread.yield(); // so that another one runs on this carrier
                    boolean off = thread % 2 == 0;
                    try (Recording recording = Recording.set(!off)) {
                        Thread.yield();
                        assertEquals(!off, Autograd.isGradEnabled());
                        assertEquals(!off, w.mul(1.0).requiresGrad());
                    }
                    assertSame(scope, Context.current().scope);
                    y.sum().backward();
                }
            }
        });
        assertAll(threads * times, w.grad());
    }

    @Test
    void aRetainedGradientGetsEverything() throws Exception {
        Tensor w = Tensor.ones(64).requiresGrad(true);
        Tensor h = w.mul(2.0).retainGrad();
        int times = 1000;
        together(THREADS, thread -> {
            for (int i = 0; i < times; i++) {
                h.mul(1.0).sum().backward(null, true, false);
            }
        });
        assertAll(THREADS * times, h.grad());
        assertAll(2 * THREADS * times, w.grad());
    }

    @Test
    void recordedGradientsAreAllThere() throws Exception {
        Tensor w = Tensor.ones(64).requiresGrad(true);
        int times = 100;
        together(THREADS, thread -> {
            for (int i = 0; i < times; i++) {
                w.square().sum().backward(null, true, true);
            }
        });
        Tensor g = w.grad();
        assertAll(2 * THREADS * times, g);
        w.zeroGrad();
        g.sum().backward(); // each of them is a part of the sum
        assertAll(2 * THREADS * times, w.grad());
    }

    /** A thread that takes gradients away meanwhile has them in full: none is added to what was forgotten. */
    @Test
    void gradientsMayBeTakenMeanwhile() throws Exception {
        Tensor w = Tensor.ones(64).requiresGrad(true);
        int times = 1000;
        AtomicInteger working = new AtomicInteger(THREADS);
        List<Tensor> taken = new ArrayList<>();
        together(THREADS + 1, thread -> {
            if (thread < THREADS) {
                for (int i = 0; i < times; i++) {
                    w.mul(1.0).sum().backward();
                }
                working.decrementAndGet();
                return;
            }
            boolean last;
            do {
                last = working.get() == 0;
                Tensor g = w.grad();
                if (g != null) {
                    w.zeroGrad();
                    taken.add(g);
                }
            } while (!last);
        });
        double sum = 0;
        for (Tensor g : taken) {
            sum += g.sum().item();
        }
        assertEquals(64.0 * THREADS * times, sum);
    }

    // ---- one graph

    /** Each thread has a gradient of its own for the output, and wants its own back; backward is called once for it. */
    @Test
    void aFunctionIsAskedForEachThread() throws Exception {
        Tensor a = Tensor.full(Shape.of(16), 3).requiresGrad(true);
        Tensor b = Tensor.full(Shape.of(16), 5).requiresGrad(true);
        AtomicInteger calls = new AtomicInteger();
        Tensor y = new Product(calls::incrementAndGet).apply(a, b);
        int times = 1000;
        together(THREADS, thread -> {
            Tensor g = Tensor.full(Shape.of(16), thread + 1);
            for (int i = 0; i < times; i++) {
                List<Tensor> both = Autograd.grad(List.of(y), List.of(a, b), List.of(g), true, false);
                assertAll(5 * (thread + 1), both.get(0));
                assertAll(3 * (thread + 1), both.get(1));
            }
        });
        assertEquals(THREADS * times, calls.get());
    }

    /** The product of two tensors, which does something of the program's before it uses what it saved. */
    private static final class Product extends Function {
        private final Runnable inBackward;

        Product(Runnable inBackward) {
            this.inBackward = inBackward;
        }

        @Override
        protected Tensor forward(Context context, Tensor... inputs) {
            context.save(inputs);
            return inputs[0].mul(inputs[1]);
        }

        @Override
        protected @Nullable Tensor[] backward(Context context, Tensor grad) {
            inBackward.run();
            return new Tensor[] {grad.mul(context.saved(1)), grad.mul(context.saved(0))};
        }
    }

    /** While one thread is at a node, another passes it and frees it: the first still finds what was saved there. */
    @Test
    void whoFreesAGraphWaitsForTheOthers() throws Exception {
        Device device = new CountingBackend(64L << 20).device("threads");
        Tensor a = Tensor.full(Shape.of(512), 3, DType.FLOAT32, device).requiresGrad(true);
        Tensor b = Tensor.full(Shape.of(512), 5, DType.FLOAT32, device).requiresGrad(true);
        CountDownLatch firstIsThere = new CountDownLatch(1);
        CountDownLatch secondIsGone = new CountDownLatch(1);
        Tensor h = new Product(() -> {
                    if (firstIsThere.getCount() > 0) {
                        firstIsThere.countDown();
                        await(secondIsGone);
                    }
                })
                .apply(a, b);
        together(2, thread -> {
            if (thread == 0) {
                h.mul(1.0).sum().backward();
                return;
            }
            await(firstIsThere);
            try {
                h.mul(1.0).sum().backward();
                Tensor.full(Shape.of(512), -1, DType.FLOAT32, device); // takes what was freed too soon
            } finally {
                secondIsGone.countDown();
            }
        });
        assertAll(10, a.grad());
        assertAll(6, b.grad());
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> h.mul(1.0).sum().backward());
        assertTrue(e.getMessage().contains("already gone through and freed"), e.getMessage());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Threads that all free what they share: each either gets everything, or is told that it comes too late. */
    @Test
    void threadsThatAllFreeAGraph() throws Exception {
        Device device = new CountingBackend(64L << 20).device("threads");
        for (int round = 0; round < 200; round++) {
            Tensor w = Tensor.full(Shape.of(512), 3, DType.FLOAT32, device).requiresGrad(true);
            Tensor h = w.square().square();
            AtomicInteger done = new AtomicInteger();
            together(THREADS, thread -> {
                try {
                    h.mul(1.0).sum().backward();
                    done.incrementAndGet();
                } catch (IllegalStateException e) {
                    assertTrue(e.getMessage().contains("already gone through and freed"), e.getMessage());
                }
                Tensor.full(Shape.of(512), -1, DType.FLOAT32, device); // takes what was freed too soon
            });
            assertTrue(done.get() >= 1);
            assertAll(4 * 27 * done.get(), w.grad());
        }
    }

    // ---- views

    /** The first views of a tensor, taken at once, follow it like any others. */
    @Test
    void theFirstViewsShareWhatTheyAreViewsOf() throws Exception {
        int rounds = 20_000;
        Tensor[] bases = new Tensor[rounds];
        Tensor[][] views = new Tensor[2][rounds];
        Tensor x = Tensor.ones(2).requiresGrad(true);
        for (int i = 0; i < rounds; i++) {
            bases[i] = x.mul(1.0);
        }
        AtomicInteger arrivals = new AtomicInteger();
        together(2, thread -> {
            for (int i = 0; i < rounds; i++) {
                arrivals.incrementAndGet();
                for (int spins = 0; arrivals.get() < 2 * (i + 1); spins++) {
                    if (spins % 1000 == 999) {
                        Thread.yield(); // the other one may not be running
                    }
                }
                int delay = i % 2 == thread ? i / 2 % 200 : 0; // a nanosecond each: who comes later, and by how much
                for (int spins = 0; spins < delay; spins++) {
                    arrivals.get();
                }
                views[thread][i] = bases[i].select(0, thread);
            }
        });
        for (int i = 0; i < rounds; i++) {
            bases[i].mulInPlace(2);
            for (int t = 0; t < 2; t++) {
                Tensor g = Autograd.grad(List.of(views[t][i]), List.of(x), null, true, false)
                        .getFirst();
                assertEquals(2, g.toFloatArray()[t], "view " + t + " in round " + i);
            }
        }
    }

    /** A view of what was changed has one new past, whoever asks first. */
    @Test
    void aViewHasOneGradient() throws Exception {
        int rounds = 3000;
        Tensor x = Tensor.ones(4).requiresGrad(true);
        Tensor[] views = new Tensor[rounds];
        Object[][] gradients = new Object[THREADS][rounds];
        for (int i = 0; i < rounds; i++) {
            Tensor base = x.mul(1.0);
            views[i] = base.select(0, 1);
            base.mulInPlace(2);
        }
        together(THREADS, thread -> {
            for (int i = 0; i < rounds; i++) {
                gradients[thread][i] = views[i].autogradMeta();
            }
        });
        for (int i = 0; i < rounds; i++) {
            assertEquals("AsStridedBackward0", views[i].gradFn());
            for (int t = 0; t < THREADS; t++) {
                assertSame(views[i].autogradMeta(), gradients[t][i], "thread " + t + " in round " + i);
            }
        }
    }

    /** Every change of a part counts, so that backward cannot overlook one. */
    @Test
    void changesOfDifferentPartsAllCount() throws Exception {
        Tensor t = Tensor.zeros(THREADS, 16);
        int before = t.storage().version();
        int times = 20_000;
        together(THREADS, thread -> {
            Tensor row = t.select(0, thread);
            for (int i = 0; i < times; i++) {
                row.fill(thread);
            }
        });
        assertEquals(before + THREADS * times, t.storage().version());
        for (int thread = 0; thread < THREADS; thread++) {
            assertAll(thread, t.select(0, thread));
        }
    }

    // ---- networks

    /** Threads that share a network: some compute with it, others gather gradients for one step. */
    @Test
    void oneNetwork() throws Exception {
        Sequential net = new Sequential(new Linear(8, 16), new ReLU(), new Linear(16, 4));
        Tensor x = Tensor.ones(32, 8);
        float[] expected = Autograd.noGrad(() -> net.forward(x)).toFloatArray();
        net.forward(x).sum().backward();
        Tensor bias = net.get(-1, Linear.class).parameters().getLast();
        assertAll(32, bias.grad());
        net.zeroGrad();
        AtomicBoolean wrong = new AtomicBoolean();
        together(THREADS, thread -> {
            for (int i = 0; i < 300; i++) {
                if (thread % 2 == 0) {
                    try (Scope scope = Scope.open()) {
                        net.forward(x).sum().backward();
                    }
                } else if (!Arrays.equals(
                        expected, Autograd.noGrad(() -> net.forward(x)).toFloatArray())) {
                    wrong.set(true);
                }
            }
        });
        assertFalse(wrong.get());
        assertAll(32 * 300 * THREADS / 2, bias.grad());
    }
}
