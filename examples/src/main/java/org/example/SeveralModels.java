package org.example;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.Dataset;
import ondol.data.Sample;
import ondol.datasets.Datasets;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Flatten;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * Four networks of different sizes and learning rates, trained on the handwritten digits: one after the other, and then all
 * at once, each on a thread of its own. The results are the same to the last bit, since everything random comes from a
 * generator that no other thread uses.
 *
 * <p>Prints each network's accuracy on digits that were kept aside, whether its weights are the same both times, and how
 * long each way took. Takes about two seconds.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda]}
 */
public final class SeveralModels {
    private static final int EPOCHS = 6;
    private static final List<Setting> SETTINGS =
            List.of(new Setting(16, 1e-2), new Setting(32, 5e-3), new Setting(64, 2e-3), new Setting(128, 1e-3));

    private SeveralModels() {}

    /** The setting that tells one network from another. */
    private record Setting(int hidden, double lr) {}

    public static void main(String[] args) throws InterruptedException, ExecutionException {
        Device device = device(args);
        Ondol.setDefaultDevice(device);
        List<Dataset<Sample>> parts = Datasets.digits().to(device).randomSplit(new Generator(1), 0.8, 0.2);

        long start = System.nanoTime();
        List<Sequential> oneByOne = networks();
        for (int i = 0; i < oneByOne.size(); i++) {
            train(oneByOne.get(i), SETTINGS.get(i), parts.get(0));
        }
        double sequential = (System.nanoTime() - start) * 1e-9;

        start = System.nanoTime();
        List<Sequential> atOnce = networks();
        List<Callable<Void>> work = new ArrayList<>();
        for (int i = 0; i < atOnce.size(); i++) {
            Sequential net = atOnce.get(i);
            Setting setting = SETTINGS.get(i);
            work.add(() -> {
                train(net, setting, parts.get(0));
                return null;
            });
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(work.size())) {
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get(); // throws what the training threw
            }
        }
        double parallel = (System.nanoTime() - start) * 1e-9;

        for (int i = 0; i < SETTINGS.size(); i++) {
            System.out.printf(
                    Locale.ROOT,
                    "hidden %3d  lr %.3f  test accuracy %.4f  same weights: %b%n",
                    SETTINGS.get(i).hidden,
                    SETTINGS.get(i).lr,
                    accuracy(atOnce.get(i), parts.get(1)),
                    areSame(oneByOne.get(i), atOnce.get(i)));
        }
        System.out.printf(Locale.ROOT, "one after the other %.1f s, at once %.1f s%n", sequential, parallel);
    }

    /**
     * New networks. First weights come from the generator that all threads share, so they are drawn here, by one thread.
     */
    private static List<Sequential> networks() {
        Ondol.manualSeed(1);
        return SETTINGS.stream()
                .map(s -> new Sequential(new Flatten(), new Linear(64, s.hidden), new ReLU(), new Linear(s.hidden, 10)))
                .toList();
    }

    private static void train(Sequential net, Setting setting, Dataset<Sample> samples) {
        CrossEntropyLoss lossFunction = new CrossEntropyLoss();
        Adam optimizer = new Adam(net.parameters(), setting.lr);
        DataLoader<Batch> loader = DataLoader.of(samples).batchSize(32).shuffle(new Generator(2));
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

    private static boolean areSame(Sequential one, Sequential other) {
        return one.stateDict().entrySet().stream()
                .allMatch(e -> Arrays.equals(
                        e.getValue().toFloatArray(),
                        other.stateDict().get(e.getKey()).toFloatArray()));
    }

    private static Device device(String[] args) {
        if (args.length == 0) {
            return Device.CPU;
        }
        if (args.length == 2 && args[0].equals("--device")) {
            return Device.of(args[1]);
        }
        throw new IllegalArgumentException("usage: SeveralModels [--device cpu|opencl|cuda]");
    }
}
