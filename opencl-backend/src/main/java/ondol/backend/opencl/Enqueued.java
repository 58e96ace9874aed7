package ondol.backend.opencl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import ondol.backend.Log;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * Writes that do not wait, by OpenCL's own functions: JOCL gives each of its own to a thread, which keeps what is written from
 * the garbage collector. Here it is memory that stays. Not for several threads at once.
 */
final class Enqueued {
    private static final System.Logger LOG = Log.of("ondol.opencl");

    static final String WRITE = "clEnqueueWriteBuffer";

    private final MethodHandle write;
    private final MethodHandle unmap;
    private final MethodHandle waitFor;
    private final MethodHandle info;
    private final MethodHandle release;

    /** Where a call leaves what it has to tell, or finds a list of one. */
    private final MemorySegment word = Arena.ofAuto().allocate(JAVA_LONG);

    /** @throws java.util.NoSuchElementException if the library lacks a function */
    Enqueued(SymbolLookup library) {
        write = function(
                library, WRITE, ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        unmap = function(library, "clEnqueueUnmapMemObject", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        waitFor = function(library, "clWaitForEvents", JAVA_INT, ADDRESS);
        info = function(library, "clGetEventInfo", ADDRESS, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
        release = function(library, "clReleaseEvent", ADDRESS);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(SymbolLookup library, String name, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(library.findOrThrow(name), FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /** The functions of the library that JOCL has loaded; null if it has it under a name that is not known here. */
    static @Nullable Enqueued find() {
        for (String name : Natives.names()) {
            SymbolLookup library = Natives.library(name);
            if (library != null && library.find(WRITE).isPresent()) {
                return new Enqueued(library);
            }
        }
        LOG.log(System.Logger.Level.DEBUG, "uploads wait for the device: none of {0} can be loaded", Natives.names());
        return null;
    }

    /**
     * Puts a write on the queue.
     *
     * @param from stays as it is until the write is done
     * @return its event
     */
    MemorySegment write(cl_command_queue queue, cl_mem target, long offset, MemorySegment from) {
        int code = call(
                write,
                pointer(queue.getNativePointer()),
                pointer(target.getNativePointer()),
                0,
                offset,
                from.byteSize(),
                from,
                0,
                MemorySegment.NULL,
                word);
        Cl.check(code, WRITE);
        return word.get(ADDRESS, 0);
    }

    /** Takes away the memory that a buffer is mapped to. */
    void unmap(cl_command_queue queue, cl_mem mapped, MemorySegment memory) {
        int code = call(
                unmap,
                pointer(queue.getNativePointer()),
                pointer(mapped.getNativePointer()),
                memory,
                0,
                MemorySegment.NULL,
                MemorySegment.NULL);
        Cl.check(code, "clEnqueueUnmapMemObject");
    }

    /** Waits until a command is done, or has failed: that is in its status. */
    void waitFor(MemorySegment event) {
        word.set(ADDRESS, 0, event);
        int ignored = call(waitFor, 1, word);
    }

    /** How far a command is: below 0 is what it failed with. */
    int status(MemorySegment event) {
        int code =
                call(info, event, CL.CL_EVENT_COMMAND_EXECUTION_STATUS, JAVA_INT.byteSize(), word, MemorySegment.NULL);
        Cl.check(code, "clGetEventInfo");
        return word.get(JAVA_INT, 0);
    }

    void release(MemorySegment event) {
        Cl.check(call(release, event), "clReleaseEvent");
    }

    private static MemorySegment pointer(long address) {
        return MemorySegment.ofAddress(address);
    }

    private static int call(MethodHandle function, Object... arguments) {
        try {
            return (int) function.invokeWithArguments(List.of(arguments));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a function of C throws nothing", e);
        }
    }
}
