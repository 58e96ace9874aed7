package ondol.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import ondol.Generator;
import ondol.Ondol;
import ondol.Shape;
import ondol.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The orders are those of PyTorch 1.13.1's DataLoader over 10 samples, seed 7. */
class DataLoaderTest {
    private static final String FIRST = "[1, 3, 5, 7] [9, 4, 6, 2] [8, 0]";
    private static final String SECOND = "[5, 1, 6, 0] [9, 7, 8, 4] [3, 2]";
    private static final String THIRD = "[4, 3, 2, 8] [1, 0, 6, 5] [9, 7]";

    /** Samples that say their number. */
    private static Dataset<Sample> numbers(int n) {
        return Dataset.of(IntStream.range(0, n).boxed().toList())
                .map(i -> new Sample(Tensor.tensor((long) i), Tensor.tensor((long) -i)));
    }

    private static TensorDataset tensors(int n) {
        return new TensorDataset(Tensor.arange(n), Tensor.arange(n).neg());
    }

    private static String epoch(DataLoader<Batch> loader) {
        List<String> all = new ArrayList<>();
        for (Batch batch : loader) {
            assertArrayEquals(batch.input().toLongArray(), batch.target().neg().toLongArray());
            all.add(Arrays.toString(batch.input().toLongArray()));
        }
        return String.join(" ", all);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void shufflesAsPyTorchDoes(int ahead) {
        for (Dataset<Sample> dataset : List.of(numbers(10), tensors(10))) {
            DataLoader<Batch> loader = DataLoader.of(dataset)
                    .batchSize(4)
                    .shuffle(new Generator(7))
                    .prefetch(ahead);
            assertEquals(3, loader.size());
            assertEquals(FIRST, epoch(loader));
            assertEquals(SECOND, epoch(loader));
            assertEquals(THIRD, epoch(loader));
        }
    }

    @Test
    void dropsTheLastBatch() {
        DataLoader<Batch> loader = DataLoader.of(numbers(10))
                .batchSize(4)
                .shuffle(new Generator(7))
                .dropLast(true);
        assertEquals(2, loader.size());
        assertEquals("[1, 3, 5, 7] [9, 4, 6, 2]", epoch(loader));
        assertEquals("[5, 1, 6, 0] [9, 7, 8, 4]", epoch(loader));
        assertEquals("[4, 3, 2, 8] [1, 0, 6, 5]", epoch(loader));
    }

    @Test
    void batchesThatDivideTheSamples() {
        DataLoader<Batch> loader = DataLoader.of(numbers(10)).batchSize(5).shuffle(new Generator(7));
        assertEquals("[1, 3, 5, 7, 9] [4, 6, 2, 8, 0]", epoch(loader));
        assertEquals("[5, 1, 6, 0, 9] [7, 8, 4, 3, 2]", epoch(loader));
    }

    @Test
    void theGlobalGenerator() {
        Ondol.manualSeed(7);
        DataLoader<Batch> loader = DataLoader.of(numbers(10)).batchSize(4).shuffle();
        assertEquals("[3, 2, 7, 8] [6, 1, 5, 9] [0, 4]", epoch(loader));
        assertEquals("[1, 3, 5, 2] [8, 9, 6, 7] [4, 0]", epoch(loader));
        assertEquals("[9, 2, 7, 1] [6, 0, 3, 5] [4, 8]", epoch(loader));
        Ondol.manualSeed(7);
        loader = DataLoader.of(numbers(10)).batchSize(4);
        assertEquals("[0, 1, 2, 3] [4, 5, 6, 7] [8, 9]", epoch(loader));
        assertEquals("[0, 1, 2, 3] [4, 5, 6, 7] [8, 9]", epoch(loader));
        assertEquals(0.23276156f, (float) Tensor.rand(1).item());
    }

    /** At every place of three epochs: what comes then is what would have come. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void goesOnWhereItWas(int ahead) {
        for (boolean global : new boolean[] {false, true}) {
            for (int batchSize : new int[] {4, 5}) {
                for (boolean drop : new boolean[] {false, true}) {
                    List<String> whole = new ArrayList<>();
                    List<DataLoader.State> places = new ArrayList<>();
                    DataLoader<Batch> loader = loader(ahead, global, batchSize, drop);
                    places.add(loader.state());
                    for (int e = 0; e < 3; e++) {
                        for (Batch batch : loader) {
                            whole.add(noisy(batch));
                            places.add(loader.state());
                        }
                    }
                    for (int p = 0; p < places.size(); p++) {
                        DataLoader<Batch> other = loader(ahead, global, batchSize, drop);
                        other.loadState(places.get(p));
                        assertEquals(places.get(p).batches(), other.state().batches());
                        List<String> rest = new ArrayList<>();
                        while (rest.size() < whole.size() - p) {
                            other.forEach(batch -> rest.add(noisy(batch)));
                        }
                        assertEquals(whole.subList(p, whole.size()), rest, "after batch " + p);
                    }
                }
            }
        }
    }

    private static DataLoader<Batch> loader(int ahead, boolean global, int batchSize, boolean drop) {
        Dataset<Sample> noise = numbers(10)
                .map(s -> s.withInput(x -> x.add(0.0)))
                .augment((s, random) ->
                        s.withInput(x -> x.add(Tensor.rand(random, 1).sum())));
        DataLoader<Batch> loader =
                DataLoader.of(noise).batchSize(batchSize).dropLast(drop).prefetch(ahead);
        if (global) {
            Ondol.manualSeed(3);
            return loader.shuffle();
        }
        return loader.shuffle(new Generator(3));
    }

    private static String noisy(Batch batch) {
        return Arrays.toString(batch.input().toFloatArray());
    }

    @Test
    void whatIsRandomInASampleIsAnotherInEachEpochAndTheSameForAnybody() {
        DataLoader<Batch> one = loader(0, false, 10, false);
        DataLoader<Batch> two = loader(3, false, 2, false);
        String before = "";
        for (int e = 0; e < 2; e++) {
            float[] at = new float[10];
            for (Batch batch : one) {
                assertEquals(10, batch.size());
                for (float x : batch.input().toFloatArray()) {
                    at[(int) x] = x;
                }
            }
            for (Batch batch : two) {
                for (float x : batch.input().toFloatArray()) {
                    assertEquals(at[(int) x], x);
                }
            }
            assertFalse(before.equals(Arrays.toString(at)));
            before = Arrays.toString(at);
        }
    }

    @Test
    void aFailureNamesTheSample() {
        Dataset<Sample> broken = new Dataset<>() {
            @Override
            public int size() {
                return 10;
            }

            @Override
            public Sample get(int index) {
                if (index == 7) {
                    throw new IllegalStateException("no such picture");
                }
                return new Sample(Tensor.zeros(2), Tensor.tensor(1L));
            }

            @Override
            public String describe(int index) {
                return "cats/" + index + ".png";
            }
        };
        for (int ahead : new int[] {0, 3}) {
            Iterator<Batch> batches =
                    DataLoader.of(broken).batchSize(4).prefetch(ahead).iterator();
            assertEquals(4, batches.next().size());
            for (int i = 0; i < 2; i++) {
                DataLoaderException e = assertThrows(DataLoaderException.class, batches::next);
                assertEquals("DataLoader: cats/7.png cannot be read: no such picture", e.getMessage());
                assertInstanceOf(IllegalStateException.class, e.getCause());
            }
        }
    }

    @Test
    void samplesOfDifferentShapes() {
        Dataset<Sample> ragged = Dataset.of(List.of(2, 2, 3)).map(n -> new Sample(Tensor.zeros(n), Tensor.tensor(1L)));
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> DataLoader.of(ragged).batchSize(3).iterator().next());
        assertEquals(
                "DataLoader: the input of sample 0 is FLOAT32 of shape [2], that of sample 2 is FLOAT32 of shape [3]; bring"
                        + " them to one shape and type, or give DataLoader.of a function that puts them together",
                e.getMessage());
    }

    @Test
    void severalInputs() {
        TensorDataset rows = new TensorDataset(
                List.of(Tensor.arange(6), Tensor.arange(12).reshape(6, 2)),
                Tensor.arange(6).neg());
        Dataset<Sample> samples = rows.map(sample -> new Sample(sample.inputs(), sample.target()));
        for (Dataset<Sample> dataset : List.of(rows, samples)) {
            Batch batch = DataLoader.of(dataset).batchSize(4).iterator().next();
            assertEquals(4, batch.size());
            assertEquals(2, batch.inputs().size());
            assertArrayEquals(new long[] {0, 1, 2, 3}, batch.inputs().get(0).toLongArray());
            assertArrayEquals(
                    new long[] {0, 1, 2, 3, 4, 5, 6, 7}, batch.inputs().get(1).toLongArray());
            assertArrayEquals(new long[] {0, -1, -2, -3}, batch.target().toLongArray());
            assertEquals(
                    "Batch.input: there are 2 inputs; ask for inputs()",
                    assertThrows(IllegalStateException.class, batch::input).getMessage());
        }
        assertThrows(IllegalStateException.class, rows::inputs);
        assertThrows(IllegalStateException.class, () -> rows.get(0).withInput(t -> t));
        Tensor short5 = Tensor.arange(5);
        assertThrows(
                IllegalArgumentException.class,
                () -> new TensorDataset(List.of(Tensor.arange(6), short5), Tensor.arange(6)));
        assertThrows(IllegalArgumentException.class, () -> new Batch(List.of(), short5));
        Dataset<Sample> uneven = Dataset.of(List.of(1, 2))
                .map(n -> new Sample(java.util.Collections.nCopies(n, Tensor.zeros(2)), Tensor.tensor(1L)));
        assertEquals(
                "DataLoader: sample 0 has 1 inputs, sample 1 has 2; give all samples as many",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> DataLoader.of(uneven)
                                        .batchSize(2)
                                        .iterator()
                                        .next())
                        .getMessage());
    }

    @Test
    void batchesOfAnyKind() {
        DataLoader<String> loader = DataLoader.of(
                        Dataset.of(List.of("a", "b", "c")), (List<String> letters) -> String.join("", letters))
                .batchSize(2);
        List<String> all = new ArrayList<>();
        loader.forEach(all::add);
        assertEquals(List.of("ab", "c"), all);
        assertThrows(
                IllegalStateException.class,
                () -> loader.device(ondol.Device.CPU).iterator().next());
        Function<List<String>, String> cannot = letters -> {
            throw new IllegalArgumentException("cannot");
        };
        DataLoader<String> failing = DataLoader.<String, String>of(Dataset.of(List.of("a", "b")), cannot)
                .batchSize(2);
        DataLoaderException e =
                assertThrows(DataLoaderException.class, () -> failing.iterator().next());
        assertTrue(e.getMessage().endsWith("cannot be put together: cannot"), e.getMessage());
    }

    /** No more than the bound is made ahead. */
    @Test
    void theBoundOfPrefetching() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch two = new CountDownLatch(3);
        Dataset<Sample> counted = numbers(100).map(s -> {
            asked.incrementAndGet();
            two.countDown();
            return s;
        });
        Iterator<Batch> batches = DataLoader.of(counted).prefetch(2).iterator();
        assertEquals(0, asked.get());
        assertEquals(0, batches.next().input().toLongArray()[0]);
        two.await(); // the batch in hand and two more
        assertEquals(3, asked.get());
        for (int i = 1; i < 100; i++) {
            assertEquals(i, batches.next().input().toLongArray()[0]);
        }
        assertEquals(100, asked.get());
        assertThrows(NoSuchElementException.class, batches::next);
    }

