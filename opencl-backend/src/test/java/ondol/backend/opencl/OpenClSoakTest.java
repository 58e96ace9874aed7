package ondol.backend.opencl;

import ondol.backend.Backend;
import ondol.backend.SoakContract;

/** Training in 256 MB, for ever. */
class OpenClSoakTest extends SoakContract {
    @Override
    protected Backend open() {
        return OpenClDevice.open();
    }
}
