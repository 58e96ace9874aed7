package ondol.backend.cuda;

import jcuda.driver.CUdeviceptr;
import ondol.backend.DeviceBuffer;
import ondol.kernel.Type;

/** A buffer on the device. */
final class CudaBuffer extends DeviceBuffer {
    final CUdeviceptr pointer;

    /** The pointer as kernels take it. */
    final long address;

    CudaBuffer(CUdeviceptr pointer, Type type, long length) {
        super(type, length);
        this.pointer = pointer;
        this.address = Address.of(pointer);
    }
}
