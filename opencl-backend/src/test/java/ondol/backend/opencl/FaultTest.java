package ondol.backend.opencl;

import static ondol.backend.Maps.X;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.backend.Buffer;
import ondol.backend.Closed;
import ondol.backend.Limits;
import ondol.backend.Maps;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.c.Call;
import ondol.backend.c.Source;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import org.jocl.CL;
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
