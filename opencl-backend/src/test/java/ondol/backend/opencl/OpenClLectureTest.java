package ondol.backend.opencl;

import ondol.backend.Backend;
import ondol.backend.LectureContract;

/** The lecture's networks have the CPU's bits. */
class OpenClLectureTest extends LectureContract {
    @Override
    protected Backend open() {
        return OpenClDevice.open();
    }
}
