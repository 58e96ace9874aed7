package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ondol.backend.View;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** Where one index is for a whole run of elements. */
class IndexedRowsTest {
    private static final long[] SHAPE = {2, 3, 4, 5};

    private static long run(long... indexStrides) {
        View rows = new View(new CpuBuffer(Type.F32, 120), SHAPE, new long[] {60, 4, 1, 12}, 0);
        View index = new View(new CpuBuffer(Type.I64, 120), SHAPE, indexStrides, 0);
        return IndexedRows.Run.of(SHAPE, index, rows, rows).length();
    }

    @Test
    void asFarAsTheIndexIsRepeatedAndTheElementsGoOn() {
        assertEquals(12, run(0, 0, 0, 1));
        assertEquals(12, run(5, 0, 0, 1));
        assertEquals(4, run(15, 5, 0, 1));
        assertEquals(1, run(60, 20, 5, 1));
    }
}
