package ondol.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import ondol.DType;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.backend.ChildJvm;
import ondol.nn.BatchNorm1d;
import ondol.nn.BatchNorm2d;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Dropout;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import ondol.optim.SGD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The weights after some steps, by 1, 2, 3 and 4 workers. */
@Timeout(600)
final class DataParallelTest {
    private static final int SHARDS = 4;

    /** Of threads, which share the default generator: so nothing here draws from it. */
    private static Sequential net(BatchNorm1d norm) {
        Generator random = new Generator(4);
        return new Sequential(new Linear(5, 9, true, random), norm, new ReLU(), new Linear(9, 2, true, random));
    }

    private static String bits(Sequential net) {
        StringBuilder text = new StringBuilder();
        net.stateDict()
                .forEach((name, t) -> text.append(name)
                        .append(Arrays.toString(
                                t.dtype() == DType.FLOAT32 ? t.toFloatArray() : new float[] {t.itemLong()})));
        return text.toString();
    }

    private static Tensor inputs(int rows, int step) {
        return Tensor.randn(new Generator(100 + step), rows, 5);
    }

    /** Batches of equal shards, of unequal ones, and smaller than the number of shards. */
    private static final int[] ROWS = {16, 13, 10};

    /** A batch of three rows in eight shards, of which the first two are empty. */
    @Test
    void emptyShardsHaveNoBuffers() {
        for (BufferMode mode : BufferMode.values()) {
            for (int workers : new int[] {1, 2, 4}) {
                List<Object> means = Workers.outcomes(workers, Workers.OPTIONS, group -> {
                    BatchNorm2d norm = new BatchNorm2d(2);
                    Tensor x = Tensor.arange(24).to(DType.FLOAT32).reshape(3, 2, 2, 2);
                    DataParallel parallel = new DataParallel(group, norm, 8).buffers(mode);
                    parallel.backward(
                            3, shard -> norm.forward(shard.of(x)).square().mean());
                    assertEquals(1, norm.stateDict().get("num_batches_tracked").itemLong());
                    float[] mean = norm.stateDict().get("running_mean").toFloatArray();
                    return String.format(Locale.ROOT, "%.4f %.4f", mean[0], mean[1]);
                });
                String expected = mode == BufferMode.FIRST ? "0.1500 0.5500" : "0.9500 1.3500";
                means.forEach(mean -> assertEquals(expected, mean));
            }
        }
    }

    @Test
    void rowsThatAreNotTheShardsAreRefused() {
        Sequential net = new Sequential(new Linear(5, 2));
        DataParallel parallel = new DataParallel(ProcessGroup.single(), net, 4);
        for (int rows : new int[] {2, 7, 9}) {
            Tensor x = inputs(8, 1);
            Exception e = assertThrows(
                    IllegalArgumentException.class,
                    () -> parallel.backward(
                            rows, shard -> net.forward(shard.of(x)).mean()));
            assertTrue(
                    e.getMessage().startsWith("Shard.of: [8, 5] has not the batch's " + rows + " rows"),
                    e.getMessage());
        }
        Shard shard = new Shard(1, 2, 4, 8);
        assertArrayEquals(
                new float[] {2, 3}, shard.of(Tensor.arange(8).to(DType.FLOAT32)).toFloatArray());
        assertArrayEquals(
                new float[] {2, 3},
                shard.of(Tensor.arange(2, 4).to(DType.FLOAT32), 2).toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> shard.of(Tensor.zeros(9), 5));
        assertThrows(IllegalArgumentException.class, () -> shard.of(Tensor.zeros(3), 0));
        assertThrows(IllegalArgumentException.class, () -> new Shard(-1, 2, 4, 8));
        assertThrows(IllegalArgumentException.class, () -> new Shard(1, 4, 2, 8));
        assertThrows(IllegalArgumentException.class, () -> new Shard(1, 2, 9, 8));
    }

