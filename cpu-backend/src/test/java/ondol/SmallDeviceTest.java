package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests on a device with 64 MB of which 56 may be used, which counts what is asked of it. */
abstract class SmallDeviceTest {
    static final long MB = 1 << 20;

    /** Elements of a tensor of one megabyte. */
    static final long MEGABYTE = MB / 4;

    private final Device before = Ondol.defaultDevice();
    final CountingBackend backend = new CountingBackend(64 * MB);
    final Device device = backend.device("memory");

    @BeforeEach
    final void makeDefault() {
        Ondol.setDefaultDevice(device);
    }

    @AfterEach
    final void nothingIsLost() {
        Ondol.setDefaultDevice(before);
        MemoryStats stats = device.memoryStats();
        assertEquals(backend.liveBytes(), stats.inUse() + stats.pooled(), "what the driver gave");
        assertTrue(stats.inUse() + stats.pooled() <= stats.limit());
        device.trimMemory();
    }

    final long inUse() {
        return device.memoryStats().inUse();
    }

    /** Collects garbage until something has come true. */
    static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 500 && !condition.getAsBoolean(); i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertTrue(condition.getAsBoolean());
    }

    /** The gradient, without a reference to it that outlives zeroGrad. */
    static Tensor gradient(Tensor t) {
        Tensor g = t.peekGrad();
        assertNotNull(g);
        return g;
    }
}
