package ondol.backend.opencl;

import static ondol.backend.Maps.X;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.SplittableRandom;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.Maps;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.View;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
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

    /** Small and large ones, some before a kernel that reads them, many more in all than are on their way at a time. */
    @Test
    void copiesOfAllSizes() {
        try (OpenClBackend backend = OpenClDevice.open()) {
            copiesOfAllSizes(backend, (from, to, at) -> backend.upload(MemorySegment.ofArray(from), to, at));
        }
    }

    /** The same by JOCL's function, for systems on which OpenCL's own are not found. */
    @Test
    void copiesThatWait() {
        try (OpenClBackend backend = OpenClDevice.open()) {
            Transfers waiting = new Transfers(backend.context, backend.queue, null);
            copiesOfAllSizes(
                    backend,
                    (from, to, at) -> waiting.upload(MemorySegment.ofArray(from), to, (long) at * Float.BYTES));
            waiting.releaseAll();
            waiting.close();
        }
    }

    private interface Upload {
        void of(float[] from, ClBuffer to, int at);
    }

    private static void copiesOfAllSizes(OpenClBackend backend, Upload upload) {
        SplittableRandom random = new SplittableRandom(1);
        float[] expected = new float[3 << 20];
        ClBuffer target = backend.allocate(Type.F32, expected.length);
        ClBuffer sum = backend.allocate(Type.F32, expected.length);
        upload.of(expected, target, 0);
        upload.of(expected, sum, 0);
        float[] sums = new float[expected.length];
        long bytes = 0;
        for (int i = 0; i < 300; i++) {
            float[] part = new float[1 + random.nextInt(1 << random.nextInt(1, 21))];
            for (int e = 0; e < part.length; e++) {
                part[e] = random.nextInt(100);
            }
            int at = random.nextInt(expected.length - part.length);
            System.arraycopy(part, 0, expected, at, part.length);
            upload.of(part, target, at);
            bytes += 4L * part.length;
            if (i % 10 == 0) {
                backend.run(add(sum, target));
                for (int e = 0; e < sums.length; e++) {
                    sums[e] += expected[e];
                }
            }
        }
        assertTrue(bytes > 3L * Transfers.RING, bytes + " bytes");
        assertArrayEquals(expected, download(backend, target));
        assertArrayEquals(sums, download(backend, sum));
    }

    /** Adds {@code target} to {@code sum}. */
    private static Launch add(ClBuffer sum, ClBuffer target) {
        Launch copy = Maps.launch(X, target, sum);
        View[] inputs = {copy.outputs()[0], copy.inputs()[0]};
        Kernel kernel = new Kernel.Map(X.add(Expr.input(1, Type.F32)));
        return new Launch(kernel, copy.shape(), 0, inputs, copy.outputs(), Launch.NO_SCALARS);
    }

    private static float[] download(OpenClBackend backend, ClBuffer buffer) {
        float[] values = new float[(int) buffer.length()];
        backend.download(buffer, 0, MemorySegment.ofArray(values));
        return values;
    }

    /** The device does nothing before an event that the host lets happen afterwards. */
    @Test
    void uploadsDoNotWait() {
        try (OpenClBackend backend = OpenClDevice.open()) {
            assumeTrue(Enqueued.find() != null, "OpenCL's own functions are not found here");
            ClBuffer target = backend.allocate(Type.F32, 2000);
            float[] expected = new float[2000];
            backend.upload(MemorySegment.ofArray(expected), target, 0);
            backend.synchronize();
            int[] code = new int[1];
            cl_event event = CL.clCreateUserEvent(backend.context, code);
            Cl.check(code, "clCreateUserEvent");
            try {
                int barrier = CL.clEnqueueBarrierWithWaitList(backend.queue, 1, new cl_event[] {event}, new cl_event());
                Cl.check(barrier, "clEnqueueBarrierWithWaitList");
                assertTimeoutPreemptively(Duration.ofMinutes(5), () -> {
                    for (int i = 0; i < expected.length; i++) {
                        expected[i] = i + 0.5f;
                        backend.upload(MemorySegment.ofArray(new float[] {i + 0.5f}), target, i);
                    }
                    float[] large = new float[Transfers.RING / 2 / Float.BYTES];
                    ClBuffer other = backend.allocate(Type.F32, large.length);
                    backend.upload(MemorySegment.ofArray(large), other, 0);
                });
            } finally {
                Cl.check(CL.clSetUserEventStatus(event, CL.CL_COMPLETE), "clSetUserEventStatus");
            }
            assertArrayEquals(expected, download(backend, target));
            Cl.check(CL.clReleaseEvent(event), "clReleaseEvent");
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
