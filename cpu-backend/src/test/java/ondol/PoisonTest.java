package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.LectureContract;
import ondol.backend.TrainingContract;
import ondol.backend.cpu.CpuBackend;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Memory that holds nothing is NaN if a setting says so, and nothing that is computed depends on it. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class PoisonTest {
    private static <T> T poisoned(Supplier<T> opens) {
        System.setProperty("ondol.debug.poison", "true");
        try {
            return opens.get();
        } finally {
            System.clearProperty("ondol.debug.poison");
        }
    }

    private static float[] content(Backend backend, Buffer buffer, int count) {
        float[] content = new float[count];
        backend.download(buffer, 0, MemorySegment.ofArray(content));
        return content;
    }

    @Test
    void whatIsFreeIsNaN() {
        CountingBackend backend = new CountingBackend(1 << 20);
        Device device = poisoned(() -> backend.device("poisoned"));
        float nan = Float.NaN;
        Storage fresh = device.allocate(DType.FLOAT32.type(), 3);
        fresh.retain();
        assertArrayEquals(new float[] {nan, nan, nan}, content(backend, fresh.buffer(), 3));
        fresh.release();
        Tensor ones = Tensor.ones(Shape.of(3), DType.FLOAT32, device);
        Buffer buffer = ones.storage().buffer();
        assertArrayEquals(new float[] {1, 1, 1}, content(backend, buffer, 3));
        ones.close();
        assertArrayEquals(new float[] {nan, nan, nan}, content(backend, buffer, 3));
        long[] index = new long[1];
        Storage indices = device.allocate(DType.INT64.type(), 1);
        backend.download(indices.buffer(), 0, MemorySegment.ofArray(index));
        assertEquals(Long.MIN_VALUE, index[0]);
        byte[] bool = new byte[1];
        backend.download(device.allocate(DType.BOOL.type(), 1).buffer(), 0, MemorySegment.ofArray(bool));
        assertEquals(1, bool[0]);
        assertTrue(device.memoryStats().inUse() > 0);
    }

    /** The lecture's networks have the bits that they have without. */
    @Nested
    class Lecture extends LectureContract {
        @Override
        protected Backend open() {
            return new CpuBackend(1, true);
        }

        @Override
        protected Device device(String name, Backend backend) {
            return poisonedDevice(name, backend);
        }
    }

    /** So have the first steps of three trainings. */
    @Nested
    class Training extends TrainingContract {
        @Override
        protected Backend open() {
            return new CpuBackend(1, true);
        }

        @Override
        protected Device device(String name, Backend backend) {
            return poisonedDevice(name, backend);
        }
    }

    private static Device poisonedDevice(String name, Backend backend) {
        Device.of("cpu").info(); // is open without the setting
        return poisoned(() -> Device.of(name, backend));
    }
}
