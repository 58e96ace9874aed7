package ondol.backend.opencl;

import java.util.stream.Stream;
import ondol.backend.ContractSample;
import ondol.backend.SmallContract;
import ondol.backend.c.MatMulTiles;
import ondol.backend.c.MatMulTiles.Kind;
import ondol.backend.c.WidePlanner;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/** With indices of 64 bits, which otherwise only operands of many GB have, kernels have the same bits. */
class WideTest {
    @TestFactory
    Stream<DynamicContainer> sample() {
        OpenClBackend device = OpenClDevice.open();
        Planned packed = new Planned(device, WidePlanner.of(new MatMulTiles(Kind.PACKED, 8, 32, 0)));
        Planned tiled = new Planned(device, WidePlanner.of(new MatMulTiles(Kind.TILED, 4, 4, 16)));
        return Stream.of(
                        ContractSample.ofMatMul("MatMul in panels", packed, 7),
                        ContractSample.ofMatMul("MatMul in local memory", tiled, 7),
                        DynamicContainer.dynamicContainer("for processors", new SmallContract(packed).tests()),
                        DynamicContainer.dynamicContainer("for GPUs", new SmallContract(tiled).tests()))
                .onClose(device::close);
    }
}
