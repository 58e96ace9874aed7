package ondol.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which rows are in which batch. */
final class ShardedOrderTest {
    private static long[] batch(ShardedOrder order, int epoch, int batch) {
        long[] all = {};
        for (int s = 0; s < order.shards(); s++) {
            long[] more = order.indices(epoch, batch, s);
            assertEquals(order.size(batch, s), more.length);
            for (long index : more) {
                assertEquals(s, order.shardOf(index), order + " row " + index);
            }
            all = LongStream.concat(Arrays.stream(all), Arrays.stream(more)).toArray();
        }
        return all;
    }

    @Test
    void eachEpochHasEachRowOnceAndShardsKeepTheirs() {
        Random random = new Random(5);
        for (int c = 0; c < 300; c++) {
            int size = 1 + random.nextInt(20);
            ShardedOrder order = new ShardedOrder(
                    1 + random.nextInt(100), size, 1 + random.nextInt(size), random.nextBoolean(), random.nextLong());
            for (int epoch = 1; epoch <= 2; epoch++) {
                BitSet seen = new BitSet();
                for (int b = 0; b < order.batches(); b++) {
                    long[] rows = batch(order, epoch, b);
                    assertEquals(order.size(b), rows.length, order.toString());
                    for (long row : rows) {
                        assertEquals(false, seen.get((int) row), order + " row " + row);
                        seen.set((int) row);
                    }
                }
                assertEquals(order.rows(), seen.cardinality(), order.toString());
            }
            int rows = 0;
            for (int s = 0; s < order.shards(); s++) {
                for (int place = 0; place < order.rowsOf(s); place++, rows++) {
                    assertEquals(s, order.shardOf(order.index(s, place)));
                }
            }
            assertEquals(order.rows(), rows);
        }
    }

    @Test
    void withoutShufflingItIsTheOrderOfTheRows() {
        ShardedOrder order = new ShardedOrder(103, 10, 4, false, 1);
        assertEquals(11, order.batches());
        for (int b = 0; b < order.batches(); b++) {
            assertArrayEquals(
                    LongStream.range(10L * b, Math.min(103, 10L * b + 10)).toArray(), batch(order, 1, b));
        }
    }

    @Test
    void epochsShardsAndSeedsHaveOrdersOfTheirOwn() {
        ShardedOrder order = new ShardedOrder(1000, 10, 2, true, 1);
        String first = Arrays.toString(order.places(1, 0));
        assertEquals(first, Arrays.toString(order.places(1, 0)));
        assertNotEquals(first, Arrays.toString(order.places(2, 0)));
        assertNotEquals(first, Arrays.toString(order.places(1, 1)));
        assertNotEquals(first, Arrays.toString(new ShardedOrder(1000, 10, 2, true, 2).places(1, 0)));
    }

    @Test
    void moreRowsThanAnIntCounts() {
        ShardedOrder order = new ShardedOrder(4096L * 2_500_000, 4096, 64, true, 1);
        for (long index = 7; index < order.rows(); index += 999_999_937L) {
            int shard = order.shardOf(index);
            long place = index / 4096 * 64 + index % 64;
            assertEquals(index % 4096 / 64, shard);
            assertEquals(index, order.index(shard, (int) place));
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        for (long[] bad : new long[][] {{0, 4, 2}, {9, 4, 0}, {9, 4, 5}, {1L << 40, 1, 1}}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new ShardedOrder(bad[0], (int) bad[1], (int) bad[2], true, 0),
                    Arrays.toString(bad));
        }
    }
}
