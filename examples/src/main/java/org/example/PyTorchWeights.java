package org.example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
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
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * Takes the weights of a PyTorch file into a network, and trains only its last layer for another task: a network that tells the
 * handwritten digits 0 to 4 learns to tell 5 to 9.
 *
 * <p>In Python such a file is made by {@code torch.save(net.state_dict(), "digits.pt")} of
 *
 * <pre>{@code
 * net = nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 5))
 * }</pre>
 *
 * <p>Without a file the program trains that network itself and writes one, in a new folder for temporary files. Prints what is in the file,
 * how many parameters are trained, the accuracy before and after, and the file of the new weights, which {@code torch.load} reads. Takes
 * about three seconds.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda] [FILE.pt]}
 */
public final class PyTorchWeights {
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
            train(first, new Adam(first.parameters(), 3e-3), digits(0), 8);
            TorchFile.save(file, first.stateDict());
        }

        Map<String, Tensor> state = TorchFile.loadStateDict(file);
        System.out.println("read " + file);
        state.forEach((name, tensor) -> System.out.println("  " + name + " " + tensor.shape()));
        Sequential pretrained = network();
        pretrained.loadStateDict(state);
        System.out.printf(Locale.ROOT, "accuracy on 0 to 4: %.4f%n", accuracy(pretrained, digits(0)));

        // All but the last layer stay as they are; a new last layer is trained.
        pretrained.requiresGrad(false);
        Linear last = new Linear(64, 5);
        Sequential net = pretrained.slice(0, 5).append(last);
        System.out.println("trained parameters: " + count(last) + " of " + count(net));
        System.out.printf(Locale.ROOT, "accuracy on 5 to 9 before: %.4f%n", accuracy(net, digits(5)));
        train(net, new Adam(last.parameters(), 1e-2), digits(5), 40);
        System.out.printf(Locale.ROOT, "accuracy on 5 to 9 after: %.4f%n", accuracy(net, digits(5)));

        Path tuned = file.resolveSibling("fine-tuned.pt");
        TorchFile.save(tuned, net.stateDict());
        System.out.println("wrote " + tuned);
        TorchFile.loadStateDict(tuned)
                .forEach((name, tensor) -> System.out.println(
                        "  " + name + (tensor.equal(state.get(name)) ? " as it was" : " is new")));
    }

    private static Sequential network() {
        return new Sequential(
                new Flatten(), new Linear(64, 128), new ReLU(), new Linear(128, 64), new ReLU(), new Linear(64, 5));
    }

    /** The images of five digits, and which of them each shows, 0 to 4. */
    private static TensorDataset digits(int first) {
        TensorDataset all = Datasets.digits();
        long[] labels = all.targets().toLongArray();
        long[] wanted = IntStream.range(0, labels.length)
                .filter(i -> labels[i] >= first && labels[i] < first + 5)
                .asLongStream()
                .toArray();
        long[] shown = Arrays.stream(wanted).map(i -> labels[(int) i] - first).toArray();
        return new TensorDataset(
                all.inputs().to(Ondol.defaultDevice()).indexSelect(0, Tensor.tensor(wanted)), Tensor.tensor(shown));
    }

    private static void train(Sequential net, Adam optimizer, Dataset<Sample> samples, int epochs) {
        CrossEntropyLoss lossFunction = new CrossEntropyLoss();
        DataLoader<Batch> loader = DataLoader.of(samples).batchSize(32).shuffle(new Generator(1));
        for (int epoch = 0; epoch < epochs; epoch++) {
            for (Batch batch : loader) {
                lossFunction.forward(net.forward(batch.input()), batch.target()).backward();
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
    }

    private static double accuracy(Sequential net, TensorDataset samples) {
        Tensor logits = Autograd.noGrad(() -> net.forward(samples.inputs()));
        return (double) logits.argmax(1).eq(samples.targets()).sum().itemLong() / samples.size();
    }

    private static long count(ondol.nn.Module module) {
        return module.parameters().stream().mapToLong(Tensor::numel).sum();
    }
}
