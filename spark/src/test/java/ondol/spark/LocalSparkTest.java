package ondol.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.Sample;
import ondol.data.TensorDataset;
import ondol.datasets.Datasets;
import ondol.distributed.DataParallel;
import ondol.distributed.ProcessGroup;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import ondol.optim.SGD;
import ondol.optim.scheduler.StepLR;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Tuple2;

/** Training by two threads of this process: what does not need executors of their own. */
final class LocalSparkTest {
    private static JavaSparkContext spark;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        spark = new JavaSparkContext(SparkTrainer.configure(new SparkConf(false)
                .setMaster("local[2]")
                .setAppName("test")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.default.parallelism", "2")
                .set("spark.stage.maxConsecutiveAttempts", "1")));
        spark.setLogLevel("OFF");
    }

    @AfterAll
    static void stop() {
        spark.close();
    }

    private static JavaRDD<LabeledRow> digits(int partitions) {
        return spark.parallelize(Digits.rows(), partitions);
    }

    private static String root(Throwable e) {
        return e.getCause() == null ? String.valueOf(e.getMessage()) : e.getMessage() + "\n" + root(e.getCause());
    }

    private static void refused(Class<? extends Exception> as, String message, Runnable call) {
        String said = root(assertThrows(as, call::run));
        assertTrue(said.contains(message), said);
    }

    @Test
    void anyNumberOfWorkersAndPartitionsGivesTheBitsOfDataParallelAlone() {
        byte[] process = Ondol.generator().getState();
        TrainedModel plain = Digits.plain(ProcessGroup.single(), true);
        String bits = Digits.bits(plain);
        assertEquals(bits, Digits.bits(Digits.trainer(1).fit(digits(3))));
        assertEquals(bits, Digits.bits(Digits.trainer(2).fit(digits(5))));
        assertEquals(Digits.EPOCHS, plain.losses().size());
        assertArrayEquals(process, Ondol.generator().getState());
        double accuracy = Digits.accuracy(plain);
        assertTrue(accuracy > 0.9, () -> "accuracy " + accuracy);
    }

    @Test
    void withoutShufflingItIsALoaderInOrder() {
        TensorDataset digits = Datasets.digits();
        String expected = Ondol.withGenerator(new Generator(Digits.SEED), () -> {
            Sequential net = Digits.net();
            Adam optimizer = new Adam(net.parameters(), 1e-2);
            DataParallel parallel = new DataParallel(ProcessGroup.single(), net, Digits.SHARDS);
            List<Double> losses = new ArrayList<>();
            for (int epoch = 0; epoch < Digits.EPOCHS; epoch++) {
                double sum = 0;
                for (Batch batch : DataLoader.of(digits).batchSize(Digits.BATCH).generator(new Generator(1))) {
                    Tensor x = batch.input().reshape(batch.size(), 64);
                    double loss = parallel.backward(
                            batch.size(),
                            shard ->
                                    new CrossEntropyLoss().forward(net.forward(shard.of(x)), shard.of(batch.target())));
                    optimizer.step();
                    optimizer.zeroGrad();
                    sum += loss * batch.size();
                }
                losses.add(sum / Digits.ROWS);
            }
            return Digits.bits(new TrainedModel(net.stateDict(), losses));
        });
        assertEquals(expected, Digits.bits(Digits.trainer(2).shuffle(false).fit(digits(2))));
    }

    @Test
    void rowsWithIndicesMayComeInAnyOrder() {
        List<LabeledRow> rows = Digits.rows();
        List<Tuple2<Long, LabeledRow>> indexed = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            indexed.add(new Tuple2<>((long) i, rows.get(i)));
        }
        Collections.shuffle(indexed, new Random(1));
        JavaPairRDD<Long, LabeledRow> shuffled = spark.parallelizePairs(indexed, 3);
        assertEquals(
                Digits.bits(Digits.trainer(2).epochs(1).fit(digits(2))),
                Digits.bits(Digits.trainer(2).epochs(1).fitIndexed(shuffled, LabeledRow::sample)));
        indexed.set(7, new Tuple2<>(8L, rows.get(8)));
        indexed.set(8, new Tuple2<>(8L, rows.get(8)));
        refused(
                Exception.class,
                "the rows must be the same",
                () -> Digits.trainer(2).fitIndexed(spark.parallelizePairs(indexed, 3), LabeledRow::sample));
        indexed.set(8, new Tuple2<>(5000L, rows.get(8)));
        refused(
                Exception.class,
                "a row has index 5000 among 1797 rows",
                () -> Digits.trainer(2).fitIndexed(spark.parallelizePairs(indexed, 3), LabeledRow::sample));
    }

    private static Training lines() {
        Linear net = new Linear(2, 1);
        SGD optimizer = new SGD(net.parameters(), 0.2);
        return new Training(net, inputs -> net.call(inputs.get(0).mul(inputs.get(1))), new MSELoss(), optimizer)
                .scheduler(new StepLR(optimizer, 2, 0.5))
                .clipGradNorm(1);
    }

    /** Any rows, several inputs, fewer rows than workers have shards for, a scheduler. */
    @Test
    void rowsOfAnyKind() {
        List<String> rows = List.of("1 2", "2 -1", "-1 1", "0 2", "1 1");
        Encoder<String> encoder = row -> {
            String[] words = row.split(" ");
            float a = Float.parseFloat(words[0]);
            float b = Float.parseFloat(words[1]);
            return new Sample(
                    List.of(Tensor.tensor(new float[] {a, b}), Tensor.tensor(new float[] {1, 2})),
                    Tensor.tensor(new float[] {a - 4 * b + 1}));
        };
        SparkTrainer trainer =
                new SparkTrainer(LocalSparkTest::lines).shards(3).batchSize(4).seed(1);
        TrainedModel one = trainer.workers(1).epochs(60).fit(spark.parallelize(rows, 2), encoder);
        TrainedModel two = trainer.workers(2).fit(spark.parallelize(rows, 4), encoder);
        assertEquals(Digits.bits(one), Digits.bits(two));
        assertTrue(
                one.losses().getLast() < one.losses().getFirst(), one.losses().toString());
        assertEquals(60, one.losses().size());
        refused(
                Exception.class,
                "the encoder cannot read row 1: For input string: \"x\"",
                () -> trainer.fit(spark.parallelize(List.of("1 2", "x 1"), 1), encoder));
        refused(
                Exception.class,
                "bring all rows to one type and shape",
                () -> new SparkTrainer(Digits::training)
                        .workers(1)
                        .fit(spark.parallelize(
                                List.of(new LabeledRow(new float[64], 1), new LabeledRow(new float[63], 1)), 1)));
    }

    @Test
    void aTrainingGoesOnFromItsCheckpointsWithAnyNumberOfWorkers() throws IOException {
        String whole = Digits.bits(Digits.trainer(1).fit(digits(2)));
        Digits.trainer(2).epochs(2).checkpoints(folder.toString(), 4).fit(digits(2));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    List.of("epoch-000002-batch-000000012.safetensors", "epoch-000003-batch-000000000.safetensors"),
                    files.map(f -> f.getFileName().toString())
                            .filter(f -> !f.startsWith("."))
                            .sorted()
                            .toList());
        }
        Files.delete(folder.resolve("epoch-000003-batch-000000000.safetensors")); // goes on within an epoch
        assertEquals(
                whole,
                Digits.bits(Digits.trainer(1).checkpoints(folder.toString()).fit(digits(3))));
        assertEquals(
                whole,
                Digits.bits(Digits.trainer(2).checkpoints(folder.toString()).fit(digits(3))));
        refused(
                Exception.class,
                "seed 3, and this training is of 1797 rows in shuffled batches of 128 and 4 shards, seed 4",
                () -> Digits.trainer(2).seed(4).checkpoints(folder.toString()).fit(digits(2)));
        refused(
                Exception.class,
                "a training of 5 epochs already, and 3 were asked for",
                () -> Digits.trainer(2).epochs(3).checkpoints(folder.toString()).fit(digits(2)));
    }

    @Test
    void whatDoesNotFitIsSaidAtOnce() throws IOException {
        refused(
                IllegalStateException.class,
                "3 workers run at once, and Spark (local[2]) has room for 2 tasks of 1 cores",
                () -> Digits.trainer(3).fit(digits(2)));
        refused(
                IllegalArgumentException.class,
                "4 shards for 5 workers",
                () -> Digits.trainer(5).fit(digits(2)));
        refused(
                IllegalArgumentException.class,
                "batches of 3 rows in 4 shards",
                () -> Digits.trainer(1).batchSize(3).fit(digits(2)));
        refused(
                IllegalArgumentException.class,
                "there are no rows",
                () -> Digits.trainer(1).fit(spark.parallelize(List.of(), 1)));
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        refused(
                UncheckedIOException.class,
                "cannot be written",
                () -> Digits.trainer(1)
                        .checkpoints(file.resolve("x").toString())
                        .fit(digits(2)));
    }

    @Test
    void aLossThatIsNotFiniteEndsTheTraining() {
        List<LabeledRow> rows = new ArrayList<>(Digits.rows());
        float[] features = new float[64];
        features[5] = Float.NaN;
        rows.set(40, new LabeledRow(features, 0));
        refused(
                Exception.class,
                "SparkTrainer: the loss is NaN in epoch 1, batch 1 of 15",
                () -> Digits.trainer(2).shuffle(false).fit(spark.parallelize(rows, 2)));
    }
}
