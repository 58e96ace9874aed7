package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import ondol.TestInputs.Layout;
import org.junit.jupiter.api.Test;

/** gather, scatterAdd, indexSelect, sort, topk. */
final class IndexTest {
    private static final float INF = Float.POSITIVE_INFINITY;
    private static final float NAN = Float.NaN;

    /** Random places below n, in a shape and a layout. */
    private static NdArray places(Random random, int n, int... shape) {
        NdArray out = NdArray.zeros(shape);
        Arrays.setAll(out.data, i -> random.nextInt(n));
        return out;
    }

    @Test
    void gatherAndScatterAlongEveryAxis() {
        Random random = new Random(TestInputs.SEED);
        NdArray x = TestInputs.uniform(random, -2, 2, 3, 4, 5);
        for (Layout layout : Layout.values()) {
            for (int axis = 0; axis < 3; axis++) {
                int[] shape = {2, 3, 4};
                shape[axis] = 7;
                NdArray index = places(random, x.shape[axis], shape);
                NdArray gathered = NdArray.zeros(shape);
                NdArray source = TestInputs.uniform(random, -2, 2, shape);
                NdArray added = x.map(v -> v);
                for (int i = 0; i < index.data.length; i++) {
                    int[] at = NdArray.index(shape, i);
                    at[axis] = (int) index.data[i];
                    gathered.data[i] = x.get(at);
                    added.set((float) (added.get(at) + source.data[i]), at);
                }
                String what = "axis " + axis + ", " + layout + ", seed " + TestInputs.SEED;
                Tensor t = TestInputs.tensor(x, layout);
                Tensor places = TestInputs.tensor(index, layout).to(DType.INT64);
                Tensor strided =
                        TestInputs.tensor(index.map(v -> v), Layout.CONTIGUOUS).to(DType.INT64);
                assertArrayEquals(gathered.floats(), t.gather(axis, places).toFloatArray(), what);
                assertArrayEquals(gathered.floats(), t.gather(axis - 3, strided).toFloatArray(), what);
                Tensor sum = t.scatterAdd(axis, places, TestInputs.tensor(source, layout));
                assertArrayEquals(added.floats(), sum.toFloatArray(), what);
                assertArrayEquals(x.floats(), t.toFloatArray(), "not changed in place");
            }
        }
    }

    @Test
    void indexSelectAlongEveryAxis() {
        Random random = new Random(TestInputs.SEED);
        NdArray x = TestInputs.uniform(random, -2, 2, 3, 4, 5);
        for (Layout layout : Layout.values()) {
            for (int axis = 0; axis < 3; axis++) {
                NdArray index = places(random, x.shape[axis], 9);
                NdArray expected = x.along(
                        axis,
                        row -> Arrays.stream(index.data).map(i -> row[(int) i]).toArray());
                Tensor actual = TestInputs.tensor(x, layout)
                        .indexSelect(axis - 3, TestInputs.tensor(index, layout).to(DType.INT64));
                assertArrayEquals(
                        expected.floats(), actual.toFloatArray(), "axis " + axis + ", seed " + TestInputs.SEED);
                assertArrayEquals(expected.sizes(), actual.shape().toArray());
            }
        }
    }

    @Test
    void indicesMayBeViews() {
        Tensor x = Tensor.tensor(10f, 11f, 12f, 13f);
        Tensor index = Tensor.tensor(0L, 3L, 1L, 2L, 2L, 1L);
        assertArrayEquals(
                new float[] {10, 11, 12}, x.gather(0, index.slice(0, 0, 6, 2)).toFloatArray());
        assertArrayEquals(
                new float[] {11, 12, 12},
                x.indexSelect(0, index.flip(0).slice(0, 0, 3)).toFloatArray());
        assertArrayEquals(
                new float[] {13, 13},
                x.gather(0, index.slice(0, 1, 2).expand(2)).toFloatArray());
    }

