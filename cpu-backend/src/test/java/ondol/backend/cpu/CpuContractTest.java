package ondol.backend.cpu;

import ondol.backend.Backend;
import ondol.backend.BackendContract;
import org.junit.jupiter.api.Nested;

/** The contract, on both sets of loops and on 1, 2 and 4 threads that share even the least work. */
class CpuContractTest {
    @Nested
    class VectorOneThread extends BackendContract {
        @Override
        protected Backend open() {
            return new CpuBackend(1, true);
        }
    }

    @Nested
    class VectorTwoThreads extends BackendContract {
        @Override
        protected Backend open() {
            return new CpuBackend(2, true, 0, false);
        }
    }

    @Nested
    class VectorFourThreads extends BackendContract {
        @Override
        protected Backend open() {
            return new CpuBackend(4, true, 0, false);
        }
    }

    /** As users have it: plain loops first, vector loops when they are compiled. */
    @Nested
    class VectorWarmingUp extends BackendContract {
        @Override
        protected Backend open() {
            return new CpuBackend(2, true, 0, true);
        }
    }

    @Nested
    class PlainOneThread extends BackendContract {
        @Override
        protected Backend open() {
            return new CpuBackend(1, false);
        }
    }

    @Nested
    class PlainFourThreads extends BackendContract {
        @Override
        protected Backend open() {
            return new CpuBackend(4, false, 0, false);
        }
    }
}
