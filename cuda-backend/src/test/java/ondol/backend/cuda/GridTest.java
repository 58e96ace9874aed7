package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How groups are laid in rows. */
class GridTest {
    @Test
    void asManyAsARowHas() {
        assertEquals(new Grid(1, 1), Grid.of(1, Integer.MAX_VALUE, 65535));
        assertEquals(new Grid(Integer.MAX_VALUE, 1), Grid.of(Integer.MAX_VALUE, Integer.MAX_VALUE, 65535));
    }

    @Test
    void moreAreInRows() {
        assertEquals(new Grid(1 << 30, 2), Grid.of(1L << 31, Integer.MAX_VALUE, 65535));
        for (long groups : new long[] {(1L << 31) + 3, 1L << 32, (1L << 40) + 1, 65535L * Integer.MAX_VALUE}) {
            Grid grid = Grid.of(groups, Integer.MAX_VALUE, 65535);
            long all = (long) grid.width() * grid.height();
            assertTrue(all >= groups && all - groups < grid.height(), grid + " for " + groups);
        }
    }

    @Test
    void moreThanADeviceTakes() {
        var e = assertThrows(
                IllegalArgumentException.class,
                () -> Grid.of(65535L * Integer.MAX_VALUE + 1, Integer.MAX_VALUE, 65535));
        assertEquals(
                "a kernel of 140735340806146 groups of work items, and the device takes 65535 times 2147483647: use smaller"
                        + " tensors",
                e.getMessage());
    }
}
