package ondol.backend.c;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.Launch;
import ondol.backend.ReferenceBackend;
import ondol.backend.View;
import ondol.backend.Workspace;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;

/** What the contract's sizes do not show: rows come a few at a time. */
class HostSortTest {
    private static final Kernel.Sort SORT = new Kernel.Sort(Type.F32, false);

    private final Backend backend = new ReferenceBackend();

    @Test
    void rowsComeAFewAtATime() {
        int rows = 7;
        int row = 5;
        float[] values = new float[rows * row];
        Random random = new Random(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(9);
        }
        Buffer in = backend.allocate(Type.F32, values.length);
        Buffer sorted = backend.allocate(Type.F32, values.length);
        Buffer places = backend.allocate(Type.I64, values.length);
        backend.upload(MemorySegment.ofArray(values), in, 0);
        View[] outputs = {Planner.contiguous(sorted, rows, row), Planner.contiguous(places, rows, row)};
        Launch launch = new Launch(
                SORT, new long[] {rows, row}, 0, new View[] {Planner.contiguous(in, rows, row)}, outputs, new long[0]);
        backend.run(launch);
        float[] expected = floats(sorted);
        long[] expectedPlaces = longs(places);
        for (int atOnce : new int[] {1, 5, 9, 10, 34, 1000}) {
            backend.upload(MemorySegment.ofArray(new float[values.length]), sorted, 0);
            backend.upload(MemorySegment.ofArray(new long[values.length]), places, 0);
            new HostSort(backend, Workspace.of(backend), atOnce).run(SORT, launch);
            assertArrayEquals(expected, floats(sorted));
            assertArrayEquals(expectedPlaces, longs(places));
        }
    }

    private float[] floats(Buffer buffer) {
        float[] values = new float[(int) buffer.length()];
        backend.download(buffer, 0, MemorySegment.ofArray(values));
        return values;
    }

    private long[] longs(Buffer buffer) {
        long[] values = new long[(int) buffer.length()];
        backend.download(buffer, 0, MemorySegment.ofArray(values));
        return values;
    }

    @Test
    void aRowThatDoesNotFitAnArray() {
        long[] shape = {1L << 31};
        View many = new View(backend.allocate(Type.F32, 1), shape, new long[] {0}, 0);
        Launch launch = new Launch(SORT, shape, 0, new View[] {many}, new View[] {many, many}, new long[0]);
        HostSort sort = new HostSort(backend, Workspace.of(backend));
        var e = assertThrows(IllegalArgumentException.class, () -> sort.run(SORT, launch));
        assertEquals(
                "sort: a row of 2147483648 elements; " + backend.info().name()
                        + " sorts rows of at most 2147483639: use shorter rows",
                e.getMessage());
    }
}
