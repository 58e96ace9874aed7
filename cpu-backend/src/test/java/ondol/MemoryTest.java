package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import ondol.autograd.Autograd;
import ondol.backend.Limits;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.memory.Memory;
import ondol.nn.BatchNorm1d;
import ondol.nn.Dropout;
import ondol.nn.GroupNorm;
import ondol.nn.LayerNorm;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.junit.jupiter.api.Test;

/** Where buffers come from and when they come back, on a device with 64 MB of which 56 may be used. */
class MemoryTest extends SmallDeviceTest {
    // ---- the pool

    @Test
    void aClosedTensorsBufferIsUsedAgain() {
        Tensor.ones(1000).close();
        assertEquals(1, backend.allocations());
        assertEquals(0, inUse());
        assertEquals(4096, device.memoryStats().pooled());
        Tensor again = Tensor.zeros(990); // of the same size class
        assertEquals(1, backend.allocations());
        assertEquals(new MemoryStats(4096, 0, 56 * MB), device.memoryStats());
        Tensor second = Tensor.zeros(1000);
        assertEquals(2, backend.allocations());
        again.close();
        second.close();
    }

    @Test
    void typesDoNotShareBuffers() {
        Tensor.ones(1000).close();
        Tensor.zeros(Shape.of(1000), DType.INT64, device).close();
        assertEquals(2, backend.allocations());
    }

    @Test
    void trimGivesThePoolBack() {
        Tensor kept = Tensor.ones(1000);
        Tensor.ones(5000).close();
        Tensor.ones(6000).close();
        device.trimMemory();
        device.trimMemory();
        assertEquals(new MemoryStats(4096, 0, 56 * MB), device.memoryStats());
        assertEquals(2, backend.frees());
        assertEquals(1, backend.waits());
        assertEquals(1000, kept.sum().item());
    }

    @Test
    void theMostInUseAndTheLargestHolders() {
        Tensor first = Tensor.ones(MEGABYTE);
        Tensor second = Tensor.zeros(Shape.of(2 * MEGABYTE), DType.INT64, device);
        first.close();
        assertEquals(5 * MB, device.maxMemoryAllocated());
        device.resetPeakMemoryStats();
        assertEquals(4 * MB, device.maxMemoryAllocated());
        Tensor third = Tensor.ones(MEGABYTE);
        Tensor fourth = Tensor.ones(MEGABYTE);
        third.close();
        assertEquals(6 * MB, device.maxMemoryAllocated());
        String all = "5120.0 KB in use, at most 6144.0 KB, 1024.0 KB kept for reuse, limit 56.0 MB";
        String holders = "\n  1 x 524288 INT64 = 4096.0 KB\n  1 x 262144 FLOAT32 = 1024.0 KB";
        assertEquals(device + ": " + all + "; the largest holders:" + holders, device.memorySummary());
        second.close();
        fourth.close();
        assertEquals(
                device + ": 0 bytes in use, at most 6144.0 KB, 6144.0 KB kept for reuse, limit 56.0 MB",
                device.memorySummary());
    }

    /** Sizes are rounded up; a device that refuses that is asked for the exact size, and what it gave is used again. */
    @Test
    void aSizeIsRoundedUpOnlyWhereItFits() {
        long length = 1_000_001;
        backend.onlyGives(length * Float.BYTES);
        for (int i = 0; i < 3; i++) {
            Tensor.ones(length).close();
        }
        assertEquals(1, backend.allocations());
        assertEquals(0, backend.frees());
        backend.onlyGives(Long.MAX_VALUE);
        device.trimMemory();
        Tensor first = Tensor.ones(15 * MEGABYTE);
        Tensor rest = Tensor.ones(41 * MEGABYTE); // rounded up it would be 44 MB
        assertEquals(56 * MB, inUse());
        rest.close();
        first.close();
    }

    @Test
    void closingTwiceReleasesOnce() {
        Tensor t = Tensor.ones(1000);
        t.close();
        t.close();
        Tensor a = Tensor.full(Shape.of(1000), 1);
        Tensor b = Tensor.full(Shape.of(1000), 2);
        assertEquals(1000, a.sum().item());
        assertEquals(2000, b.sum().item());
        assertTrue(t.isClosed());
        assertEquals("tensor(closed, shape=[1000], dtype=FLOAT32)", t.toString());
    }

    @Test
    void readingLeavesNothingBehind() {
        Tensor t = Tensor.ones(20, 30).requiresGrad(true);
        long one = inUse();
        try (var _ = Scope.open()) {
            t.t().toLongArray();
            assertEquals(1, t.get(Index.at(1), Index.at(2)).item());
        }
        t.toBooleanArray();
        assertNotNull(t.toString());
        assertEquals(one, inUse());
        t.close();
        assertEquals(0, inUse());
    }

