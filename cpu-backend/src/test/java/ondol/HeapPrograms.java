package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.memory.GarbageCollections;

/** What {@link HeapTest} runs in JVMs of their own. The first argument names the program; an exception is its failure. */
final class HeapPrograms {
    private static final int MB = 1 << 20;

    /** Elements of a tensor of one megabyte. */
    private static final int MEGABYTE = MB / 4;

    /** So that no compiler leaves an array out. */
    @SuppressWarnings("unused")
    private static volatile Object held;

    private HeapPrograms() {}

    public static void main(String[] arguments) {
        switch (arguments[0]) {
            case "closed" -> closedTensorsLeaveTheHeap();
            case "dropped" -> droppedTensorsLeaveTheHeap();
            case "small" -> smallBuffersLeaveTheHeap();
            case "reuse" -> thePoolIsUsedAgain();
            case "train" -> dropped(Device.CPU, 300);
            case "train on a device" -> dropped(new CountingBackend(64 * MB).device("small"), 300);
            case "old" -> whatIsOldIsNotFound();
            case "full" -> fullHeap(arguments[1]);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        System.out.println("done");
    }

    private static void closedTensorsLeaveTheHeap() {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            tensors.add(Tensor.ones(16 * MEGABYTE));
        }
        tensors.forEach(Tensor::close);
        tensors.clear();
        assertEquals(128 * MB, Device.CPU.memoryStats().pooled());
        held = new byte[160 * MB];
        assertEquals(0, Device.CPU.memoryStats().pooled());
        assertEquals(3, Tensor.ones(3).sum().item());
    }

    private static void droppedTensorsLeaveTheHeap() {
        for (int i = 0; i < 8; i++) {
            Tensor.ones(16 * MEGABYTE);
        }
        held = new byte[160 * MB];
        assertEquals(3, Tensor.ones(3).sum().item());
    }

    /** Buffers of all sizes below the smallest that are tracked, a few megabytes together. */
    private static void smallBuffersLeaveTheHeap() {
        List<Tensor> tensors = new ArrayList<>();
        for (long n = 8; n < 4096; n += n / 8) {
            for (int i = 0; i < 50; i++) {
                tensors.add(Tensor.ones(n));
            }
        }
        tensors.forEach(Tensor::close);
        tensors.clear();
        assertTrue(Device.CPU.memoryStats().pooled() > 4 * MB);
        fill();
        assertEquals(0, Device.CPU.memoryStats().pooled());
    }

    /** Until Java says that the heap is full. */
    private static void fill() {
        List<byte[]> all = new ArrayList<>();
        assertThrows(OutOfMemoryError.class, () -> {
            while (true) {
                all.add(new byte[MB / 4]);
            }
        });
        all.clear();
    }

    /** The collector takes the pool only when it has nothing else: an ordinary collection leaves it. */
    private static void thePoolIsUsedAgain() {
        Tensor.ones(MEGABYTE).close();
        for (int i = 0; i < 10; i++) {
            System.gc();
            assertEquals(MB, Device.CPU.memoryStats().pooled());
            Tensor t = Tensor.ones(MEGABYTE);
            assertEquals(new MemoryStats(MB, 0, 224 * MB), Device.CPU.memoryStats());
            t.close();
        }
    }

    /** Steps of 4 MB whose tensors nobody closes. */
    private static void dropped(Device device, int steps) {
        Tensor w = Tensor.ones(Shape.of(512, 512), DType.FLOAT32, device).requiresGrad(true);
        for (int i = 0; i < steps; i++) {
            Tensor y = w.mul(1.0 + i).add(1.0).mul(0.5).sub(0.25).relu();
            if (i % 100 == 0) {
                assertEquals((2.0 + i) * 0.5 - 0.25, y.select(0, 3).select(0, 5).item());
            }
        }
        long inUse = device.memoryStats().inUse();
        System.out.println("in use: " + inUse);
        w.close();
    }

    /** On a device, without System.gc(), tensors that were held long and then dropped are not found: the message says so. */
    private static void whatIsOldIsNotFound() {
        Device device = new CountingBackend(64 * MB).device("old");
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            tensors.add(Tensor.ones(Shape.of(MEGABYTE), DType.FLOAT32, device));
        }
        for (int i = 0; i < 20; i++) {
            assertTrue(GarbageCollections.provoke()); // until they are old
        }
        tensors.clear();
        var e = assertThrows(
                OutOfDeviceMemoryException.class, () -> Tensor.ones(Shape.of(10 * MEGABYTE), DType.FLOAT32, device));
        assertTrue(
                e.getMessage()
                        .contains("; tensors that nobody holds any more may be among them, and System.gc() does nothing"
                                + " in this JVM: start it without -XX:+DisableExplicitGC; the largest holders:"),
                e.getMessage());
    }

    private static void fullHeap(String advice) {
        List<Tensor> tensors = new ArrayList<>();
        var e = assertThrows(OutOfDeviceMemoryException.class, () -> {
            while (true) {
                tensors.add(Tensor.ones(3_000_000));
            }
        });
        assertTrue(
                e.getMessage().startsWith("out of memory on cpu: 11.4 MB wanted, for 3000000 elements of FLOAT32; "),
                e.getMessage());
        assertEquals(advice, e.getMessage().lines().toList().getLast());
        assertEquals(3_000_000, tensors.getLast().sum().item());
        tensors.clear();
        assertEquals(3_000_000, Tensor.ones(3_000_000).sum().item());
    }
}
