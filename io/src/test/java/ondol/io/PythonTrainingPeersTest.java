package ondol.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.BatchNorm2d;
import ondol.nn.Conv2d;
import ondol.nn.Flatten;
import ondol.nn.LSTM;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.MaxPool2d;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.nn.Tanh;
import ondol.nn.TransformerEncoderLayer;
import ondol.nn.TransformerOptions;
import ondol.op.ConvOptions;
import ondol.op.RecurrenceOptions;
import ondol.optim.Adam;
import ondol.optim.AdamW;
import ondol.optim.Optimizer;
import ondol.optim.ParameterGroup;
import ondol.optim.SGD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Trainings that begin in PyTorch and go on here, and the other way round, with files between them; see {@link PythonPeer}. What
 * both have in the end may differ by a millionth of the largest element of a tensor.
 */
final class PythonTrainingPeersTest {
    private static final int BEGIN = 5;
    private static final int END = 15;
    private static final double TOLERANCE = 1e-6;

    @TempDir
    Path folder;

    private static void assertClose(Tensor expected, Tensor actual, String what) {
        assertEquals(expected.shape(), actual.shape(), what);
        try (var _ = Autograd.noGrad()) {
            double largest = expected.abs().max().item();
            double apart = expected.sub(actual).abs().max().item();
            assertTrue(
                    largest > 1e-3 && apart <= TOLERANCE * largest,
                    () -> what + " differs by " + apart + " where the largest is " + largest);
        }
    }

    private static void assertClose(Map<?, ?> expected, Map<String, Tensor> actual, String what) {
        assertEquals(expected.keySet(), actual.keySet(), what);
        actual.forEach((name, t) -> assertClose((Tensor) expected.get(name), t, what + " " + name));
    }

    /** The steps from one to before another, each with a batch of its own. */
    private static void train(Layer net, Optimizer optimizer, Tensor x, Tensor y, int from, int to) {
        for (int i = from; i < to; i++) {
            optimizer.zeroGrad();
            new MSELoss().call(net.call(x.select(0, i)), y.select(0, i)).backward();
            optimizer.step();
        }
    }

    private static Map<?, ?> read(Path file) throws IOException {
        return (Map<?, ?>) TorchFile.load(file);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Tensor> tensors(Object map) {
        return (Map<String, Tensor>) map;
    }

    // ---- optimizers

    private static Layer optimizerNet() {
        return new Sequential(new Linear(6, 16), new Tanh(), new Linear(16, 3));
    }

    private static ParameterGroup[] groups(Layer net, int count) {
        List<Tensor> all = net.parameters();
        return count == 1
                ? new ParameterGroup[] {new ParameterGroup(all)}
                : new ParameterGroup[] {
                    new ParameterGroup(all.subList(0, 1)), new ParameterGroup(all.subList(1, all.size()))
                };
    }

    /** An optimizer of groups without settings of their own, which it is to get from a state. */
    private static Optimizer bare(String kind, ParameterGroup... groups) {
        return switch (kind) {
            case "SGD" -> new SGD(1, groups);
            case "Adam" -> new Adam(1, groups);
            case "AdamW" -> new AdamW(1, groups);
            default -> throw new AssertionError(kind);
        };
    }

    @Test
    void optimizersFromPyTorch() throws IOException {
        PythonPeer.run("training_peer.py", "torch", "write_optimizers", folder);
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.sorted().toList();
        }
        assertEquals(12, files.size());
        for (Path file : files) {
            Map<?, ?> all = read(file);
            Layer net = optimizerNet();
            net.loadStateDict(tensors(all.get("model")));
            int count = ((Long) all.get("groups")).intValue();
            Optimizer optimizer = bare((String) all.get("kind"), groups(net, count));
            TorchOptimizer.load(optimizer, file, "optimizer");
            train(net, optimizer, (Tensor) all.get("x"), (Tensor) all.get("y"), BEGIN, END);
            assertClose((Map<?, ?>) all.get("after"), net.stateDict(), file.getFileName() + " " + optimizer);
        }
    }

    /** Optimizers of one group, or two. */
    private static Map<String, Function<Layer, Optimizer>> optimizers() {
        Map<String, Function<Layer, Optimizer>> all = new LinkedHashMap<>();
        all.put("sgd", net -> new SGD(net.parameters(), 0.05));
        all.put("sgd-momentum", net -> new SGD(net.parameters(), 0.05).momentum(0.9));
        all.put(
                "sgd-dampening",
                net -> new SGD(net.parameters(), 0.05)
                        .momentum(0.9)
                        .dampening(0.3)
                        .weightDecay(1e-3));
        all.put(
                "sgd-nesterov",
                net -> new SGD(net.parameters(), 0.02)
                        .momentum(0.8)
                        .nesterov(true)
                        .weightDecay(0.01));
        all.put("sgd-groups", net -> {
            ParameterGroup[] two = groups(net, 2);
            two[1].set("nesterov", 0).set("momentum", 0).setLr(0.1);
            return new SGD(0.05, two).momentum(0.9).nesterov(true);
        });
        all.put("adam", net -> new Adam(net.parameters(), 0.01));
        all.put(
                "adam-betas",
                net -> new Adam(net.parameters(), 0.01)
                        .betas(0.4, 0.99)
                        .eps(1e-6)
                        .weightDecay(0.01));
        all.put("adam-groups", net -> {
            ParameterGroup[] two = groups(net, 2);
            two[0].set("weightDecay", 0.1);
            two[1].setLr(0.003).set("beta1", 0.5).set("beta2", 0.9);
            return new Adam(0.01, two);
        });
        all.put("adam-late", net -> new Adam(net.parameters(), 0.01));
        all.put("adamw", net -> new AdamW(net.parameters(), 0.01));
        all.put(
                "adamw-decay",
                net -> new AdamW(net.parameters(), 0.02).betas(0.8, 0.95).weightDecay(0.3));
        all.put("adamw-groups", net -> {
            ParameterGroup[] two = groups(net, 2);
            two[0].set("weightDecay", 0);
            two[1].setLr(0.002).set("eps", 1e-4);
            return new AdamW(0.01, two);
        });
        return all;
    }

