package ondol.backend.opencl;

import ondol.backend.Backend;
import ondol.backend.BackendContract;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/**
 * The first OpenCL device keeps the contract. Most of its time goes into the driver's compiler, on one core: the other tests run
 * beside it, but for those that change what it reads.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(value = Resources.SYSTEM_PROPERTIES, mode = ResourceAccessMode.READ)
class OpenClContractTest extends BackendContract {
    @Override
    public boolean compiles() {
        return true;
    }

    @Override
    protected Backend open() {
        return OpenClDevice.open();
    }
}
