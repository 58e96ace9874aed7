package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Slices follow Python's rule, for all bounds and steps. */
final class SliceTest {
    /** {@code range(n)[start:end:step]}, word by word from Python's language reference; null for a bound left out. */
    private static long[] python(int n, Long start, Long end, long step) {
        List<Long> out = new ArrayList<>();
        long lower = step > 0 ? 0 : -1;
        long upper = step > 0 ? n : n - 1;
        long i = start == null
                ? (step > 0 ? lower : upper)
                : start < 0 ? Math.max(start + n, lower) : Math.min(start, upper);
        long stop =
                end == null ? (step > 0 ? upper : lower) : end < 0 ? Math.max(end + n, lower) : Math.min(end, upper);
        for (; step > 0 ? i < stop : i > stop; i += step) {
            out.add(i);
        }
        return out.stream().mapToLong(v -> v).toArray();
    }

    private static long open(Long bound) {
        return bound == null ? Index.OPEN : bound;
    }

    @Test
    void pythonsRule() {
        Random random = new Random(TestInputs.SEED);
        for (int round = 0; round < 3000; round++) {
            int n = random.nextInt(13);
            Long start = random.nextInt(8) == 0 ? null : (Long) random.nextLong(-12, 13);
            Long end = random.nextInt(8) == 0 ? null : (Long) random.nextLong(-12, 13);
            long step = random.nextLong(1, 13) * (random.nextBoolean() ? 1 : -1);
            String what = "range(" + n + ")[" + start + ":" + end + ":" + step + "], seed " + TestInputs.SEED;
            long[] expected = python(n, start, end, step);
            Tensor x = Tensor.arange(n);
            Tensor slice = x.slice(0, open(start), open(end), step);
            assertArrayEquals(expected, slice.toLongArray(), what);
            assertTrue(slice.sharesStorageWith(x), what);
            // Along the second of three axes, of a view, as an index.
            Tensor wide = Tensor.arange(2L * n * 3).reshape(2, n, 3).permute(2, 1, 0);
            Tensor part = wide.get(Index.at(1), Index.range(open(start), open(end), step));
            long[] of = LongStream.of(expected)
                    .flatMap(i -> LongStream.of(i * 3 + 1, n * 3L + i * 3 + 1))
                    .toArray();
            assertArrayEquals(of, part.toLongArray(), what);
            assertArrayEquals(new long[] {expected.length, 2}, part.shape().toArray(), what);
        }
    }

    @Test
    void examples() {
        Tensor x = Tensor.arange(6);
        assertArrayEquals(new long[] {5, 4, 3, 2, 1, 0}, x.get(Index.every(-1)).toLongArray());
        assertArrayEquals(new long[] {4, 2}, x.get(Index.range(-2, 0, -2)).toLongArray());
        assertArrayEquals(new long[] {1, 2, 3, 4}, x.slice(0, 1, -1).toLongArray());
        assertArrayEquals(new long[] {}, x.slice(0, 4, 2).toLongArray());
        assertArrayEquals(new long[] {0, 1, 2, 3, 4, 5}, x.slice(0, -100, 100).toLongArray());
        assertArrayEquals(new long[] {5, 0}, x.slice(0, 100, -100, -5).toLongArray());
        assertArrayEquals(new long[] {0}, x.slice(0, 0, 6, Long.MAX_VALUE).toLongArray());
        assertArrayEquals(
                new long[] {5}, x.slice(0, 5, Index.OPEN, -Long.MAX_VALUE).toLongArray());
        assertThrows(IllegalArgumentException.class, () -> x.slice(0, 0, 6, 0));
        assertThrows(IllegalArgumentException.class, () -> Index.every(0));
        assertThrows(IllegalArgumentException.class, () -> Index.range(0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> Tensor.tensor(1.0).slice(0, 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> x.slice(1, 0, 1));
    }

    /** A slice of a slice is what it is in Python, too. */
    @Test
    void slicesOfSlices() {
        Random random = new Random(TestInputs.SEED);
        for (int round = 0; round < 500; round++) {
            Tensor x = Tensor.arange(12);
            long[] expected = x.toLongArray();
            for (int i = 0; i < 3; i++) {
                long start = random.nextLong(-12, 13);
                long end = random.nextLong(-12, 13);
                long step = random.nextLong(1, 4) * (random.nextBoolean() ? 1 : -1);
                long[] before = expected;
                expected = LongStream.of(python(before.length, start, end, step))
                        .map(at -> before[(int) at])
                        .toArray();
                x = x.slice(0, start, end, step);
                assertArrayEquals(expected, x.toLongArray(), "round " + round + ", seed " + TestInputs.SEED);
            }
        }
    }

    @Test
    void selecting() {
        Tensor x = Tensor.arange(24).reshape(2, 3, 4);
        assertArrayEquals(
                new long[] {4, 5, 6, 7, 16, 17, 18, 19}, x.select(1, 1).toLongArray());
        assertArrayEquals(new long[] {3, 7, 11, 15, 19, 23}, x.select(-1, -1).toLongArray());
        assertArrayEquals(new long[] {2, 4}, x.select(1, -3).shape().toArray());
        assertEquals(0, Tensor.arange(3).select(0, 2).dim());
        assertEquals(2, Tensor.arange(3).select(0, -1).item());
        assertThrows(IndexOutOfBoundsException.class, () -> x.select(1, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> x.select(1, -4));
        assertThrows(IndexOutOfBoundsException.class, () -> x.select(3, 0));
        assertThrows(IllegalArgumentException.class, () -> Tensor.tensor(1.0).select(0, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> Tensor.zeros(0).select(0, 0));
    }

    @Test
    void indexing() {
        Tensor x = Tensor.arange(24).reshape(2, 3, 4);
        assertEquals(23, x.get(Index.at(-1), Index.at(-1), Index.at(-1)).item());
        assertArrayEquals(
                new long[] {12, 13, 14, 15}, x.get(Index.at(1), Index.at(0)).toLongArray());
        assertArrayEquals(
                new long[] {2, 4}, x.get(Index.all(), Index.at(2)).shape().toArray());
        assertArrayEquals(
                new long[] {4, 5, 16, 17},
                x.get(Index.all(), Index.at(1), Index.to(2)).toLongArray());
        assertArrayEquals(
                new long[] {2, 2, 4}, x.get(Index.all(), Index.from(1)).shape().toArray());
        assertArrayEquals(
                new long[] {1, 3, 2},
                x.get(Index.range(0, 1), Index.all(), Index.from(-2)).shape().toArray());
        assertArrayEquals(x.toLongArray(), x.get().toLongArray());
        assertThrows(IndexOutOfBoundsException.class, () -> x.get(Index.at(0), Index.at(0), Index.at(0), Index.at(0)));
    }
}
