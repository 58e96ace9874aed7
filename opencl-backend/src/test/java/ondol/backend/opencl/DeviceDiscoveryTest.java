package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.DeviceInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How OpenCL devices are found and named. */
class DeviceDiscoveryTest {
    private final OpenClBackendProvider provider = new OpenClBackendProvider();
    private List<DeviceInfo> devices;
    private DeviceInfo first;

    @BeforeEach
    void probe() {
        OpenClDevice.open().close(); // there is one, or the test is skipped
        devices = ((Probe.Available) provider.probe()).devices();
        first = devices.getFirst();
    }

    @Test
    void devicesAreDescribed() {
        for (DeviceInfo device : devices) {
            assertFalse(device.name().isBlank());
            assertTrue(device.memoryBytes() > 0, device.toString());
            assertTrue(device.details().contains("OpenCL"), device.details());
        }
    }

    @Test
    void anIndexOutOfRange() {
        for (int index : new int[] {-1, devices.size()}) {
            var e = assertThrows(IllegalArgumentException.class, () -> provider.open(index));
            assertEquals(
                    "opencl:" + index + ": there are " + devices.size() + " OpenCL devices, counted from 0",
                    e.getMessage());
        }
    }

    @Test
    void manyNamesOneDevice() {
        Device device = Device.of("opencl");
        assertEquals("opencl:0", device.name());
        assertSame(device, Device.of("opencl:0"));
        String name = first.name().toLowerCase(Locale.ROOT);
        assertSame(device, Device.of("opencl:" + name));
        assertSame(device, Device.of("opencl:" + name.substring(0, name.length() / 2)));
        String platform = first.details().substring(0, first.details().indexOf(','));
        assertSame(device, Device.of("opencl:" + platform));
        assertSame(device, Device.of("opencl:" + platform.toLowerCase(Locale.ROOT)));
    }

    @Test
    void aNamedDeviceComputes() {
        Device device = Device.of("opencl");
        assertEquals(first.name(), device.info().name());
        Tensor ones = Tensor.ones(Shape.of(3), DType.FLOAT32, device);
        Tensor sum = ones.add(ones);
        assertSame(device, sum.device());
        assertArrayEquals(new float[] {2, 2, 2}, sum.toFloatArray());
    }

    @Test
    void devicesThatCannotRunKernels() {
        assertNull(DeviceDiscovery.unsuitable("OpenCL 1.2 CUDA", 1024, 4352));
        assertNull(DeviceDiscovery.unsuitable("OpenCL 3.0 PoCL HSTR", 4096, 1024));
        assertEquals(
                "has OpenCL 1.1 Mali, and kernels need OpenCL 1.2: update its driver",
                DeviceDiscovery.unsuitable("OpenCL 1.1 Mali", 256, 1024));
        assertEquals(
                "runs groups of at most 128 work items, and kernels have up to 256",
                DeviceDiscovery.unsuitable("OpenCL 1.2", 128, 1024));
        assertEquals(
                "takes 256 bytes of arguments, and kernels need up to 1024",
                DeviceDiscovery.unsuitable("OpenCL 2.0 ", 256, 256));
    }

    @Test
    void namesOfNothing() {
        for (String name : List.of("opencl:99", "opencl:no such device", "oven", "oven:0")) {
            var e = assertThrows(IllegalArgumentException.class, () -> Device.of(name), name);
            assertTrue(e.getMessage().startsWith("device '" + name + "' is not available: "), e.getMessage());
            assertTrue(e.getMessage().contains("opencl:0 (" + first.name() + ")"), e.getMessage());
            assertTrue(e.getMessage().contains("cpu ("), e.getMessage());
        }
    }
}
