package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
final class SignalsTest {
    private static final int SIGFPE = 8;
    private static final int SIGSEGV = 11;
    private static final int SIGPIPE = 13;
    private static final int SIGURG = 23;
    private static final long IGNORE = 1;

    private static long handler(int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(256, 16);
            Signals.sigaction(signal, MemorySegment.NULL, action);
            return action.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    private static void ignore(int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(256, 16);
            action.set(ValueLayout.JAVA_LONG, 0, IGNORE);
            Signals.sigaction(signal, action, MemorySegment.NULL);
        }
    }

    @Test
    void whatACallChangesIsPutBack() {
        long before = handler(SIGURG);
        long within = Signals.keep(() -> {
            Signals.keep(() -> 0);
            ignore(SIGURG);
            return handler(SIGURG);
        });
        assertEquals(IGNORE, within);
        assertEquals(before, handler(SIGURG));
    }

    @Test
    void alsoIfTheCallFails() {
        long before = handler(SIGURG);
        assertThrows(
                IllegalStateException.class,
                () -> Signals.keep(() -> {
                    ignore(SIGURG);
                    throw new IllegalStateException("no");
                }));
        assertEquals(before, handler(SIGURG));
    }

    /** Java handles these three with one function; PoCL takes the first two and leaves the third alone. */
    @Test
    void aDriverLeavesJavaItsHandlers() {
        OpenClDevice.open(null).close(); // it has compiled and run kernels to see whether it is strict
        assertEquals(handler(SIGPIPE), handler(SIGSEGV));
        assertEquals(handler(SIGPIPE), handler(SIGFPE));
    }

    @Test
    void aDivisionByZeroIsStillAnException() {
        OpenClDevice.open(null).close();
        int halves = 0;
        for (int i = 0; i < 1_000_000; i++) { // until it is compiled
            halves += divide(i, i % 2 + 1) & 1;
        }
        assertEquals(250_000 * 3, halves + 500_000);
        assertThrows(ArithmeticException.class, () -> divide(1, 0));
    }

    private static int divide(int a, int b) {
        return a / b;
    }
}
