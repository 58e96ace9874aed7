package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** Axes of a {@link View} as one. */
class ViewTest {
    private record Nothing(Type type, long length) implements Buffer {}

    private static View view(long[] shape, long... strides) {
        return new View(new Nothing(Type.F32, 1000), shape, strides, 7);
    }

    private static void joined(View view, int axis, int count, long[] shape, long... strides) {
        View joined = view.joined(axis, count);
        assertNotNull(joined);
        assertArrayEquals(shape, joined.shape());
        assertArrayEquals(strides, joined.strides());
        assertEquals(7, joined.offset());
        assertSame(view.buffer(), joined.buffer());
    }

    @Test
    void axesThatOneStrideLeadsAlong() {
        View view = view(new long[] {2, 3, 4, 5}, 60, 20, 5, 1);
        joined(view, 1, 3, new long[] {2, 60}, 60, 1);
        joined(view, 0, 2, new long[] {6, 4, 5}, 20, 5, 1);
        assertSame(view, view.joined(2, 1));
    }

    @Test
    void axesOfSizeOneAndRepeatedOnes() {
        joined(view(new long[] {2, 1, 3}, 6, 999, 2), 0, 3, new long[] {6}, 2);
        joined(view(new long[] {4, 5, 2}, 0, 0, 1), 0, 2, new long[] {20, 2}, 0, 1);
        joined(view(new long[] {1, 1, 2}, 8, 9, 1), 0, 2, new long[] {1, 2}, 0, 1);
        joined(view(new long[] {3, 0}, 5, 2), 0, 2, new long[] {0}, 2);
    }

    @Test
    void othersCannotBeJoined() {
        assertNull(view(new long[] {3, 3}, 1, 1).joined(0, 2));
        assertNull(view(new long[] {2, 3, 4}, 12, 4, -1).joined(1, 2));
        assertNull(view(new long[] {2, 3}, 4, 1).joined(0, 2));
    }
}
