package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import ondol.backend.Buffer;
import ondol.backend.Maps;
import ondol.kernel.Type;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_context;
import org.junit.jupiter.api.Test;

/** What is given back at close. */
class ReleasesTest {
    private final List<String> released = new ArrayList<>();
    private final Releases releases = new Releases();

    private void add(String name, boolean fails) {
        releases.add(() -> {
            released.add(name);
            if (fails) {
                throw new IllegalStateException(name);
            }
        });
    }

    @Test
    void allTheNewestFirstWhateverFails() {
        add("context", false);
        add("queue", true);
        add("kernels", false);
        add("finish", true);
        var e = assertThrows(IllegalStateException.class, releases::run);
        assertEquals(List.of("finish", "kernels", "queue", "context"), released);
        assertEquals("finish", e.getMessage());
        assertEquals("queue", e.getSuppressed()[0].getMessage());
        releases.run();
        assertEquals(4, released.size());
    }

    @Test
    void theReasonToReleaseStaysTheReason() {
        add("context", true);
        RuntimeException reason = new RuntimeException("the device cannot be used");
        releases.runAfter(reason);
        assertEquals(List.of("context"), released);
        assertEquals("context", reason.getSuppressed()[0].getMessage());
    }

    @Test
    void eachOfManyOnce() {
        List<String> things = new ArrayList<>(List.of("a", "b", "c"));
        RuntimeException failure = new RuntimeException();
        RuntimeException e = assertThrows(
                RuntimeException.class,
                () -> Releases.each(things, thing -> {
                    released.add(thing);
                    if (thing.equals("a")) {
                        throw failure;
                    }
                }));
        assertSame(failure, e);
        assertEquals(List.of("a", "b", "c"), released);
        assertTrue(things.isEmpty());
    }

    /** Drivers count what belongs to a context: buffers, kernels, events and the queue. Here, nothing is left of them. */
    @Test
    void closeLeavesNothing() throws InterruptedException {
        OpenClBackend backend = OpenClDevice.open();
        cl_context context = backend.context;
        Cl.check(CL.clRetainContext(context), "clRetainContext");
        try {
            Buffer kept = backend.allocate(Type.F32, 1000);
            Buffer freed = backend.allocate(Type.F32, 1000);
            backend.upload(MemorySegment.ofArray(new float[1000]), kept, 0);
            for (int i = 0; i < 1100; i++) { // some marks are left on the way
                backend.run(Maps.launch(Maps.X, kept, freed));
            }
            backend.upload(MemorySegment.ofArray(new float[1000]), kept, 0);
            backend.free(freed);
            assertFalse(references(context) < 2);
            backend.close();
            for (int wait = 0; references(context) > 1 && wait < 50; wait++) {
                Thread.sleep(100); // a driver may need a moment
            }
            assertEquals(1, references(context));
        } finally {
            Cl.check(CL.clReleaseContext(context), "clReleaseContext");
        }
    }

    private static int references(cl_context context) {
        int[] count = new int[1];
        Cl.check(
                CL.clGetContextInfo(context, CL.CL_CONTEXT_REFERENCE_COUNT, Sizeof.cl_uint, Pointer.to(count), null),
                "clGetContextInfo");
        return count[0];
    }
}
