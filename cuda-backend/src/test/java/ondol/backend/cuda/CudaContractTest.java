package ondol.backend.cuda;

import ondol.backend.Backend;
import ondol.backend.BackendContract;

/** The first GPU keeps the contract. */
class CudaContractTest extends BackendContract {
    @Override
    protected Backend open() {
        return CudaDevice.open();
    }
}
