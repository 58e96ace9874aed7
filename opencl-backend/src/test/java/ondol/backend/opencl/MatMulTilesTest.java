package ondol.backend.opencl;

import ondol.backend.Backend;
import ondol.backend.DelegatingBackend;
import ondol.backend.Launch;
import ondol.backend.MatMulContract;
import ondol.backend.Workspace;
import ondol.backend.c.MatMulTiles;
import ondol.backend.c.MatMulTiles.Kind;
import ondol.backend.c.Planner;
import ondol.kernel.Kernel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/** However a matrix product is cut up, the contract holds: also for the ways that this device would not choose. */
class MatMulTilesTest {
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Cut implements MatMulContract {
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
        public Backend backend() {
            return new CutUp(device, new Planner(() -> tiles));
        }
    }

    @Nested
    class InLocalMemory extends Cut {
        InLocalMemory() {
            super(Kind.TILED, 4, 4, 16);
        }
    }

    @Nested
    class InLocalMemoryOblong extends Cut {
        InLocalMemoryOblong() {
            super(Kind.TILED, 8, 4, 8);
        }
    }

    @Nested
    class InPanels extends Cut {
        InPanels() {
            super(Kind.PACKED, 8, 32, 0);
        }
    }

    @Nested
    class InNarrowPanels extends Cut {
        InNarrowPanels() {
            super(Kind.PACKED, 6, 16, 0);
        }
    }

    /** The device with another planner for matrix products. */
    private static final class CutUp extends DelegatingBackend {
        private final OpenClBackend device;
        private final Planner planner;

        CutUp(OpenClBackend device, Planner planner) {
            super(device);
            this.device = device;
            this.planner = planner;
        }

        @Override
        public void run(Launch launch) {
            if (launch.kernel() instanceof Kernel.MatMul) {
                planner.plan(launch, Workspace.of(device), device::start);
            } else {
                super.run(launch);
            }
        }
    }
}
