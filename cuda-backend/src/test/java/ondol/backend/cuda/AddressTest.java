package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.Test;

/** What JCuda's objects point to. */
class AddressTest {
    @Test
    void addresses() {
        assertEquals(0, Address.of(new CUdeviceptr()));
        assertEquals(0x7f12_3456_7000L, Address.of(new Numbered(0x7f12_3456_7000L)));
    }

    private static final class Numbered extends Pointer {
        Numbered(long address) {
            super(address);
        }
    }
}