    private static String train(ProcessGroup group, BufferMode mode) {
        Sequential net = net(new BatchNorm1d(9));
        DataParallel parallel =
                new DataParallel(group, net, SHARDS).buffers(mode).checkEvery(2);
        SGD optimizer = new SGD(net.parameters(), 0.1);
        StringBuilder losses = new StringBuilder();
        for (int step = 0; step < 9; step++) {
            int rows = ROWS[step % 3];
            Tensor x = inputs(rows, step);
            Tensor y = x.slice(1, 0, 2);
            losses.append(parallel.backward(
                            rows, shard -> new MSELoss().forward(net.forward(shard.of(x)), shard.of(y))))
                    .append(' ');
            optimizer.step();
            optimizer.zeroGrad();
        }
        parallel.checkWeights();
        return losses + bits(net);
    }

    @Test
    void weightsAndBuffersHaveTheSameBitsForAnyNumberOfWorkers() {
        HashSet<String> modes = new HashSet<>();
        for (BufferMode mode : BufferMode.values()) {
            HashSet<String> results = new HashSet<>();
            for (int workers : new int[] {1, 2, 3, 4}) {
                results.addAll(Workers.results(workers, group -> train(group, mode)));
            }
            assertEquals(1, results.size(), mode.toString());
            modes.addAll(results);
        }
        assertEquals(2, modes.size());
    }

    /** The gradient is that of the whole batch, up to rounding, and adds to what is there. */
    @Test
    void theGradientIsThatOfTheBatch() {
        for (int rows : new int[] {16, 13, 3}) {
            Workers.results(2, group -> {
                Linear net = new Linear(5, 2, true, new Generator(1));
                Linear whole = new Linear(5, 2, true, new Generator(1));
                Tensor x = inputs(rows, 0);
                Tensor y = x.slice(1, 0, 2);
                DataParallel parallel = new DataParallel(group, net, SHARDS);
                for (int times = 1; times <= 2; times++) {
                    float loss = parallel.backward(
                            rows, shard -> new MSELoss().forward(net.forward(shard.of(x)), shard.of(y)));
                    Tensor expected = new MSELoss().forward(whole.forward(x), y);
                    expected.backward();
                    assertEquals(expected.item(), loss, 1e-5);
                    assertArrayEquals(
                            Objects.requireNonNull(whole.weight().grad()).toFloatArray(),
                            Objects.requireNonNull(net.weight().grad()).toFloatArray(),
                            1e-5f);
                }
                return true;
            });
        }
    }

    /** A parameter that no shard uses has no gradient; one that some use has the sum. */
    @Test
    void parametersThatAreNotUsed() {
        Workers.results(2, group -> {
            Linear first = new Linear(5, 1, true, new Generator(1));
            Linear second = new Linear(5, 1, true, new Generator(2));
            Linear third = new Linear(5, 1, true, new Generator(3));
            Sequential net = new Sequential(first, second, third);
            Tensor x = inputs(8, 0);
            new DataParallel(group, net, SHARDS)
                    .backward(
                            8,
                            shard -> (shard.number() == 3 ? second : first)
                                    .forward(shard.of(x))
                                    .mean());
            assertArrayEquals(
                    new float[] {0.25f},
                    Objects.requireNonNull(second.bias()).grad().toFloatArray());
            assertArrayEquals(
                    new float[] {0.75f},
                    Objects.requireNonNull(first.bias()).grad().toFloatArray());
            assertNull(third.weight().grad());
            return true;
        });
    }

    @Test
    void othersWeightsAreNoticedByAll() {
        List<Object> outcomes = Workers.outcomes(3, Workers.OPTIONS, group -> {
            Linear net = new Linear(2, 1, true, new Generator(group.rank()));
            DataParallel parallel = new DataParallel(group, net, 3).checkEvery(1);
            parallel.checkWeights(); // they have become rank 0's
            if (group.rank() == 2) {
                net.weight().detach().fill(1);
            }
            parallel.backward(
                    3, shard -> net.forward(shard.of(Tensor.ones(3, 2))).mean());
            return "done";
        });
        for (Object outcome : outcomes) {
            ProcessGroupException e = assertInstanceOf(ProcessGroupException.class, outcome);
            assertEquals(2, e.rank());
            assertTrue(e.getMessage().contains("weights after 0 steps of rank 2 (127.0.0.1:"), e.getMessage());
        }
    }