    @Test
    void optimizersToPyTorch() throws IOException {
        Map<String, Layer> nets = new LinkedHashMap<>();
        Ondol.manualSeed(7);
        Generator generator = new Generator(8);
        for (var entry : optimizers().entrySet()) {
            String name = entry.getKey();
            Layer net = optimizerNet();
            Optimizer optimizer = entry.getValue().apply(net);
            Tensor x = Tensor.randn(generator, END, 20, 6);
            Tensor y = Tensor.randn(generator, END, 20, 3);
            if (name.endsWith("-late")) {
                net.parameters().getLast().requiresGrad(false);
            }
            train(net, optimizer, x, y, 0, BEGIN);
            net.requiresGrad(true);
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("kind", optimizer.getClass().getSimpleName());
            all.put("groups", optimizer.paramGroups().size());
            all.put("model", net.stateDict());
            all.put("optimizer", TorchOptimizer.stateDict(optimizer));
            all.put("x", x);
            all.put("y", y);
            TorchFile.save(folder.resolve(name + ".pt"), all);
            train(net, optimizer, x, y, BEGIN, END);
            nets.put(name, net);
        }
        PythonPeer.run("training_peer.py", "torch", "go_on_optimizers", folder);
        for (var entry : nets.entrySet()) {
            assertClose(
                    read(folder.resolve(entry.getKey() + ".pth")),
                    entry.getValue().stateDict(),
                    entry.getKey());
        }
    }

    // ---- models

    /** What is said of a sequence at its end. */
    private static final class Sequence extends Layer {
        private final LSTM lstm = register(
                "lstm", new LSTM(6, 12, new RecurrenceOptions().numLayers(2).batchFirst(true)));
        private final Linear head = register("head", new Linear(12, 3));

        @Override
        public Tensor forward(Tensor x) {
            return head.call(lstm.forward(x).output().select(1, -1));
        }
    }

    private record Model(Supplier<Layer> make, long[] inputs, long[] outputs) {}

    private static Map<String, Model> models() {
        Map<String, Model> all = new LinkedHashMap<>();
        all.put(
                "mlp",
                new Model(
                        () -> new Sequential(new Linear(10, 32), new ReLU(), new Linear(32, 5)),
                        new long[] {END, 12, 10},
                        new long[] {END, 12, 5}));
        all.put(
                "cnn",
                new Model(
                        () -> new Sequential(
                                new Conv2d(1, 4, 3, new ConvOptions().padding(1)),
                                new BatchNorm2d(4),
                                new ReLU(),
                                new MaxPool2d(2),
                                new Flatten(),
                                new Linear(64, 5)),
                        new long[] {END, 12, 1, 8, 8},
                        new long[] {END, 12, 5}));
        all.put("lstm", new Model(Sequence::new, new long[] {END, 12, 7, 6}, new long[] {END, 12, 3}));
        all.put(
                "transformer",
                new Model(
                        () -> new TransformerEncoderLayer(
                                16,
                                4,
                                new TransformerOptions().dimFeedforward(32).batchFirst(true)),
                        new long[] {END, 12, 7, 16},
                        new long[] {END, 12, 7, 16}));
        return all;
    }

    private static Tensor predict(Layer net, Tensor x) {
        net.eval();
        try (var _ = Autograd.noGrad()) {
            return net.call(x.select(0, 0));
        }
    }

    @Test
    void modelsFromPyTorch() throws IOException {
        PythonPeer.run("training_peer.py", "torch", "write_models", folder);
        for (var entry : models().entrySet()) {
            Map<?, ?> all = read(folder.resolve(entry.getKey() + ".pt"));
            Layer net = entry.getValue().make.get();
            net.loadStateDict(tensors(all.get("model")));
            assertClose((Tensor) all.get("output"), predict(net, (Tensor) all.get("x")), entry.getKey());
        }
    }

    @Test
    void modelsToPyTorch() throws IOException {
        Ondol.manualSeed(9);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        for (var entry : models().entrySet()) {
            Model model = entry.getValue();
            Layer net = model.make.get();
            Tensor x = Tensor.randn(Ondol.generator(), model.inputs);
            train(net, new Adam(net.parameters(), 0.01), x, Tensor.randn(Ondol.generator(), model.outputs), 0, END);
            TorchFile.save(folder.resolve(entry.getKey() + ".pt"), Map.of("model", net.stateDict(), "x", x));
            outputs.put(entry.getKey(), predict(net, x));
        }
        PythonPeer.run("training_peer.py", "torch", "go_on_models", folder);
        for (var entry : outputs.entrySet()) {
            Tensor theirs = (Tensor) TorchFile.load(folder.resolve(entry.getKey() + ".pth"));
            assertClose(theirs, entry.getValue(), entry.getKey());
        }
    }
}
