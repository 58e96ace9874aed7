package ondol.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** What workers do together, against the same written as a loop. */
final class ProcessGroupTest {
    /** Sizes around those of parts and chunks, none at all, and fewer elements than workers. */
    private static final int[] SIZES = {0, 1, 3, 16, 17, 100, 4095, 65536 * 2 + 3, 300_001};

    private static float[] shard(int number, int size) {
        Random random = new Random(size * 31L + number);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8) - 4));
        }
        return values;
    }

    private static float[] sum(int shards, int size) {
        float[] sum = shard(0, size);
        for (int s = 1; s < shards; s++) {
            float[] next = shard(s, size);
            for (int i = 0; i < size; i++) {
                sum[i] += next[i];
            }
        }
        return sum;
    }

    private static void assertBits(float[] expected, float[] actual, String what) {
        assertArrayEquals(
                MemorySegment.ofArray(expected).toArray(ValueLayout.JAVA_INT),
                MemorySegment.ofArray(actual).toArray(ValueLayout.JAVA_INT),
                what);
    }

    @Test
    void sumsOfShardsHaveTheBitsOfOneLoopForAnyNumberOfWorkers() {
        int shards = 5;
        for (int workers = 1; workers <= shards; workers++) {
            int size = workers;
            List<List<float[]>> all = Workers.results(size, group -> {
                List<float[]> sums = new ArrayList<>();
                for (int n : SIZES) {
                    List<float[]> mine = new ArrayList<>();
                    int end = shards * (group.rank() + 1) / size;
                    for (int s = shards * group.rank() / size; s < end; s++) {
                        mine.add(shard(s, n));
                    }
                    float[] sum = new float[n];
                    group.allReduce(sum, mine.toArray(float[][]::new));
                    sums.add(sum);
                    group.allReduce(mine.getFirst(), mine.toArray(float[][]::new)); // in place
                    sums.add(mine.getFirst());
                }
                return sums;
            });
            for (List<float[]> sums : all) {
                for (int i = 0; i < sums.size(); i++) {
                    int n = SIZES[i / 2];
                    assertBits(sum(shards, n), sums.get(i), workers + " workers, " + n + " elements");
                }
            }
        }
    }

    @Test
    void begunSumsComeInTheirOrderAndOthersAfterThem() {
        List<Boolean> all = Workers.results(3, group -> {
            List<float[]> sums = new ArrayList<>();
            List<CompletableFuture<?>> begun = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                float[] values = shard(group.rank(), 1000 + i);
                sums.add(values);
                begun.add(group.allReduceAsync(values, values));
            }
            float[] last = shard(group.rank(), 5);
            group.allReduce(last);
            for (int i = 0; i < 40; i++) {
                assertTrue(begun.get(i).isDone());
                assertBits(sum(3, 1000 + i), sums.get(i), "number " + i);
            }
            assertBits(sum(3, 5), last, "last");
            return true;
        });
        assertEquals(List.of(true, true, true), all);
    }

    @Test
    void bytesOfAllAndOfOne() {
        int[] lengths = {0, 1, 300_000, 70};
        List<Boolean> all = Workers.results(4, group -> {
            byte[] mine = new byte[lengths[group.rank()]];
            new Random(group.rank()).nextBytes(mine);
            byte[][] gathered = group.allGather(mine);
            for (int rank = 0; rank < 4; rank++) {
                byte[] expected = new byte[lengths[rank]];
                new Random(rank).nextBytes(expected);
                assertArrayEquals(expected, gathered[rank]);
            }
            group.barrier();
            for (int root = 0; root < 4; root++) {
                byte[] bytes = new byte[300_001];
                if (group.rank() == root) {
                    new Random(root).nextBytes(bytes);
                }
                group.broadcast(MemorySegment.ofArray(bytes), root);
                byte[] expected = new byte[300_001];
                new Random(root).nextBytes(expected);
                assertArrayEquals(expected, bytes);
            }
            return true;
        });
        assertEquals(4, all.size());
    }

    @Test
    void tensors() {
        Workers.results(2, group -> {
            Tensor x = Tensor.tensor(new float[][] {{1, 2}, {3, group.rank()}});
            group.allReduce(x);
            assertArrayEquals(new float[] {2, 4, 6, 1}, x.toFloatArray());
            Tensor y = Tensor.tensor(new long[] {group.rank(), 5 + group.rank()});
            group.broadcast(y, 1);
            assertArrayEquals(new long[] {1, 6}, y.toLongArray());
            assertThrows(IllegalArgumentException.class, () -> group.allReduce(y));
            assertThrows(IllegalArgumentException.class, () -> group.broadcast(y, 2));
            assertThrows(IllegalArgumentException.class, () -> group.allReduce(new float[2], new float[3]));
            group.barrier();
            return true;
        });
    }

    @Test
    void aGroupOfOne() {
        ProcessGroup group = ProcessGroup.single();
        float[] sum = new float[100_000];
        group.allReduce(sum, shard(0, 100_000), shard(1, 100_000));
        assertBits(sum(2, 100_000), sum, "two shards");
        group.barrier();
        byte[] bytes = "x".getBytes(StandardCharsets.UTF_8);
        assertArrayEquals(bytes, group.allGather(bytes)[0]);
        group.close();
        assertThrows(IllegalStateException.class, group::barrier);
    }
}