    @Test
    void aModuleWithoutRoomForItsLastParameterLeavesNothing() {
        backend.onlyHas(MB + MB / 2);
        assertThrows(OutOfDeviceMemoryException.class, () -> new LayerNorm(MEGABYTE));
        assertThrows(OutOfDeviceMemoryException.class, () -> new BatchNorm1d(MEGABYTE));
        assertThrows(OutOfDeviceMemoryException.class, () -> new GroupNorm(1, MEGABYTE));
        assertEquals(0, inUse());
    }

    // ---- the garbage collector

    @Test
    void whatIsDroppedComesBack() throws InterruptedException {
        for (int i = 0; i < 300; i++) {
            Tensor t = Tensor.full(Shape.of(MEGABYTE), i);
            if (i % 100 == 0) {
                assertEquals(i, t.select(0, MEGABYTE - 1).item());
            }
        }
        assertTrue(backend.liveBytes() <= 56 * MB);
        await(() -> inUse() == 0);
    }

    @Test
    void aDroppedGraphComesBack() throws InterruptedException {
        Tensor w = Tensor.ones(1000).requiresGrad(true);
        for (int i = 0; i < 10; i++) {
            w.exp().tanh().mul(w).sum();
        }
        await(() -> inUse() == 4096);
        w.close();
    }

    // ---- the limit

