package ondol.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import ondol.backend.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A buffer with holders. It goes back to its {@link Memory} when the last of them lets go, or when the garbage collector finds
 * that nobody can reach it.
 */
public class Lease {
    private static final VarHandle HOLDERS;

    static {
        try {
            HOLDERS = MethodHandles.lookup().findVarHandle(Lease.class, "holders", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Memory memory;
    private final Buffer buffer;

    /** The memory's record of the buffer; null if the buffer is left to the garbage collector. */
    private final Memory.@Nullable Block block;

    @SuppressWarnings("unused") // through HOLDERS
    private volatile int holders;

    /** A lease as {@link Memory#allocate} makes it, with nobody holding it yet. */
    protected Lease(Memory memory, Buffer buffer, boolean tracked) {
        this.memory = memory;
        this.buffer = buffer;
        this.block = tracked ? memory.track(this) : null;
    }

    /** The buffer. */
    public final Buffer buffer() {
        return buffer;
    }

    /** One more holder. */
    public final void retain() {
        HOLDERS.getAndAdd(this, 1);
    }

    /** One holder less; the last one gives the buffer back. */
    public final void release() {
        if ((int) HOLDERS.getAndAdd(this, -1) == 1) {
            if (block == null) {
                memory.recycle(buffer);
            } else {
                memory.release(block);
            }
        }
    }

    /** Whether somebody besides one holder uses the buffer. */
    public final boolean isShared() {
        return holders > 1;
    }
}
