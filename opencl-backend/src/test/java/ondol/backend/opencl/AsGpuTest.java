package ondol.backend.opencl;

import java.util.stream.Stream;
import ondol.backend.ContractSample;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/** What is printed for GPUs has the contract's bits on any device. */
class AsGpuTest {
    @TestFactory
    Stream<DynamicContainer> sample() {
        OpenClBackend device = OpenClDevice.openAsGpu();
        return ContractSample.of(device, 11).onClose(device::close);
    }
}
