package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.List;
import ondol.kernel.Type;
import org.junit.jupiter.api.function.Executable;

/** What becomes of a driver's device after it is closed. */
public final class Closed {
    private Closed() {}

    /** Closes a backend: every use of it is refused by its name; to give back what is left, and to close again, is harmless. */
    public static void assertRefuses(Backend backend) {
        Buffer in = backend.allocate(Type.F32, 3);
        Buffer out = backend.allocate(Type.F32, 3);
        MemorySegment host = MemorySegment.ofArray(new float[3]);
        backend.close();
        List<Executable> calls = List.of(
                () -> backend.run(Maps.launch(Maps.X, in, out)),
                () -> backend.allocate(Type.F32, 3),
                () -> backend.upload(host, in, 0),
                () -> backend.download(in, 0, host),
                backend::synchronize);
        for (Executable call : calls) {
            IllegalStateException e = assertThrows(IllegalStateException.class, call);
            assertEquals(backend.info().name() + " is closed", e.getMessage());
        }
        backend.free(in);
        backend.free(in);
        backend.free(out);
        backend.close();
    }
}
