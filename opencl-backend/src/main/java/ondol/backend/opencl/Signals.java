package ondol.backend.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps Java's signal handlers in place.
 *
 * <p>Java lives on signals: threads stop for the garbage collector on a SIGSEGV, and a division by zero becomes an
 * exception by a SIGFPE. Drivers that compile with LLVM, PoCL for one, put their own handlers in Java's place when they
 * begin. LLVM's lasts for one signal: it deletes the temporary files of the compiler, puts Java's back, and a second
 * signal that comes meanwhile ends the process. So whatever may let a driver begin or compile is called through here,
 * and the handlers are as before when it returns. LLVM does not try again.
 */
final class Signals {
    private static final int LAST = 31;
    private static final int BYTES = 256; // more than a struct sigaction has anywhere

    /** sigaction of the C library; null where there is none to protect: on Windows and macOS. */
    private static final @Nullable MethodHandle SIGACTION = sigaction();

    private static final MemorySegment KEPT = Arena.global().allocate((LAST + 1L) * BYTES, 16);

    private static int inside;

    private Signals() {}

    private static @Nullable MethodHandle sigaction() {
        if (!System.getProperty("os.name", "").startsWith("Linux")) {
            return null;
        }
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor type = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        return linker.defaultLookup()
                .find("sigaction")
                .map(function -> linker.downcallHandle(function, type))
                .orElse(null);
    }

    /** Calls the driver and puts back the handlers that were there before. Of overlapping calls, the last one does. */
    static <T> T keep(Supplier<T> call) {
        enter();
        try {
            return call.get();
        } finally {
            leave();
        }
    }

    private static synchronized void enter() {
        inside++;
        if (inside == 1) {
            for (int signal = 1; signal <= LAST; signal++) {
                sigaction(signal, MemorySegment.NULL, kept(signal));
            }
        }
    }

    private static synchronized void leave() {
        inside--;
        if (inside == 0) {
            for (int signal = 1; signal <= LAST; signal++) {
                sigaction(signal, kept(signal), MemorySegment.NULL);
            }
        }
    }

    private static MemorySegment kept(int signal) {
        return KEPT.asSlice((long) signal * BYTES, BYTES);
    }

    /** Sets and reads what a signal does; without effect for SIGKILL and SIGSTOP, which nobody handles. */
    static void sigaction(int signal, MemorySegment action, MemorySegment old) {
        if (SIGACTION == null) {
            return;
        }
        try {
            int ignored = (int) SIGACTION.invokeExact(signal, action, old);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
