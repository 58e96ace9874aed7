package ondol.backend.cuda;

import ondol.backend.Backend;
import ondol.backend.LectureContract;

/** The lecture's networks have the CPU's bits. */
class CudaLectureTest extends LectureContract {
    @Override
    protected Backend open() {
        return CudaDevice.open();
    }
}
