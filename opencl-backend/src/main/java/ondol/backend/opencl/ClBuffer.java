package ondol.backend.opencl;

import ondol.backend.DeviceBuffer;
import ondol.kernel.Type;
import org.jocl.Pointer;
import org.jocl.cl_mem;

/** A buffer on the device. */
final class ClBuffer extends DeviceBuffer {
    final cl_mem memory;

    /** The pointer for a kernel argument. */
    final Pointer argument;

    ClBuffer(cl_mem memory, Type type, long length) {
        super(type, length);
        this.memory = memory;
        this.argument = Pointer.to(memory);
    }
}
