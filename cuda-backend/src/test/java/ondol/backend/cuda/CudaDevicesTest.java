package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ondol.Device;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.DeviceInfo;
import ondol.backend.Settings;
import org.junit.jupiter.api.Test;

/** How GPUs are listed, and what is said where there is none. */
class CudaDevicesTest {
    private final CudaBackendProvider provider = new CudaBackendProvider();

    @Test
    void devicesOrTheReasonWhyNot() {
        switch (provider.probe()) {
            case Probe.Available found -> {
                for (DeviceInfo device : found.devices()) {
                    assertFalse(device.name().isBlank());
                    assertTrue(device.memoryBytes() > 0, device.toString());
                    assertEquals(DeviceInfo.Kind.GPU, device.kind());
                    assertTrue(device.details().contains("compute capability"), device.details());
                }
                int beyond = found.devices().size();
                var e = assertThrows(IllegalArgumentException.class, () -> provider.open(beyond));
                assertEquals(
                        "cuda:" + beyond + ": there are " + beyond + " CUDA devices, counted from 0", e.getMessage());
            }
            case Probe.Unavailable none -> {
                // The user reads this: what is missing, and what to do.
                assertTrue(
                        none.reason().startsWith("no NVIDIA driver on this machine (")
                                        && none.reason()
                                                .endsWith("); for an NVIDIA GPU install its driver, 525 or newer")
                                || none.reason().contains("NVIDIA driver")
                                || none.reason().startsWith("CUDA is used on ")
                                || none.reason().contains("NVRTC"),
                        none.reason());
                assertFalse(none.reason().contains("\tat "), none.reason()); // no stack trace
                var e = assertThrows(IllegalArgumentException.class, () -> Device.of("cuda:0"));
                assertTrue(e.getMessage().startsWith("device 'cuda:0' is not available: "), e.getMessage());
                assertTrue(e.getMessage().contains("cuda is unavailable: " + none.reason()), e.getMessage());
            }
        }
    }

    @Test
    void machinesForWhichThereIsNoJCuda() {
        assertNull(Driver.foreign("Linux", "amd64"));
        assertNull(Driver.foreign("Windows 11", "amd64"));
        assertNull(Driver.foreign("Linux", "x86_64"));
        assertEquals(
                "CUDA is used on Linux and Windows on x86-64, for which there is JCuda, not on Linux on aarch64",
                Driver.foreign("Linux", "aarch64"));
        assertNotNull(Driver.foreign("Mac OS X", "x86_64"));
    }

    @Test
    void aPrecisionThatIsNone() {
        String before = System.getProperty("ondol.matmul");
        System.setProperty("ondol.matmul", "exact");
        try {
            var e = assertThrows(IllegalArgumentException.class, Settings::matmul);
            assertEquals("ondol.matmul: 'exact' is no precision; write strict, float32 or tf32", e.getMessage());
        } finally {
            if (before == null) {
                System.clearProperty("ondol.matmul");
            } else {
                System.setProperty("ondol.matmul", before);
            }
        }
    }
}
