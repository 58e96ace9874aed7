package ondol.backend.opencl;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.ContractSample;
import ondol.backend.MatMulContract;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.WindowContract;
import ondol.backend.Workspace;
import ondol.backend.c.MatMulTiles;
import ondol.backend.c.MatMulTiles.Kind;
import ondol.backend.c.MatMulTuning;
import ondol.backend.c.Planner;
import ondol.kernel.Type;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** However a matrix product is cut up, the contract holds: also for the ways that this device would not choose. */
class MatMulTilesTest {
    /** Of so many tests of products each candidate has one: three times as many as there are candidates. */
    private static final int EVERY = 27;

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Cut implements MatMulContract, WindowContract {
        private final MatMulTiles tiles;
        private OpenClBackend device;

        Cut(Kind kind, int rows, int columns, int depth) {
            tiles = new MatMulTiles(kind, rows, columns, depth);
        }

        @BeforeAll
        void open() {
            device = OpenClDevice.open();
        }

        @AfterAll
        void close() {
            if (device != null) {
                device.close();
            }
        }

        @Override
        public boolean compiles() {
            return true;
        }

        @Override
        public Backend backend() {
            return new Planned(device, new Planner(_ -> tiles));
        }
    }

    /** Every way that a device may choose: some of the contract for each, and not the same of it. */
    @TestFactory
    Stream<DynamicContainer> everyCandidate() {
        OpenClBackend device = OpenClDevice.open();
        List<MatMulTiles> candidates = Stream.of(true, false)
                .flatMap(isCpu -> MatMulTuning.candidates(isCpu).stream())
                .toList();
        return IntStream.range(0, candidates.size())
                .mapToObj(i -> {
                    MatMulTiles tiles = candidates.get(i);
                    return ContractSample.ofTiles(
                            tiles.toString(), new Planned(device, new Planner(_ -> tiles)), EVERY, 3 * i);
                })
                .onClose(device::close);
    }

    /** Expanded operands of any size take no memory, and their panels would take all. */
    @TestFactory
    Stream<DynamicContainer> withoutMemoryForPanels() {
        OpenClBackend device = OpenClDevice.open();
        Workspace full = new Workspace() {
            @Override
            public Buffer take(Type type, long length) {
                throw new OutOfDeviceMemoryException("no room for " + length);
            }

            @Override
            public void give(Buffer buffer) {
                throw new AssertionError("nothing was taken");
            }
        };
        Planner planner = new Planner(_ -> new MatMulTiles(Kind.PACKED, 8, 32, 0));
        return Stream.of(ContractSample.ofMatMul("without panels", new Planned(device, planner, full), 5))
                .onClose(device::close);
    }

    @Nested
    class InLocalMemory extends Cut {
        InLocalMemory() {
            super(Kind.TILED, 4, 4, 16);
        }
    }

    @Nested
    class InPanels extends Cut {
        InPanels() {
            super(Kind.PACKED, 8, 32, 0);
        }
    }
}
