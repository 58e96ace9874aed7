package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import ondol.backend.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where {@link Places} says that elements are, and how {@link Packing} copies them. */
class PackingTest {
    private static final float[] FROM = Views.random(4000, 5);

    private static View view(long[] shape, long... strides) {
        return Views.of(FROM, shape, strides);
    }

    @Test
    void axesThatOneStrideLeadsAlongAreOne() {
        Places merged = new Places(view(new long[] {3, 1, 4, 5}, 20, 77, 5, 1), 0, 4);
        assertTrue(merged.isEven());
        assertEquals(1, merged.stride);
        assertEquals(60, merged.run());
        assertEquals(37, merged.at(37));
        Places repeated = new Places(view(new long[] {3, 4}, 0, 0), 0, 2);
        assertTrue(repeated.isEven());
        assertEquals(0, repeated.at(1L << 40));
        Places single = new Places(view(new long[] {1, 1}, 5, 6), 0, 2);
        assertEquals(1, single.stride);
        Places empty = new Places(view(new long[] {3, 0, 2}, 5, 6, 7), 0, 3);
        assertTrue(empty.isEven());
        assertEquals(0, empty.run());
    }

    @Test
    void placesInRowMajorOrder() {
        Places places = new Places(view(new long[] {9, 2, 3, 4}, 0, -50, 7, 2), 1, 3);
        assertFalse(places.isEven());
        assertEquals(4, places.run());
        int[] some = new int[20];
        places.fill(3, 15, some, 2);
        for (int i = 0; i < 24; i++) {
            int expected = i / 12 * -50 + i / 4 % 3 * 7 + i % 4 * 2;
            assertEquals(expected, places.at(i));
            if (i >= 3 && i < 18) {
                assertEquals(expected, some[2 + i - 3]);
            }
        }
    }

    /** Runs along a line, of several lengths and strides. */
    private static Stream<Places> lines() {
        return Stream.of(
                new Places(view(new long[] {70}, 1), 0, 1),
                new Places(view(new long[] {3, 56}, 80, 1), 0, 2),
                new Places(view(new long[] {20, 7}, 11, 1), 0, 2),
                new Places(view(new long[] {40, 2}, 9, 1), 0, 2),
                new Places(view(new long[] {5, 33}, 100, 2), 0, 2),
                new Places(view(new long[] {30, 3}, 10, 2), 0, 2),
                new Places(view(new long[] {30, 3}, 10, 3), 0, 2),
                new Places(view(new long[] {50, 2}, 0, 1), 0, 2));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void copiesOfAnyPart(Places line) {
        int[] lines = {0, 900, 13, 14, 500};
        for (int from : new int[] {0, 5, 23}) {
            for (int width : new int[] {1, 2, 16, 31, 32, 47}) {
                assertCopies(line, lines, from, width);
            }
        }
    }

    private static void assertCopies(Places line, int[] lines, int from, int width) {
        int pitch = width + 3;
        float[] each = new float[3 + lines.length * pitch + VectorMatMul.WIDTH];
        int[] offsets = new int[width];
        line.fill(from, width, offsets, 0);
        Packing.copyEach(FROM, 100, lines, lines.length, offsets, width, each, 3, pitch);
        float[] pieces = new float[each.length];
        if (Packing.isInPieces(line)) {
            int[] starts = new int[width];
            int[] targets = new int[width];
            int count = Packing.cut(line, from, width, starts, targets);
            assertTrue(Packing.fits(FROM, 100, lines, lines.length, starts, count, line.stride));
            Packing.copy(FROM, 100, lines, lines.length, starts, targets, count, line.stride, pieces, 3, pitch);
        } else {
            assertEquals(3, line.stride);
            pieces = each;
        }
        for (int l = 0; l < lines.length; l++) {
            for (int x = 0; x < width; x++) {
                float expected = FROM[100 + lines[l] + line.at(from + x)];
                assertEquals(expected, each[3 + l * pitch + x]);
                assertEquals(expected, pieces[3 + l * pitch + x]);
            }
        }
    }

    /** A vector is not read beyond the end of an array. */
    @Test
    void whatReachesBeyondTheEndDoesNotFit() {
        int[] lines = {0, 3900 - VectorMatMul.WIDTH};
        assertTrue(Packing.fits(FROM, 100, lines, 2, new int[] {0}, 1, 1));
        assertFalse(Packing.fits(FROM, 101, lines, 2, new int[] {0}, 1, 1));
        assertFalse(Packing.fits(FROM, 100, lines, 2, new int[] {0, 1}, 2, 1));
        assertFalse(Packing.fits(FROM, 100, lines, 2, new int[] {0}, 1, 2));
    }

    /** Each is run for as many elements as it is asked for, none among them. */
    @Test
    void exercises() {
        assertEquals(5, Packing.exercises().size());
        for (Warmup.Exercise exercise : Packing.exercises()) {
            exercise.elements().accept(0);
            exercise.elements().accept(384);
        }
    }
}
