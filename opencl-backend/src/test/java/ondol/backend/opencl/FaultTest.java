package ondol.backend.opencl;

import static ondol.backend.Maps.X;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.Buffer;
import ondol.backend.Closed;
import ondol.backend.Launch;
import ondol.backend.Limits;
import ondol.backend.Maps;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.View;
import ondol.backend.c.Call;
import ondol.backend.c.Source;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What goes wrong is said plainly, and the device works afterwards. */
class FaultTest {
    private static final Expr F = X.add(Expr.constant(1f));

    private final OpenClBackend backend = OpenClDevice.open();

    @AfterEach
    void close() {
        backend.close();
    }

    private void assertWorks() {
        assertArrayEquals(new float[] {2, 3, -1}, Maps.run(backend, F, 1, 2, -2));
    }

    private static void assertSays(Exception e, String... parts) {
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), () -> "no '" + part + "' in: " + e.getMessage());
        }
    }

    // ---- the driver's compiler

    @Test
    void aTextThatDoesNotCompile() {
        Source wrong =
                new Source("wrong", "KERNEL GROUP_SIZE(1) void wrong() { int i = nobody_declared_this; }", 1, false);
        Call call = new Call(wrong, new Buffer[0], ByteBuffer.allocateDirect(8), 1);
        for (int time = 0; time < 2; time++) { // it has not become a kernel meanwhile
            OpenClException e = assertThrows(OpenClException.class, () -> backend.start(call));
            assertEquals(CL.CL_BUILD_PROGRAM_FAILURE, e.code());
            assertSays(e, "clBuildProgram", "CL_BUILD_PROGRAM_FAILURE", wrong.text());
            String log = e.getMessage().substring(0, e.getMessage().indexOf("\nof\n"));
            assertTrue(log.contains("nobody_declared_this"), log); // the compiler says what it did not understand
            assertWorks();
        }
    }

    // ---- what a device cannot start

    @Test
    void moreArgumentsThanTheDeviceTakes() {
        cl_device_id device = DeviceDiscovery.all().usable().getFirst().device();
        long most = Cl.number(device, CL.CL_DEVICE_MAX_PARAMETER_SIZE);
        int count = Math.toIntExact(most / Long.BYTES);
        Expr sum = IntStream.range(0, count)
                .mapToObj(i -> Expr.input(i, Type.F32))
                .reduce(Expr::add)
                .orElseThrow();
        ClBuffer buffer = backend.allocate(Type.F32, 1);
        View one = new View(buffer, new long[] {1}, new long[] {1}, 0);
        View[] inputs = new View[count];
        Arrays.fill(inputs, one);
        Launch launch = new Launch(new Kernel.Map(sum), one.shape(), 0, inputs, new View[] {one}, Launch.NO_SCALARS);
        var e = assertThrows(IllegalArgumentException.class, () -> backend.run(launch));
        assertSays(e, "kernel 'map' of " + (count + 1) + " buffers takes ", " bytes of arguments, and ");
        assertSays(e, backend.info().name(), " has room for " + most + ": use fewer tensors in one operation");
        backend.free(buffer);
        assertWorks();
    }

    @Test
    void moreGroupsThanCanBeCounted() {
        Source source = new Source("wide", "", 256, false);
        Call call = new Call(source, new Buffer[0], ByteBuffer.allocate(8), 1L << 56);
        var e = assertThrows(IllegalArgumentException.class, () -> OpenClBackend.checkSizes(call, 8, 1024, "A device"));
        assertEquals(
                "kernel 'wide' of " + (1L << 56)
                        + " groups of 256 work items: that many cannot be counted; use smaller tensors",
                e.getMessage());
    }

    @Test
    void groupsThatTheKernelIsTooLargeFor() {
        Source source = new Source("large", "", 256, false);
        Programs.checkGroup(source, 256, "A device");
        var e = assertThrows(IllegalStateException.class, () -> Programs.checkGroup(source, 255, "A device"));
        assertEquals(
                "kernel 'large' needs groups of 256 work items, and A device runs it in groups of at most 255"
                        + ": its registers or local memory do not suffice; use another device or driver",
                e.getMessage());
    }

    // ---- memory

    @Test
    void moreMemoryThanThereIs() {
        for (long length : List.of(1L << 45, 1L << 59, (1L << 62) + 1)) {
            OutOfDeviceMemoryException e =
                    assertThrows(OutOfDeviceMemoryException.class, () -> backend.allocate(Type.F32, length));
            assertSays(e, backend.info().name(), length + " elements of F32");
        }
        assertWorks();
    }

    @Test
    void aTensorBeyondTheLimit() {
        assertNull(tooLarge(Device.of("opencl-limited", backend)).getCause()); // the backend was not even asked
    }

    @Test
    void aTensorThatTheDriverRefuses() {
        OutOfDeviceMemoryException e = tooLarge(Limits.device("opencl-unlimited", backend, "1000000GB"));
        assertSays(e, backend.info().name());
        assertInstanceOf(OutOfDeviceMemoryException.class, e.getCause()); // the backend's own
    }

    /** What core says of a tensor of 64 TB while another is held; both the other and the device are still good. */
    private static OutOfDeviceMemoryException tooLarge(Device device) {
        Tensor held = Tensor.ones(Shape.of(3000), DType.FLOAT32, device);
        OutOfDeviceMemoryException e = assertThrows(
                OutOfDeviceMemoryException.class,
                () -> Tensor.zeros(Shape.of(1L << 20, 1L << 24), DType.FLOAT32, device));
        assertSays(e, "out of memory on " + device + ": ", " wanted, ", " in use, limit ");
        assertSays(e, "the largest holders:", "1 x 3072 FLOAT32 = ");
        assertEquals(3000, held.sum().item());
        assertEquals(
                3000, Tensor.ones(Shape.of(3000), DType.FLOAT32, device).sum().item());
        return e;
    }

    // ---- after close

    @Test
    void aClosedDeviceRefusesByName() {
        Closed.assertRefuses(backend);
    }

    @Test
    void freeingTwiceFreesOnce() {
        Buffer buffer = backend.allocate(Type.F32, 3);
        backend.free(buffer);
        backend.free(buffer);
        assertWorks();
    }

    @Test
    void openAndCloseManyTimes() {
        for (int time = 0; time < 20; time++) {
            try (OpenClBackend another = OpenClDevice.open()) {
                assertArrayEquals(new float[] {time + 1f}, Maps.run(another, F, time));
            }
        }
        assertWorks(); // the others took nothing from this one
    }
}
