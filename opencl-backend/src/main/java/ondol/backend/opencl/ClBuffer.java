package ondol.backend.opencl;

import ondol.backend.Buffer;
import ondol.kernel.Type;
import org.jocl.Pointer;
import org.jocl.cl_mem;

/** A buffer on the device. */
final class ClBuffer implements Buffer {
    final cl_mem memory;

    /** What a kernel argument points at. */
    final Pointer argument;

    private final Type type;
    private final long length;
    private boolean released;

    ClBuffer(cl_mem memory, Type type, long length) {
        this.memory = memory;
        this.argument = Pointer.to(memory);
        this.type = type;
        this.length = length;
    }

    @Override
    public Type type() {
        return type;
    }

    @Override
    public long length() {
        return length;
    }

    /** Whether it may be released: only the first who asks is told so. */
    synchronized boolean release() {
        boolean first = !released;
        released = true;
        return first;
    }
}
