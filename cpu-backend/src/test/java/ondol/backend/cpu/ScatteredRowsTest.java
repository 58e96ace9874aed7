package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole rows are added in order, by a plain loop and a written one, and nothing beside them is touched. */
class ScatteredRowsTest {
    @ParameterizedTest
    @CsvSource({"1, 5", "7, 33", "100, 5", "100, 76", "40, 300"})
    void rowsOfATable(int count, int width) {
        int targets = 4;
        int apart = width + 3;
        float[] rows = Views.random(count * width, 1);
        long[] indices = new long[count];
        float[] before = Views.random((targets - 1) * apart + width, 2);
        float[] expected = before.clone();
        for (int i = 0; i < count; i++) {
            indices[i] = i * 7 % 11 % targets;
            for (int k = 0; k < width; k++) {
                expected[(int) indices[i] * apart + k] += rows[i * width + k];
            }
        }
        Kernel.ScatterAdd kernel = new Kernel.ScatterAdd(Type.F32);
        long[] shape = {width, count};
        for (boolean vector : new boolean[] {false, true}) {
            View[] in = {Views.of(indices, shape, 0, 1), Views.of(rows, shape, 1, width)};
            View[] out = {Views.of(before, new long[] {width, targets}, 1, apart)};
            Launch launch = new Launch(kernel, shape, 0, in, out, Launch.NO_SCALARS);
            try (Workers workers = new Workers(3, 0)) {
                new ScatteredRows(kernel, new LoopChoice(vector, null), workers).run(launch);
            }
            assertArrayEquals(expected, Views.floats(out[0]));
        }
    }
}
