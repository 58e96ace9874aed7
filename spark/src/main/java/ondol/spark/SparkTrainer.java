package ondol.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import ondol.distributed.DataParallel;
import ondol.distributed.GroupOptions;
import org.apache.spark.HashPartitioner;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Trains one network by the executors of a Spark cluster: {@link DataParallel}, whose workers Spark starts, introduces to each other, and
 * starts again when one has failed.
 *
 * <pre>{@code
 * TrainedModel trained = new SparkTrainer(() -> {
 *             Sequential net = new Sequential(new Linear(64, 128), new ReLU(), new Linear(128, 10));
 *             return new Training(net, new CrossEntropyLoss(), new Adam(net.parameters(), 2e-3));
 *         })
 *         .workers(4).shards(8).batchSize(64).epochs(10).seed(1)
 *         .checkpoints("hdfs:///models/digits")
 *         .fit(rows);                                                     // JavaRDD<LabeledRow>
 * net.loadStateDict(trained.stateDict());
 * }</pre>
 *
 * <p>The weights are a function of rows, network, seed, batch size, shards and epochs: for 1, 2 or 4 workers, with or without a failure,
 * they have the same bits. {@link ShardedOrder} says which rows are in which batch. The rows go from Spark's partitions to the workers;
 * each has those of its shards, in its memory, and the driver has none.
 *
 * <p>Spark starts all workers together (a barrier stage). They tell each other their addresses, once, through Spark; gradients go over
 * connections of their own, which only who knows a secret of this training can enter, and which are not encrypted. If a worker fails, the
 * stage is run again, up to {@code spark.stage.maxConsecutiveAttempts} times, from the last checkpoint or, without {@link #checkpoints},
 * from the beginning.
 *
 * <p>A worker's CPU threads are {@code spark.task.cpus}; where the tasks have a resource {@code gpu}, its device is that GPU, by Ondol's
 * CUDA backend.
 */
public final class SparkTrainer {
    private final TrainingFactory factory;
    private int workers;
    private int shards = 8;
    private int batchSize = 32;
    private int epochs = 1;
    private long seed;
    private boolean shuffle = true;
    private @Nullable String folder;
    private int everyBatches;
    private @Nullable String device;
    private Duration timeout = Duration.ofMinutes(5);
    private Duration heartbeat = Duration.ofSeconds(10);

    /**
     * A trainer with 8 shards, batches of 32 rows, one epoch and seed 0, until it is told otherwise.
     *
     * @param factory makes network, loss and optimizer on each worker; serializable with what it captures
     */
    public SparkTrainer(TrainingFactory factory) {
        this.factory = Objects.requireNonNull(factory, "SparkTrainer: the factory is null; give a lambda or a class");
    }

    /**
     * Sets what a training wants of Spark where the program has not set it, before the {@link SparkContext} is made: the Vector API for
     * executors, 10 minutes until a worker that does not come to the others' exchange of addresses fails the stage, and a look for
     * free slots every 3 seconds, 40 times.
     *
     * @param conf the program's settings, which are changed
     * @return the same settings
     */
    public static SparkConf configure(SparkConf conf) {
        return Cluster.configure(
                Objects.requireNonNull(conf, "SparkTrainer.configure: the settings are null; give some"));
    }

    // ---- settings

    /**
     * Sets how many workers there are; as many as Spark has room for at once, up to the number of shards, by default.
     *
     * @param number from 1 to the number of shards
     * @return this trainer
     * @throws IllegalArgumentException if it is below 1
     */
    public SparkTrainer workers(int number) {
        workers = atLeast1("workers", number);
        return this;
    }

    /**
     * Sets how many parts a batch is cut into, 8 by default: as many workers can there be at most. It is a part of what the result depends
     * on, as the batch size is.
     *
     * @param number from 1 to the batch size
     * @return this trainer
     * @throws IllegalArgumentException if it is below 1
     */
    public SparkTrainer shards(int number) {
        shards = atLeast1("shards", number);
        return this;
    }

    /**
     * Sets how many rows a batch of all workers has, 32 by default.
     *
     * @param rows as many as there are shards, or more
     * @return this trainer
     * @throws IllegalArgumentException if it is below 1
     */
    public SparkTrainer batchSize(int rows) {
        batchSize = atLeast1("batchSize", rows);
        return this;
    }

    /**
     * Sets how often the training goes through all rows, 1 by default.
     *
     * @param number 1 or more
     * @return this trainer
     * @throws IllegalArgumentException if it is below 1
     */
    public SparkTrainer epochs(int number) {
        epochs = atLeast1("epochs", number);
        return this;
    }

    private static int atLeast1(String setting, int number) {
        if (number < 1) {
            throw new IllegalArgumentException("SparkTrainer." + setting + ": " + number + "; give 1 or more");
        }
        return number;
    }

    /**
     * Sets what all that is random comes from, 0 by default: weights, orders, dropout.
     *
     * @param of any number
     * @return this trainer
     */
    public SparkTrainer seed(long of) {
        seed = of;
        return this;
    }

    /**
     * Sets whether each epoch has an order of its own, as it has by default.
     *
     * @param each false for the order of the indices in all epochs
     * @return this trainer
     */
    public SparkTrainer shuffle(boolean each) {
        shuffle = each;
        return this;
    }

    /**
     * Saves all that the training is after each epoch.
     *
     * @param to a folder that all executors see, as of {@link #checkpoints(String, int)}
     * @return this trainer
     */
    public SparkTrainer checkpoints(String to) {
        return checkpoints(to, 0);
    }

    /**
     * Saves all that the training is, and goes on with what is there: {@link #fit} begins with the newest checkpoint in the folder. The last
     * two are kept.
     *
     * @param to a folder that all executors see, of any file system that Spark knows, as {@code hdfs:///...} or {@code s3a://...}
     * @param batches saves within an epoch too, after so many batches; 0: after epochs only
     * @return this trainer
     * @throws IllegalArgumentException if the number of batches is negative
     */
    public SparkTrainer checkpoints(String to, int batches) {
        if (batches < 0) {
            throw new IllegalArgumentException("SparkTrainer.checkpoints: every " + batches
                    + " batches; give 0, for the ends of epochs only, or more");
        }
        folder = Objects.requireNonNull(to, "SparkTrainer.checkpoints: the folder is null; give one");
        everyBatches = batches;
        return this;
    }

    /**
     * Chooses the workers' device, by its name. Without it, and of a backend's name alone, as {@code cuda}, where tasks have a resource
     * {@code gpu}, it is the one that Spark gave to the worker.
     *
     * @param name as {@code cpu}, {@code cuda} or {@code cuda:1}
     * @return this trainer
     */
    public SparkTrainer device(String name) {
        device =
                Objects.requireNonNull(name, "SparkTrainer.device: the name is null; give one, as \"cpu\" or \"cuda\"");
        return this;
    }

    /**
     * Sets how long workers wait for one that lives and does not take part, 5 minutes by default; a checkpoint is
     * written meanwhile.
     *
     * @param most a millisecond or more
     * @return this trainer
     * @throws IllegalArgumentException if it is shorter than a millisecond
     */
    public SparkTrainer timeout(Duration most) {
        timeout = positive("timeout", most);
        return this;
    }

    /**
     * Sets how long a worker may be without a sign of life, 10 seconds by default.
     *
     * @param most a millisecond or more
     * @return this trainer
     * @throws IllegalArgumentException if it is shorter than a millisecond
     */
    public SparkTrainer heartbeat(Duration most) {
        heartbeat = positive("heartbeat", most);
        return this;
    }

    private static Duration positive(String setting, Duration most) {
        Objects.requireNonNull(most, () -> "SparkTrainer." + setting + ": the time is null; give one");
        if (most.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "SparkTrainer." + setting + ": " + most + "; give a millisecond or more");
        }
        return most;
    }

    // ---- use

    /**
     * Trains with rows of features and labels.
     *
     * @param rows in the same order whenever Spark computes them
     * @return the network's parameters and buffers after the last epoch, and the loss of each epoch
     * @see #fit(JavaRDD, Encoder)
     */
    public TrainedModel fit(JavaRDD<LabeledRow> rows) {
        return fit(rows, LabeledRow::sample);
    }

    /**
     * Trains. A row's index is its place: partition by partition, and in each as the rows come. They must come in the same order whenever
     * Spark computes them, as those of files or of a sort do; after a shuffle, {@code persist} or {@code checkpoint} keeps them. They are
     * computed twice, once to count them.
     *
     * @param <T> the type of a row
     * @param rows serializable; for those of a DataFrame, {@code frame.javaRDD()}
     * @param encoder what a row is to the network
     * @return the network's parameters and buffers after the last epoch, and the loss of each epoch
     * @throws IllegalArgumentException if there are no rows, or the settings do not fit together
     * @throws IllegalStateException if Spark's settings do not fit, or it has too few slots
     * @throws UncheckedIOException if checkpoints cannot be written
     */
    public <T> TrainedModel fit(JavaRDD<T> rows, Encoder<T> encoder) {
        Objects.requireNonNull(rows, "SparkTrainer.fit: the rows are null; give an RDD");
        SparkContext context = rows.context();
        int size = check(context, encoder);
        List<Long> counts = Rows.counts(rows);
        long all = counts.stream().mapToLong(Long::longValue).sum();
        return fit(context, size, all, Rows.indexed(rows, counts), encoder);
    }

    /**
     * Trains with rows that have indices: each another one, from 0 up to but without their number. The order of their partitions does not
     * matter then.
     *
     * @param <T> the type of a row
     * @param rows by index
     * @param encoder what a row is to the network
     * @return the network's parameters and buffers after the last epoch, and the loss of each epoch
     * @throws IllegalArgumentException if there are no rows, or the settings do not fit together
     * @throws IllegalStateException if Spark's settings do not fit, or it has too few slots
     * @throws UncheckedIOException if checkpoints cannot be written
     */
    public <T> TrainedModel fitIndexed(JavaPairRDD<Long, T> rows, Encoder<T> encoder) {
        Objects.requireNonNull(rows, "SparkTrainer.fitIndexed: the rows are null; give an RDD");
        SparkContext context = rows.context();
        int size = check(context, encoder);
        return fit(context, size, rows.count(), rows, encoder);
    }

    /** What can be checked before the rows are looked at; the number of workers. */
    private <T> int check(SparkContext context, Encoder<T> encoder) {
        Objects.requireNonNull(encoder, "SparkTrainer.fit: the encoder is null; give a function of a row");
        if (shards < workers) {
            throw new IllegalArgumentException("SparkTrainer: " + shards + " shards for " + workers
                    + " workers; give as many shards or more, by shards(" + workers + ")");
        }
        if (batchSize < shards) {
            throw new IllegalArgumentException("SparkTrainer: batches of " + batchSize + " rows in " + shards
                    + " shards; give each shard a row or more, by a larger batchSize or fewer shards");
        }
        Cluster.checkSettings(context.getConf(), context.isLocal());
        int size = workers > 0 ? workers : Math.clamp(context.defaultParallelism(), 1, shards);
        Cluster.checkSlots(context, size);
        if (folder != null) {
            try {
                CheckpointStore.of(folder, context.hadoopConfiguration()).tryOut();
            } catch (IOException | RuntimeException e) {
                throw new UncheckedIOException(
                        "SparkTrainer: the folder " + folder + " for checkpoints cannot be written: " + e.getMessage(),
                        e instanceof IOException io ? io : new IOException(e));
            }
        }
        return size;
    }

    private <T> TrainedModel fit(
            SparkContext context, int size, long all, JavaPairRDD<Long, T> indexed, Encoder<T> encoder) {
        if (all == 0) {
            throw new IllegalArgumentException("SparkTrainer.fit: there are no rows to learn from; give some");
        }
        byte[] secret = new byte[2 * GroupOptions.SHORTEST_SECRET];
        new SecureRandom().nextBytes(secret);
        Plan plan = new Plan(
                size,
                epochs,
                new ShardedOrder(all, batchSize, shards, shuffle, seed),
                folder,
                everyBatches,
                new SerializableConfiguration(context.hadoopConfiguration()),
                device,
                timeout,
                heartbeat,
                HexFormat.of().formatHex(secret));
        RDD<Tuple2<Integer, byte[]>> pieces = Rows.atWorkers(indexed, plan)
                .rdd()
                .barrier()
                .mapPartitions(new WorkerTask<>(plan, factory, encoder), false, tag(Tuple2.class));
        // The shuffle to one partition is why Spark runs a stage of workers that has failed again: as the last stage of
        // its job it would not.
        List<Tuple2<Integer, byte[]>> result = JavaPairRDD.fromRDD(pieces, tag(Integer.class), tag(byte[].class))
                .partitionBy(new HashPartitioner(1))
                .collect();
        try {
            return TrainedModel.of(result);
        } catch (IOException e) {
            throw new UncheckedIOException("SparkTrainer: the trained model cannot be read: " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("unchecked") // a tag is of a class, which has no type arguments
    private static <T> ClassTag<T> tag(Class<?> of) {
        return (ClassTag<T>) ClassTag$.MODULE$.apply(of);
    }
}
