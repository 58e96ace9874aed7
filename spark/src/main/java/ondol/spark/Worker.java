package ondol.spark;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import ondol.Device;
import ondol.Scope;
import ondol.distributed.DataParallel;
import ondol.distributed.ProcessGroup;
import ondol.train.Checkpoint;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/** The training on one worker. All workers do the same; the first one keeps the checkpoints and gives the result. */
final class Worker {
    private static final Logger LOG = System.getLogger("ondol.spark");
    private static final String OF = "training";
    private static final String EPOCH = "epoch";
    private static final String BATCH = "batch";
    private static final String SUM = "sum";
    private static final String LOSSES = "losses";

    private final Plan plan;
    private final ShardedOrder order;
    private final ProcessGroup group;
    private final Device device;
    private final @Nullable CheckpointStore store;

    /** The epoch that goes on, how many of its batches are done, and the sum of their rows' losses. */
    private int epoch = 1;

    private int batch;
    private double sum;
    private List<Double> losses = new ArrayList<>();

    Worker(Plan plan, ProcessGroup group, Device device) throws IOException {
        this.plan = plan;
        this.order = plan.order();
        this.group = group;
        this.device = device;
        store = plan.folder() == null
                ? null
                : CheckpointStore.of(plan.folder(), plan.hadoop().value());
    }

    /** Trains to the end; the result if this is the first worker, otherwise nothing. */
    <T> List<Tuple2<Integer, byte[]>> train(
            TrainingFactory factory, Encoder<T> encoder, Iterator<Tuple2<Integer, Tuple2<Long, T>>> data)
            throws IOException {
        Training training = factory.create();
        training.to(device);
        DataParallel parallel = new DataParallel(group, training.net(), order.shards()).buffers(training.buffers());
        WorkerRows rows = WorkerRows.of(data, encoder, order, parallel.firstShard(), parallel.endShard())
                .to(device);
        resume(training);
        training.net().train();
        training.optimizer().zeroGrad();
        while (epoch <= plan.epochs()) {
            learn(training, parallel, rows);
        }
        group.barrier();
        return group.rank() == 0 ? TrainedModel.pieces(training.net(), losses) : List.of();
    }

    /** The rest of an epoch. */
    private void learn(Training training, DataParallel parallel, WorkerRows rows) throws IOException {
        rows.begin(epoch);
        while (batch < order.batches()) {
            int number = batch;
            int size = order.size(number);
            float loss;
            try (var _ = Scope.open()) {
                loss = parallel.backward(size, shard -> training.loss(rows.batch(number, shard.number())));
                if (!Float.isFinite(loss)) {
                    throw new IllegalStateException("SparkTrainer: the loss is " + loss + " in epoch " + epoch
                            + ", batch " + (number + 1) + " of " + order.batches()
                            + "; give a smaller learning rate, clipGradNorm, or rows without NaN");
                }
                training.step();
            }
            sum += (double) loss * size;
            batch++;
            if (plan.everyBatches() > 0 && batch % plan.everyBatches() == 0 && batch < order.batches()) {
                save(training);
            }
        }
        training.epochEnds();
        losses.add(sum / order.rows());
        if (group.rank() == 0) {
            LOG.log(
                    Level.INFO,
                    String.format(Locale.ROOT, "epoch %d of %d: loss %.6f", epoch, plan.epochs(), losses.getLast()));
        }
        epoch++;
        batch = 0;
        sum = 0;
        save(training);
    }

    // ---- checkpoints

    private static Checkpoint checkpoint(Training training) {
        Checkpoint checkpoint = new Checkpoint()
                .model(training.net())
                .optimizer(training.optimizer())
                .globalGenerator();
        if (training.scheduler() != null) {
            checkpoint.scheduler(training.scheduler());
        }
        return checkpoint;
    }

    private void save(Training training) throws IOException {
        if (store == null || group.rank() != 0) {
            return;
        }
        Path file = Files.createTempFile("ondol-checkpoint", ".safetensors");
        try {
            checkpoint(training)
                    .note(OF, plan.description())
                    .note(EPOCH, Integer.toString(epoch))
                    .note(BATCH, Integer.toString(batch))
                    .note(SUM, Double.toString(sum))
                    .note(LOSSES, TrainedModel.text(losses))
                    .save(file);
            store.save(file, epoch, batch);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Goes on with the newest checkpoint that the first worker finds, if there is one. */
    private void resume(Training training) throws IOException {
        if (store == null) {
            return;
        }
        Path file = Files.createTempFile("ondol-checkpoint", ".safetensors");
        try {
            long bytes = group.rank() == 0 ? newest(store, file) : 0;
            try (Arena arena = Arena.ofShared()) {
                MemorySegment length = arena.allocate(ValueLayout.JAVA_LONG);
                length.set(ValueLayout.JAVA_LONG, 0, bytes);
                group.broadcast(length, 0);
                bytes = length.get(ValueLayout.JAVA_LONG, 0);
                if (bytes > 0) {
                    share(file, bytes, arena);
                    load(training, file);
                }
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Brings the newest one here; its size, or 0. */
    private long newest(CheckpointStore from, Path to) throws IOException {
        var newest = from.newest();
        if (newest == null) {
            return 0;
        }
        from.fetch(newest, to);
        String of = new Checkpoint().load(to).getOrDefault(OF, "another training");
        if (!of.equals(plan.description())) {
            throw new IOException("the checkpoints in " + plan.folder() + " are of " + of + ", and this training is of "
                    + plan.description() + "; give it a folder of its own, or the settings that it had");
        }
        return Files.size(to);
    }

    /** Gives the first worker's file to all. */
    private void share(Path file, long bytes, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            group.broadcast(channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena), 0);
        }
    }

    private void load(Training training, Path file) throws IOException {
        Map<String, String> notes = checkpoint(training).load(file);
        epoch = Integer.parseInt(notes.getOrDefault(EPOCH, ""));
        if (epoch > plan.epochs() + 1) {
            throw new IOException("the newest checkpoint in " + plan.folder() + " is of a training of " + (epoch - 1)
                    + " epochs already, and " + plan.epochs()
                    + " were asked for; ask for as many or more, or give another folder");
        }
        batch = Integer.parseInt(notes.getOrDefault(BATCH, ""));
        sum = Double.parseDouble(notes.getOrDefault(SUM, ""));
        losses = new ArrayList<>(TrainedModel.losses(notes.getOrDefault(LOSSES, "")));
        if (group.rank() == 0) {
            LOG.log(Level.INFO, "goes on with epoch " + epoch + ", batch " + (batch + 1) + ", of " + plan.folder());
        }
    }
}