    @Test
    void theReportNamesTheLargestHolders() {
        List<Tensor> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            held.add(Tensor.zeros(16 * MEGABYTE));
        }
        held.add(Tensor.zeros(Shape.of(1000), DType.INT64, device));
        held.add(Tensor.zeros(Shape.of(8), DType.BOOL, device));
        var e = assertThrows(OutOfDeviceMemoryException.class, () -> Tensor.zeros(4_000_000));
        assertEquals(
                "out of memory on " + device
                        + ": 15.3 MB wanted, for 4000000 elements of FLOAT32; 48.0 MB in use, limit 56.0 MB;"
                        + " the largest holders:\n"
                        + "  3 x 4194304 FLOAT32 = 48.0 MB\n"
                        + "  1 x 1024 INT64 = 8192 bytes\n"
                        + "  1 x 8 BOOL = 8 bytes\n"
                        + "The limit is 7/8 of the device's memory. Use smaller tensors or batches, close what is not"
                        + " needed (Scope), or raise -Dondol.memory.limit",
                e.getMessage());
        assertEquals(0, Tensor.zeros(MEGABYTE).sum().item()); // the device is as good as before
        held.remove(0).close();
        assertEquals(0, Tensor.zeros(16 * MEGABYTE).sum().item());
        held.forEach(Tensor::close);
    }

    @Test
    void poolsOfOtherSizesAreGivenBackFirst() {
        List<Tensor> small = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            small.add(Tensor.zeros(MEGABYTE));
        }
        small.forEach(Tensor::close);
        assertEquals(40 * MB, device.memoryStats().pooled());
        Tensor large = Tensor.zeros(32 * MEGABYTE);
        assertEquals(new MemoryStats(32 * MB, 24 * MB, 56 * MB), device.memoryStats());
        large.close();
    }

    @Test
    void aDriverThatHasLessIsTrimmedFirst() {
        backend.onlyHas(8 * MB);
        List<Tensor> small = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            small.add(Tensor.zeros(MEGABYTE));
        }
        small.forEach(Tensor::close);
        Tensor large = Tensor.zeros(6 * MEGABYTE);
        assertEquals(6 * MB, backend.liveBytes());
        var e = assertThrows(OutOfDeviceMemoryException.class, () -> Tensor.zeros(4 * MEGABYTE));
        assertTrue(e.getMessage()
                .startsWith("out of memory on " + device
                        + ": 4096.0 KB wanted, for 1048576 elements of FLOAT32; 6144.0 KB in use, limit 56.0 MB;"
                        + " the driver has only 8388608 bytes;"
                        + " the largest holders:\n  1 x 1572864 FLOAT32 = 6144.0 KB\n"));
        assertEquals( // a higher limit gives the driver no more
                "Use smaller tensors or batches, or close what is not needed (Scope)",
                e.getMessage().lines().toList().getLast());
        assertNotNull(e.getCause());
        large.close();
        Tensor.zeros(4 * MEGABYTE).close();
    }

    /** 55 MB are rounded up to 56 MB, which is the limit; 56 MB and a little to 60 MB, which is more. */
    @Test
    void whatFitsDoesNotFailForBeingRoundedUp() {
        Device limited = Limits.device("rounded", new CountingBackend(64 * MB), "57MB");
        Shape shape = Shape.of(56 * MEGABYTE + 1);
        Tensor t = Tensor.zeros(shape, DType.FLOAT32, limited);
        assertEquals(56 * MB + 4, limited.memoryStats().inUse());
        t.close();
    }

    /** The flag is for the program: it changes no allocation, and is still there afterwards. */
    @Test
    void anInterruptedThreadGetsItsMemory() {
        for (int i = 0; i < 30; i++) {
            Thread.currentThread().interrupt();
            Tensor.full(Shape.of(25 * MEGABYTE), i); // room for two
            assertTrue(Thread.interrupted(), "the flag is gone");
        }
    }

    @Test
    void theLimitIsASetting() {
        assertEquals(256 * MB, Memory.parseBytes("256MB"));
        assertEquals(256 * MB, Memory.parseBytes(" 256 m "));
        assertEquals(4L << 30, Memory.parseBytes("4gb"));
        assertEquals(12, Memory.parseBytes("12"));
        assertEquals(3 << 10, Memory.parseBytes("3K"));
        var e = assertThrows(IllegalArgumentException.class, () -> Limits.device("limited", backend, "a lot"));
        assertEquals(
                "ondol.memory.limit: 'a lot' is no amount of memory; write for example 256MB or 4GB", e.getMessage());
        Device limited = Limits.device("limited", new CountingBackend(64 * MB), "20MB");
        assertEquals(20 * MB, limited.memoryStats().limit());
        Shape shape = Shape.of(21 * MEGABYTE);
        var full = assertThrows(OutOfDeviceMemoryException.class, () -> Tensor.zeros(shape, DType.FLOAT32, limited));
        assertEquals(
                "out of memory on " + limited + ": 21.0 MB wanted, for 5505024 elements of FLOAT32; 0 bytes in use,"
                        + " limit 20.0 MB\nUse smaller tensors or batches, close what is not needed (Scope), or raise"
                        + " -Dondol.memory.limit",
                full.getMessage());
        Shape huge = Shape.of(100 * MEGABYTE); // more than the device has: no limit would do
        full = assertThrows(OutOfDeviceMemoryException.class, () -> Tensor.zeros(huge, DType.FLOAT32, limited));
        assertEquals(
                "Use smaller tensors or batches, or close what is not needed (Scope)",
                full.getMessage().lines().toList().getLast());
    }

    // ---- training

    @Test
    void stepsInAScopeTakeTheSameMemoryAgain() {
        Tensor x = Tensor.randn(40, 8);
        Tensor w = Tensor.randn(8, 1).requiresGrad(true);
        long expected = 0;
        for (int step = 0; step < 20; step++) {
            try (var _ = Scope.open()) {
                x.matmul(w).tanh().square().mean().backward();
                Autograd.noGrad(() -> w.addInPlace(gradient(w).mul(-0.1)));
                w.zeroGrad();
            }
            device.memoryStats();
            if (step == 5) {
                expected = backend.allocations();
            }
        }
        assertEquals(expected, backend.allocations());
        x.close();
        w.close();
    }

    /** A network leaves only what the program itself holds: its output and the loss. No collector is needed. */
    @Test
    void stepsOfANetworkNeedNoCollector() {
        Tensor x = Tensor.randn(40, 8);
        Tensor y = Tensor.randn(40, 1);
        var net = new Sequential(new Linear(8, 64), new ReLU(), new Dropout(0.2), new Linear(64, 1));
        var optimizer = new Adam(net.parameters());
        long allocations = 0;
        long used = 0;
        for (int step = 0; step < 20; step++) {
            Tensor out = net.forward(x);
            Tensor loss = new MSELoss().forward(out, y);
            loss.backward();
            optimizer.step();
            optimizer.zeroGrad();
            out.close();
            loss.close();
            if (step == 5) {
                allocations = backend.allocations();
                used = inUse();
            }
        }
        assertEquals(allocations, backend.allocations());
        assertEquals(used, inUse());
        assertEquals(
                bytes(x)
                        + bytes(y)
                        + 3
                                * net.parameters().stream()
                                        .mapToLong(MemoryTest::bytes)
                                        .sum(),
                used);
    }

    private static long bytes(Tensor t) {
        return 4 * t.numel();
    }

    // ---- threads

    @Test
    void severalThreadsAtOnce() throws Exception {
        Callable<Integer> work = () -> {
            int own = (int) Thread.currentThread().threadId();
            Tensor kept = Tensor.full(Shape.of(1000), own);
            for (int i = 0; i < 1500; i++) {
                long n = 1000 + i % 50 * 1000L;
                Tensor t = Tensor.full(Shape.of(n), own);
                assertEquals(own, t.max().item());
                switch (i % 3) {
                    case 0 -> t.close();
                    case 1 -> {
                        try (var _ = Scope.open()) {
                            assertEquals(2.0 * own, t.add(t).min().item());
                        }
                    }
                    default -> {
                        // dropped: for the collector to find
                    }
                }
            }
            assertEquals(own, kept.min().item());
            kept.close();
            return own;
        };
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (var result : threads.invokeAll(List.of(work, work, work, work))) {
                result.get();
            }
        }
        await(() -> inUse() == 0);
    }
}
