package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import ondol.backend.Backend;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.DeviceInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What a {@link CpuBackendProvider} finds: the {@link Processor}, and whether there is {@link VectorSupport}. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class CpuBackendProviderTest {
    private final CpuBackendProvider provider = new CpuBackendProvider();

    @AfterEach
    void clear() {
        System.clearProperty(CpuBackendProvider.THREADS);
        System.clearProperty(CpuBackendProvider.VECTOR);
    }

    private DeviceInfo device() {
        return assertInstanceOf(Probe.Available.class, provider.probe())
                .devices()
                .getFirst();
    }

    @Test
    void oneDevice() {
        assertEquals("cpu", provider.name());
        assertEquals(DeviceInfo.Kind.CPU, device().kind());
        assertEquals(Processor.name(), device().name());
        assertFalse(Processor.name().isBlank());
        assertThrows(IllegalArgumentException.class, () -> provider.open(1));
        try (Backend backend = provider.open(0)) {
            assertEquals(device(), backend.info());
        }
    }

    @Test
    void settings() {
        System.setProperty(CpuBackendProvider.THREADS, "3");
        System.setProperty(CpuBackendProvider.VECTOR, "false");
        assertTrue(device().toString().contains("3 threads, plain loops"), device()::toString);
        System.setProperty(CpuBackendProvider.THREADS, " 1 ");
        System.setProperty(CpuBackendProvider.VECTOR, "TRUE");
        String loops = "1 thread, Vector API " + VectorSupport.bits() + " bits";
        assertTrue(device().toString().contains(loops), device()::toString);
    }

    /** The tests run with the Vector API. */
    @Test
    void vectors() {
        assertNull(VectorSupport.missingBecause());
        assertEquals(FloatVector.SPECIES_PREFERRED.vectorBitSize(), VectorSupport.bits());
    }
}
