package ondol.backend.cuda;

import ondol.backend.Backend;
import ondol.backend.SoakContract;

/** Training in 256 MB, for ever. */
class CudaSoakTest extends SoakContract {
    @Override
    protected Backend open() {
        return CudaDevice.open();
    }
}
