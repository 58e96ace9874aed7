package ondol.backend.cuda;

import jcuda.driver.CUdeviceptr;
import ondol.backend.Buffer;
import ondol.kernel.Type;

/** A buffer on the device. */
final class CudaBuffer implements Buffer {
    final CUdeviceptr pointer;

    /** The pointer as kernels take it. */
    final long address;

    private final Type type;
    private final long length;
    private boolean released;

    CudaBuffer(CUdeviceptr pointer, Type type, long length) {
        this.pointer = pointer;
        this.address = Address.of(pointer);
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
