package ondol.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.Generator;
import ondol.Tensor;
import org.junit.jupiter.api.Test;

/** Shares of samples, and of the samples of a batch. */
final class DistributedSamplerTest {
    private static int[] of(int samples, int replicas, int rank, boolean drop) {
        return new DistributedSampler(samples, replicas, rank).dropLast(drop).indices(0);
    }

    /** As PyTorch's, whose lists of 10 samples for 3 these are. */
    @Test
    void everyThirdWithTheFirstOnesAgain() {
        assertArrayEquals(new int[] {0, 3, 6, 9}, of(10, 3, 0, false));
        assertArrayEquals(new int[] {1, 4, 7, 0}, of(10, 3, 1, false));
        assertArrayEquals(new int[] {2, 5, 8, 1}, of(10, 3, 2, false));
        assertArrayEquals(new int[] {2, 5, 8}, of(10, 3, 2, true));
        assertArrayEquals(new int[] {1}, of(2, 5, 3, false));
        assertEquals(0, of(2, 5, 3, true).length);
        assertArrayEquals(new int[] {1, 3}, of(4, 2, 1, true));
    }

    @Test
    void shuffledAsTheGeneratorOfSeedAndEpochSays() {
        long[] order = new Generator(7 + 3).permutation(11);
        int[] seen = new int[11];
        for (int rank = 0; rank < 4; rank++) {
            int[] mine = new DistributedSampler(11, 4, rank).shuffle(7).indices(3);
            assertEquals(3, mine.length);
            for (int i = 0; i < 3; i++) {
                assertEquals(order[(4 * i + rank) % 11], mine[i]);
                seen[mine[i]]++;
            }
        }
        assertEquals(12, Arrays.stream(seen).sum());
    }

    @Test
    void whatIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new DistributedSampler(0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new DistributedSampler(4, 2, 2));
    }

    private static DataLoader<Batch> loader() {
        Tensor rows = Tensor.arange(23);
        return DataLoader.of(new TensorDataset(rows.reshape(23, 1), rows))
                .batchSize(8)
                .shuffle(new Generator(1));
    }

    /** The parts of a batch, one behind the other, are the batch; places in an epoch are those of the whole. */
    @Test
    void partsOfBatches() {
        List<List<Float>> parts = new ArrayList<>();
        for (int of : new int[] {1, 3}) {
            List<DataLoader<Batch>> loaders = new ArrayList<>();
            for (int part = 0; part < of; part++) {
                loaders.add(loader().part(part, part + 1, of));
            }
            List<Float> all = new ArrayList<>();
            var iterators = loaders.stream().map(DataLoader::iterator).toList();
            for (int batch = 0; batch < 3; batch++) {
                int rows = 0;
                for (var iterator : iterators) {
                    Batch next = iterator.next();
                    rows += next.size();
                    for (float value : next.target().toFloatArray()) {
                        all.add(value);
                    }
                }
                assertEquals(loaders.getFirst().size(batch), rows);
            }
            parts.add(all);
        }
        assertEquals(parts.get(0), parts.get(1));
        assertEquals(7, loader().size(2));
        assertThrows(IndexOutOfBoundsException.class, () -> loader().size(3));
        assertThrows(IllegalArgumentException.class, () -> loader().part(1, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> loader().part(0, 3, 2));
    }
}