    @Test
    void boundsAreCheckedForWhatIsUsed() {
        Tensor x = Tensor.tensor(10f, 11f, 12f);
        Tensor index = Tensor.tensor(0L, 1L, 9L, 2L);
        assertThrows(IndexOutOfBoundsException.class, () -> x.gather(0, index));
        assertArrayEquals(
                new float[] {10, 11}, x.gather(0, index.slice(0, 0, 2)).toFloatArray());
        // The same start and the same number of elements, but others.
        assertThrows(IndexOutOfBoundsException.class, () -> x.gather(0, index.slice(0, 0, 4, 2)));
        assertArrayEquals(
                new float[] {10, 11}, x.gather(0, index.slice(0, 0, 2)).toFloatArray());
        index.slice(0, 0, 1).fill(7);
        assertThrows(IndexOutOfBoundsException.class, () -> x.gather(0, index.slice(0, 0, 2)), "changed in place");
        index.fill(-1);
        assertThrows(IndexOutOfBoundsException.class, () -> x.indexSelect(0, index));
        assertThrows(IndexOutOfBoundsException.class, () -> x.scatterAdd(0, index, Tensor.ones(4)));
        assertThrows(IndexOutOfBoundsException.class, () -> Tensor.zeros(0).gather(0, Tensor.tensor(new long[] {0})));
    }

    @Test
    void duplicatesAddUpInOrder() {
        Tensor index = Tensor.tensor(1L, 1L, 0L, 1L);
        Tensor source = Tensor.tensor(1e8f, 1f, 5f, -1e8f);
        // (0 + 1e8) + 1 - 1e8 in float: the 1 is lost, whatever the device.
        assertArrayEquals(
                new float[] {5, 0}, Tensor.zeros(2).scatterAdd(0, index, source).toFloatArray());
        assertArrayEquals(
                new long[] {12, 24, 3},
                Tensor.tensor(10L, 20L, 3L)
                        .scatterAdd(0, Tensor.tensor(0L, 1L, 1L), Tensor.tensor(2L, 3L, 1L))
                        .toLongArray());
    }

    @Test
    void emptyAndSingle() {
        Tensor none = Tensor.arange(0);
        assertArrayEquals(new long[] {0}, Tensor.ones(3).gather(0, none).shape().toArray());
        assertArrayEquals(
                new long[] {2, 0},
                Tensor.ones(2, 3).indexSelect(1, none).shape().toArray());
        assertArrayEquals(
                new float[] {1, 1},
                Tensor.ones(2).scatterAdd(0, none, Tensor.zeros(0)).toFloatArray());
        assertArrayEquals(
                new long[] {0, 2},
                Tensor.zeros(0, 3)
                        .gather(1, Tensor.arange(0).reshape(0, 2))
                        .shape()
                        .toArray());
        assertEquals(5, Tensor.tensor(5.0).gather(0, Tensor.tensor(0L)).item());
        assertEquals(
                7,
                Tensor.tensor(5.0)
                        .scatterAdd(0, Tensor.tensor(0L), Tensor.tensor(2.0))
                        .item());
        assertArrayEquals(
                new float[] {3, 4},
                Tensor.tensor(new float[][] {{1, 2}, {3, 4}})
                        .indexSelect(0, Tensor.tensor(1L))
                        .toFloatArray());
        Tensor flags = Tensor.tensor(true, false);
        assertArrayEquals(
                new boolean[] {false, true},
                flags.gather(0, Tensor.tensor(1L, 0L)).toBooleanArray());
        assertArrayEquals(
                new boolean[] {true, true},
                flags.scatterAdd(0, Tensor.tensor(1L, 0L), flags).toBooleanArray());
    }

    // ---- sorting

    /** Where the elements go: stable, NaN above all. */
    private static int[] order(float[] row, boolean descending) {
        Comparator<Integer> byValue =
                (a, b) -> row[a] == row[b] ? 0 : Float.compare(row[a], row[b]); // -0 equals 0, NaN is largest
        return IntStream.range(0, row.length)
                .boxed()
                .sorted(descending ? byValue.reversed() : byValue)
                .mapToInt(i -> i)
                .toArray();
    }

