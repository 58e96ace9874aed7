package org.example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.Dataset;
import ondol.data.Sample;
import ondol.data.TensorDataset;
import ondol.datasets.Datasets;
import ondol.io.TorchFile;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Flatten;
import ondol.nn.Linear;
import ondol.nn.Module;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * Takes the weights of a PyTorch file into a network, and trains only its last layer for another task: a network that tells
 * the ten handwritten digits apart learns to tell even ones from odd ones.
 *
 * <p>In Python such a file is made by {@code torch.save(net.state_dict(), "digits.pt")} of
 *
 * <pre>{@code
 * net = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
 * }</pre>
 *
 * <p>Without a file the program trains that network itself and writes one, in a new folder for temporary files. Prints what
 * is in the file, how many parameters are trained, the accuracy on digits that were kept aside before and after, and the
 * file of the new weights beside the first, {@code fine-tuned.pt}, which {@code torch.load} reads. Takes about two seconds.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda] [FILE.pt]}
 */
public final class PyTorchWeights {
    private static final int EPOCHS = 10;

    private PyTorchWeights() {}

    public static void main(String[] args) throws IOException {
        Path file = null;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--device") && i + 1 < args.length) {
                Ondol.setDefaultDevice(Device.of(args[++i]));
            } else if (args[i].endsWith(".pt") && file == null) {
                file = Path.of(args[i]);
            } else {
                throw new IllegalArgumentException("usage: PyTorchWeights [--device cpu|opencl|cuda] [FILE.pt]");
            }
        }
        Ondol.manualSeed(1);
        if (file == null) {
            file = Files.createTempDirectory("ondol").resolve("digits.pt");
            Sequential first = network();
            train(first, new Adam(first.parameters(), 3e-3), digits().get(0));
            TorchFile.save(file, first.stateDict());
        }

        Map<String, Tensor> state = TorchFile.loadStateDict(file);
        System.out.println("read " + file);
        state.forEach((name, tensor) -> System.out.println("  " + name + " " + tensor.shape()));
        Sequential pretrained = network();
        pretrained.loadStateDict(state);
        System.out.printf(Locale.ROOT, "which digit: accuracy %.4f%n", accuracy(pretrained, digits().get(1)));

        // All but the last layer stay as they are; a new last layer is trained.
        pretrained.requiresGrad(false);
        Linear last = new Linear(32, 2);
        Sequential net = pretrained.slice(0, 5).append(last);
        System.out.println("trained parameters: " + count(last) + " of " + count(net));
        System.out.printf(
                Locale.ROOT,
                "even or odd, before: accuracy %.4f%n",
                accuracy(net, parities().get(1)));
        train(net, new Adam(last.parameters(), 1e-2), parities().get(0));
        System.out.printf(
                Locale.ROOT,
                "even or odd, after: accuracy %.4f%n",
                accuracy(net, parities().get(1)));

        Path tuned = file.resolveSibling("fine-tuned.pt");
        TorchFile.save(tuned, net.stateDict());
        System.out.println("wrote " + tuned);
        TorchFile.loadStateDict(tuned)
                .forEach((name, tensor) ->
                        System.out.println("  " + name + (tensor.equal(state.get(name)) ? " as it was" : " is new")));
    }

    private static Sequential network() {
        return new Sequential(
                new Flatten(), new Linear(64, 64), new ReLU(), new Linear(64, 32), new ReLU(), new Linear(32, 10));
    }

    // ---- the data

    /** Images and which digit each shows, four fifths to learn from and the others. */
    private static List<Dataset<Sample>> digits() {
        return split(Datasets.digits().to(Ondol.defaultDevice()));
    }

    /** The same images, and 0 where the digit is even, 1 where it is odd. */
    private static List<Dataset<Sample>> parities() {
        TensorDataset digits = Datasets.digits().to(Ondol.defaultDevice());
        long[] odd = Arrays.stream(digits.targets().toLongArray())
                .map(digit -> digit % 2)
                .toArray();
        return split(new TensorDataset(digits.inputs(), Tensor.tensor(odd)));
    }

    private static List<Dataset<Sample>> split(TensorDataset samples) {
        return samples.randomSplit(new Generator(1), 0.8, 0.2);
    }

    // ---- training

    private static void train(Sequential net, Adam optimizer, Dataset<Sample> samples) {
        CrossEntropyLoss lossFunction = new CrossEntropyLoss();
        DataLoader<Batch> loader = DataLoader.of(samples).batchSize(32).shuffle(new Generator(1));
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            for (Batch batch : loader) {
                lossFunction.forward(net.forward(batch.input()), batch.target()).backward();
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
    }

    private static double accuracy(Sequential net, Dataset<Sample> samples) {
        long right = 0;
        try (var _ = Autograd.noGrad()) {
            for (Batch batch : DataLoader.of(samples).batchSize(100)) {
                Tensor read = net.forward(batch.input()).argmax(1);
                right += read.eq(batch.target()).sum().itemLong();
            }
        }
        return (double) right / samples.size();
    }

    private static long count(Module module) {
        return module.parameters().stream().mapToLong(Tensor::numel).sum();
    }
}
