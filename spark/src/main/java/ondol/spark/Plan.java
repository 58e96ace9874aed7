package ondol.spark;

import java.io.Serializable;
import java.time.Duration;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * What all workers are told.
 *
 * @param workers how many there are
 * @param epochs how often all rows are gone through
 * @param order of the rows
 * @param folder where checkpoints are; null if there are none
 * @param everyBatches how often there is one within an epoch; 0: after epochs only
 * @param hadoop what the folder's file system is set to
 * @param device its name; null for that of the task's resources, or the CPU
 * @param timeout how long a worker waits for one that lives
 * @param heartbeat how long a worker may be without a sign of life
 * @param secret what the workers know each other by
 */
record Plan(
        int workers,
        int epochs,
        ShardedOrder order,
        @Nullable String folder,
        int everyBatches,
        SerializableConfiguration hadoop,
        @Nullable String device,
        Duration timeout,
        Duration heartbeat,
        String secret)
        implements Serializable {
    /** Which worker has a shard: each has neighbours, as {@link ondol.distributed.DataParallel} deals them. */
    int workerOf(int shard) {
        return (int) (((long) (shard + 1) * workers - 1) / order.shards());
    }

    /** What a training is made of, so that another one does not go on with its checkpoints. */
    String description() {
        return order.rows() + " rows in " + (order.shuffle() ? "shuffled " : "") + "batches of " + order.batchSize()
                + " and " + order.shards() + " shards, seed " + order.seed();
    }
}
