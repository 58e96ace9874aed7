package ondol.backend.cuda;

import ondol.backend.Backend;
import ondol.backend.TrainingContract;

/** The first steps of three trainings have the CPU's bits. */
class CudaTrainingTest extends TrainingContract {
    @Override
    protected Backend open() {
        return CudaDevice.open();
    }
}
