package ondol.spark;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.data.TensorDataset;
import ondol.datasets.Datasets;
import ondol.distributed.DataParallel;
import ondol.distributed.ProcessGroup;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Dropout;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/** Handwritten digits as rows, what learns to read them, and the same training without Spark. */
final class Digits {
    static final int ROWS = 1797;
    static final int BATCH = 128;
    static final int SHARDS = 4;
    static final int EPOCHS = 5;
    static final long SEED = 3;

    private Digits() {}

    static List<LabeledRow> rows() {
        TensorDataset digits = Datasets.digits();
        float[] pixels = digits.inputs().toFloatArray();
        long[] labels = digits.targets().toLongArray();
        return IntStream.range(0, labels.length)
                .mapToObj(i -> new LabeledRow(Arrays.copyOfRange(pixels, 64 * i, 64 * (i + 1)), labels[i]))
                .toList();
    }

    /** A network with weights and masks from the default generator. */
    static Sequential net() {
        return new Sequential(new Linear(64, 32), new ReLU(), new Dropout(0.2), new Linear(32, 10));
    }

    static Training training() {
        Sequential net = net();
        return new Training(net, new CrossEntropyLoss(), new Adam(net.parameters(), 1e-2));
    }

    static SparkTrainer trainer(int workers) {
        return new SparkTrainer(Digits::training)
                .workers(workers)
                .shards(SHARDS)
                .batchSize(BATCH)
                .epochs(EPOCHS)
                .seed(SEED);
    }

    static ShardedOrder order(boolean shuffle) {
        return new ShardedOrder(ROWS, BATCH, SHARDS, shuffle, SEED);
    }

    /** The same by DataParallel alone. */
    static TrainedModel plain(ProcessGroup group, boolean shuffle) {
        ShardedOrder order = order(shuffle);
        TensorDataset digits = Datasets.digits();
        Tensor pixels = digits.inputs().reshape(ROWS, 64);
        return Ondol.withGenerator(new Generator(SEED), () -> {
            Sequential net = net();
            CrossEntropyLoss loss = new CrossEntropyLoss();
            Adam optimizer = new Adam(net.parameters(), 1e-2);
            DataParallel parallel = new DataParallel(group, net, SHARDS);
            List<Double> losses = new ArrayList<>();
            for (int epoch = 1; epoch <= EPOCHS; epoch++) {
                double sum = 0;
                for (int b = 0; b < order.batches(); b++) {
                    int e = epoch;
                    int batch = b;
                    double mean = parallel.backward(order.size(batch), shard -> {
                        Tensor indices = Tensor.tensor(order.indices(e, batch, shard.number()));
                        return loss.forward(
                                net.forward(pixels.indexSelect(0, indices)),
                                digits.targets().indexSelect(0, indices));
                    });
                    optimizer.step();
                    optimizer.zeroGrad();
                    sum += mean * order.size(batch);
                }
                losses.add(sum / ROWS);
            }
            return new TrainedModel(net.stateDict(), losses);
        });
    }

    /** The losses of a model, and a hash of its names and all bits. */
    static String bits(TrainedModel model) {
        MessageDigest hash;
        try {
            hash = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        new TreeMap<>(model.stateDict()).forEach((name, t) -> {
            hash.update((name + t.shape()).getBytes(StandardCharsets.UTF_8));
            for (float x : t.toFloatArray()) {
                hash.update(ByteBuffer.allocate(4)
                        .putInt(Float.floatToRawIntBits(x))
                        .flip());
            }
        });
        return model.losses() + " " + HexFormat.of().formatHex(hash.digest());
    }

    /** The share of the digits that a model reads. */
    static double accuracy(TrainedModel model) {
        Sequential net = net();
        net.loadStateDict(model.stateDict());
        net.eval();
        TensorDataset digits = Datasets.digits();
        Tensor answers = net.forward(digits.inputs().reshape(ROWS, 64)).argmax(1);
        return (double) answers.eq(digits.targets()).sum().itemLong() / ROWS;
    }

    /** A worker of a group of the environment's variables: the first one writes the bits to a file. */
    public static void main(String[] args) throws Exception {
        try (ProcessGroup group = ProcessGroup.fromEnvironment()) {
            String bits = bits(plain(group, true));
            group.barrier();
            if (group.rank() == 0) {
                Files.writeString(Path.of(args[0]), bits);
            }
        }
    }
}
