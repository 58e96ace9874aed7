package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import ondol.backend.Buffer;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.kernel.Type;
import org.jocl.CL;
import org.jocl.cl_event;
import org.junit.jupiter.api.Test;

/** Copies in many parts, and copies that fail. */
class TransfersTest {
    /** More at once than may be on its way, and to an odd place. */
    @Test
    void largeCopies() {
        long n = 70_000_001;
        try (OpenClBackend backend = OpenClDevice.open();
                Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(n * Float.BYTES, Float.BYTES);
            for (long i = 0; i < n; i++) {
                out.setAtIndex(ValueLayout.JAVA_INT, i, (int) i * 0x9e3779b9);
            }
            Buffer buffer = backend.allocate(Type.I32, n + 3);
            backend.upload(out, buffer, 3);
            MemorySegment back = arena.allocate(n * Float.BYTES, Float.BYTES);
            backend.download(buffer, 3, back);
            assertEquals(-1, out.mismatch(back));
        }
    }

    /** The driver takes a command and says later that it could not do it: here, a command of our own. */
    @Test
    void aCommandThatFailsWhenItRuns() {
        try (OpenClBackend backend = OpenClDevice.open()) {
            assertEquals(CL.CL_COMPLETE, status(backend, CL.CL_COMPLETE));
            int status = status(backend, CL.CL_INVALID_OPERATION);
            assertEquals(CL.CL_INVALID_OPERATION, status);
            var e = assertThrows(OpenClException.class, () -> Cl.checkRun(status, "clEnqueueWriteBuffer"));
            assertEquals(
                    "clEnqueueWriteBuffer, when it ran, failed with CL_INVALID_OPERATION (" + status + ")",
                    e.getMessage());
            Cl.checkRun(CL.CL_COMPLETE, "clEnqueueWriteBuffer");
        }
    }

    private static int status(OpenClBackend backend, int set) {
        int[] code = new int[1];
        cl_event event = CL.clCreateUserEvent(backend.context, code);
        Cl.check(code, "clCreateUserEvent");
        try {
            Cl.check(CL.clSetUserEventStatus(event, set), "clSetUserEventStatus");
            return Cl.status(event);
        } finally {
            Cl.check(CL.clReleaseEvent(event), "clReleaseEvent");
        }
    }

    @Test
    void memoryThatIsMissedLater() {
        var e = assertThrows(
                OutOfDeviceMemoryException.class,
                () -> Cl.check(CL.CL_MEM_OBJECT_ALLOCATION_FAILURE, "clEnqueueNDRangeKernel"));
        assertEquals(
                "clEnqueueNDRangeKernel failed with CL_MEM_OBJECT_ALLOCATION_FAILURE: the device has no memory left;"
                        + " use smaller tensors or batches, or a lower -Dondol.memory.limit",
                e.getMessage());
    }
}
