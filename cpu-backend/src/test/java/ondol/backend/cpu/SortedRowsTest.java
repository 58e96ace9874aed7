package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import ondol.backend.Launch;
import ondol.backend.View;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link SortedRows}: stable, NaN as the largest, -0 equal to +0, for all types, both ways and in any layout. */
class SortedRowsTest {
    private final Random random = new Random(4);

    private Object values(Type type, int n) {
        Object values = new CpuBuffer(type, n).array;
        float[] special = {0f, -0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -1.5f, 2e-40f};
        for (int k = 0; k < n; k++) {
            int small = random.nextInt(20) - 10;
            switch (values) {
                case float[] f -> f[k] = small < 0 ? special[random.nextInt(special.length)] : small;
                case int[] i -> i[k] = small * (Integer.MAX_VALUE / 10);
                case long[] l -> l[k] = small * (Long.MAX_VALUE / 10);
                default -> ((boolean[]) values)[k] = small < 0;
            }
        }
        return values;
    }

    /** As the order has it: {@code Float.compare} has NaN last, but tells zeros apart. */
    private static Comparator<Integer> order(Object array, boolean descending) {
        Comparator<Integer> order = switch (array) {
            case float[] f -> (a, b) -> f[a] == f[b] ? 0 : Float.compare(f[a], f[b]);
            case int[] i -> (a, b) -> Integer.compare(i[a], i[b]);
            case long[] l -> (a, b) -> Long.compare(l[a], l[b]);
            default -> {
                boolean[] flags = (boolean[]) array;
                yield (a, b) -> Boolean.compare(flags[a], flags[b]);
            }
        };
        return descending ? order.reversed() : order;
    }

    @ParameterizedTest
    @EnumSource
    void anyRows(Type type) {
        try (Workers workers = new Workers(2, 0)) {
            for (boolean descending : new boolean[] {false, true}) {
                for (int n : new int[] {0, 1, 2, 7, 100}) {
                    Object values = values(type, 3 * n);
                    long[] shape = {3, n};
                    View in = Views.of(values, shape, 1, 3);
                    View[] out = {
                        Views.rowMajor(new CpuBuffer(type, 3L * n).array, shape), Views.rowMajor(new long[3 * n], shape)
                    };
                    Kernel.Sort kernel = new Kernel.Sort(type, descending);
                    SortedRows.sort(
                            kernel, new Launch(kernel, shape, 0, new View[] {in}, out, Launch.NO_SCALARS), workers);
                    for (int row = 0; row < 3; row++) {
                        assertRow(values, row, n, descending, out);
                    }
                }
            }
        }
    }

    private static void assertRow(Object values, int row, int n, boolean descending, View[] out) {
        Integer[] expected = IntStream.range(0, n).mapToObj(k -> row + 3 * k).toArray(Integer[]::new);
        Arrays.sort(expected, order(values, descending)); // a stable sort
        long[] indices = Arrays.copyOfRange((long[]) Views.array(out[1]), row * n, row * n + n);
        assertArrayEquals(Arrays.stream(expected).mapToLong(at -> at / 3).toArray(), indices);
        for (int k = 0; k < n; k++) {
            assertEquals(Array.get(values, expected[k]), Array.get(Views.array(out[0]), row * n + k));
        }
    }
}