    @Test
    void sortingIsStableAlongEveryAxis() {
        Random random = new Random(TestInputs.SEED);
        float[] values = {-INF, -1, -0f, 0f, 0.5f, 1, INF, NAN};
        NdArray x = NdArray.zeros(3, 17, 5);
        Arrays.setAll(x.data, i -> values[random.nextInt(values.length)]);
        for (Layout layout : Layout.values()) {
            for (int axis = 0; axis < 3; axis++) {
                for (boolean descending : new boolean[] {false, true}) {
                    String what =
                            "axis " + axis + ", descending " + descending + ", " + layout + ", seed " + TestInputs.SEED;
                    NdArray places = x.along(
                            axis,
                            row -> Arrays.stream(order(floats(row), descending))
                                    .asDoubleStream()
                                    .toArray());
                    NdArray sorted = x.along(
                            axis,
                            row -> Arrays.stream(order(floats(row), descending))
                                    .mapToDouble(i -> row[i])
                                    .toArray());
                    Tensor t = TestInputs.tensor(x, layout);
                    ValuesAndIndices actual = t.sort(axis - 3, descending);
                    assertArrayEquals(places.data, NdArray.of(actual.indices()).data, what);
                    assertArrayEquals(sorted.floats(), actual.values().toFloatArray(), what);
                    assertArrayEquals(places.data, NdArray.of(t.argsort(axis, descending)).data, what);
                    // topk is the first k of that.
                    ValuesAndIndices top = t.topk(2, axis, descending);
                    assertArrayEquals(
                            actual.values().slice(axis, 0, 2).toFloatArray(),
                            top.values().toFloatArray(),
                            what);
                    assertArrayEquals(
                            actual.indices().slice(axis, 0, 2).toLongArray(),
                            top.indices().toLongArray(),
                            what);
                }
            }
        }
    }

    private static float[] floats(double[] row) {
        return NdArray.vector(row).floats();
    }

    @Test
    void sortedExamples() {
        Tensor x = Tensor.tensor(NAN, 2f, 1f, INF, -INF);
        assertArrayEquals(new float[] {-INF, 1, 2, INF, NAN}, x.sort().values().toFloatArray());
        assertArrayEquals(new long[] {4, 2, 1, 3, 0}, x.sort().indices().toLongArray());
        assertArrayEquals(new long[] {0, 3, 1, 2, 4}, x.sort(0, true).indices().toLongArray());
        assertArrayEquals(new long[] {4, 2, 1, 3, 0}, x.argsort().toLongArray());
        assertArrayEquals(new float[] {NAN, INF}, x.topk(2).values().toFloatArray());
        assertArrayEquals(new long[] {4, 2}, x.topk(2, 0, false).indices().toLongArray());
        assertEquals(0, x.topk(0).values().numel());
        assertThrows(IllegalArgumentException.class, () -> x.topk(6));
        assertThrows(IllegalArgumentException.class, () -> x.topk(-1));
        Tensor large = Tensor.tensor(Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1);
        assertArrayEquals(
                new long[] {Long.MIN_VALUE, Long.MAX_VALUE - 1, Long.MAX_VALUE},
                large.sort().values().toLongArray());
        Tensor one = Tensor.tensor(5.0);
        assertEquals(5, one.sort().values().item());
        assertEquals(0, one.sort().indices().item());
        assertEquals(5, one.topk(1).values().item());
        assertEquals(0, one.topk(1).indices().item());
        assertArrayEquals(
                new long[] {2, 0}, Tensor.zeros(2, 0).sort().values().shape().toArray());
    }

    @Test
    void aLongSort() {
        Generator generator = new Generator(3);
        Tensor x = Tensor.randperm(generator, 5000);
        ValuesAndIndices sorted = x.sort();
        assertArrayEquals(Tensor.arange(5000).toLongArray(), sorted.values().toLongArray());
        assertArrayEquals(
                sorted.values().toLongArray(), x.gather(0, sorted.indices()).toLongArray());
    }
}
