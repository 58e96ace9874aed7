package ondol.backend.opencl;

import ondol.backend.Backend;
import ondol.backend.TrainingContract;

/** The first steps of three trainings have the CPU's bits. */
class OpenClTrainingTest extends TrainingContract {
    @Override
    protected Backend open() {
        return OpenClDevice.open();
    }
}
