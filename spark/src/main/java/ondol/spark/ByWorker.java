package ondol.spark;

import org.apache.spark.Partitioner;

/** Has a shard's rows in the partition of the worker that has the shard. */
final class ByWorker extends Partitioner {
    private final Plan plan;

    ByWorker(Plan plan) {
        this.plan = plan;
    }

    @Override
    public int numPartitions() {
        return plan.workers();
    }

    @Override
    public int getPartition(Object shard) {
        return plan.workerOf((Integer) shard);
    }
}
