package ondol.backend.opencl;

import ondol.backend.Backend;
import ondol.backend.BackendContract;

/** The first OpenCL device keeps the contract. */
class OpenClContractTest extends BackendContract {
    @Override
    protected Backend open() {
        return OpenClDevice.open();
    }
}