    @Test
    void otherNetworksAreNoticedByAll() {
        List<Object> outcomes = Workers.outcomes(
                2, Workers.OPTIONS, group -> new DataParallel(group, new Linear(2 + group.rank(), 1), 2));
        for (Object outcome : outcomes) {
            String text = assertInstanceOf(ProcessGroupException.class, outcome).getMessage();
            assertTrue(text.contains("the network of rank 1"), text);
        }
    }

    @Test
    void whatIsRefused() {
        try (ProcessGroup group = ProcessGroup.single()) {
            Linear net = new Linear(2, 1);
            assertThrows(IllegalArgumentException.class, () -> new DataParallel(group, net, 0));
            DataParallel parallel = new DataParallel(group, net, 2);
            assertThrows(IllegalArgumentException.class, () -> parallel.backward(0, shard -> Tensor.tensor(1f)));
            assertThrows(IllegalArgumentException.class, () -> parallel.checkEvery(-1));
        }
    }

    /** In processes of their own, with dropout from the default generator. */
    @Test
    void dropoutDoesNotDependOnTheNumberOfWorkers() throws IOException, InterruptedException {
        HashSet<String> results = new HashSet<>();
        for (int workers : new int[] {1, 2, 4}) {
            results.add(run(workers));
        }
        assertEquals(1, results.size(), results.toString());
    }

    private static String run(int workers) throws IOException, InterruptedException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        List<Process> all = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            all.add(new ChildJvm(Learner.class)
                    .options("-Dondol.cpu.threads=1")
                    .environment(Map.of(
                            "RANK", "" + rank,
                            "WORLD_SIZE", "" + workers,
                            "MASTER_ADDR", "127.0.0.1",
                            "MASTER_PORT", "" + port,
                            "ONDOL_SECRET", "a secret of the tests"))
                    .start());
        }
        HashSet<String> weights = new HashSet<>();
        for (Process process : all) {
            ChildJvm.Result result = ChildJvm.end(process);
            assertEquals(0, result.exitCode(), result.output());
            weights.add(result.output().lines().toList().getLast());
        }
        assertEquals(1, weights.size(), weights.toString());
        return weights.iterator().next();
    }

    /** Learns the quadrants of points, and prints the losses and weights. */
    static final class Learner {
        private Learner() {}

        public static void main(String[] arguments) {
            try (ProcessGroup group = ProcessGroup.fromEnvironment()) {
                Ondol.manualSeed(3 + group.rank()); // of which rank 0's is taken
                Sequential net = new Sequential(new Linear(2, 16), new ReLU(), new Dropout(0.4), new Linear(16, 4));
                DataParallel parallel = new DataParallel(group, net, SHARDS);
                Adam optimizer = new Adam(net.parameters(), 0.01);
                float last = 0;
                for (int step = 0; step < 60; step++) {
                    Tensor x = Tensor.randn(new Generator(step), 32, 2);
                    Tensor y = x.slice(1, 0, 1)
                            .gt(0)
                            .to(DType.INT64)
                            .mul(2)
                            .add(x.slice(1, 1, 2).gt(0).to(DType.INT64))
                            .reshape(32);
                    last = parallel.backward(
                            32, shard -> new CrossEntropyLoss().forward(net.forward(shard.of(x)), shard.of(y)));
                    optimizer.step();
                    optimizer.zeroGrad();
                }
                parallel.checkWeights();
                System.out.println(last + " " + Ondol.generator().random64() + bits(net));
            }
        }
    }
}