    /** A thread that is to be interrupted gets its batch, and keeps its flag. */
    @Test
    void anInterruptEndsNothing() {
        Thread.currentThread().interrupt();
        try {
            Iterator<Batch> batches = DataLoader.of(numbers(3)).prefetch(1).iterator();
            assertEquals(1, batches.next().size());
            assertTrue(Thread.currentThread().isInterrupted());
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void splits() {
        List<Dataset<Sample>> parts = tensors(10).randomSplit(new Generator(7), 6, 4);
        assertEquals("[5, 0, 3, 4, 1, 7]", epoch(DataLoader.of(parts.get(0)).batchSize(10)));
        assertEquals("[9, 6, 8, 2]", epoch(DataLoader.of(parts.get(1)).batchSize(10)));
        Generator random = new Generator(7);
        random.permutation(10);
        parts = numbers(10).randomSplit(random, 0.35, 0.35, 0.3);
        assertEquals("[1, 8, 9, 5]", epoch(DataLoader.of(parts.get(0)).batchSize(10)));
        assertEquals("[7, 4, 0]", epoch(DataLoader.of(parts.get(1)).batchSize(10)));
        assertEquals("[3, 6, 2]", epoch(DataLoader.of(parts.get(2)).batchSize(10)));
        assertThrows(IllegalArgumentException.class, () -> numbers(10).randomSplit(random, 6, 5));
        assertThrows(IllegalArgumentException.class, () -> numbers(10).randomSplit(random, 0.5, 0.6));
        assertThrows(IndexOutOfBoundsException.class, () -> numbers(10).subset(10));
    }

    @Test
    void splitsByClass() {
        long[] labels = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
        List<Dataset<Sample>> parts = tensors(10).stratifiedSplit(new Generator(7), labels, 5, 5);
        for (Dataset<Sample> part : parts) {
            assertEquals(5, part.size());
            long zeros = IntStream.range(0, 5)
                    .filter(i -> part.get(i).input().itemLong() < 4)
                    .count();
            assertEquals(2, zeros);
        }
        assertThrows(
                IllegalArgumentException.class, () -> tensors(10).stratifiedSplit(new Generator(7), new long[9], 5, 5));
        assertThrows(IllegalArgumentException.class, () -> tensors(10).stratifiedSplit(new Generator(7), labels, 5, 6));
    }

    @Test
    void concatenation() {
        Dataset<Sample> both = numbers(3).concat(numbers(2));
        assertEquals("[0, 1, 2, 0, 1]", epoch(DataLoader.of(both).batchSize(5)));
        assertThrows(IndexOutOfBoundsException.class, () -> both.get(5));
    }

    @Test
    void noSamples() {
        DataLoader<Batch> loader = DataLoader.of(numbers(0)).shuffle(new Generator(1));
        assertEquals(0, loader.size());
        assertFalse(loader.iterator().hasNext());
    }

    /** An epoch keeps the settings that it began with. */
    @Test
    void settingsThatChangeOnTheWay() {
        for (int ahead : new int[] {0, 2}) {
            DataLoader<Batch> loader = DataLoader.of(numbers(10)).batchSize(4).prefetch(ahead);
            List<Integer> sizes = new ArrayList<>();
            for (Batch batch : loader) {
                sizes.add(batch.size());
                loader.batchSize(5).dropLast(true);
            }
            assertEquals(List.of(4, 4, 2), sizes);
        }
    }

    @Test
    void badSettings() {
        DataLoader<Batch> loader = DataLoader.of(numbers(10)).batchSize(4);
        assertThrows(IllegalArgumentException.class, () -> loader.batchSize(0));
        assertThrows(IllegalArgumentException.class, () -> loader.prefetch(-1));
        byte[] state = new Generator(1).getState();
        assertThrows(
                IllegalArgumentException.class,
                () -> loader.loadState(new DataLoader.State(state, state, 4, 10, 4, false)));
        assertThrows(
                IllegalArgumentException.class,
                () -> loader.loadState(new DataLoader.State(new byte[3], state, 0, 10, 4, false)));
        for (DataLoader.State other : new DataLoader.State[] {
            new DataLoader.State(state, state, 1, 11, 4, false),
            new DataLoader.State(state, state, 1, 10, 5, false),
            new DataLoader.State(state, state, 1, 10, 4, true)
        }) {
            assertThrows(IllegalArgumentException.class, () -> loader.loadState(other));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> new TensorDataset(
                        Tensor.zeros(2), Tensor.zeros(Shape.of(3).toArray())));
    }
}
