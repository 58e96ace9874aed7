package org.example;

import java.util.List;
import java.util.Locale;
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
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.nn.Sigmoid;
import ondol.optim.Adam;

/**
 * An autoencoder: a network that squeezes the 64 pixels of a handwritten digit through 8 numbers, and makes the digit of
 * them again.
 *
 * <p>Prints the mean square error of a pixel, on digits that it learns from and on others, beside that of the mean picture;
 * then one of the others, and what came out. Takes about two seconds.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda]}
 */
public final class Autoencoder {
    private static final int EPOCHS = 20;
    private static final int CODE = 8;

    private Autoencoder() {}

    public static void main(String[] args) {
        Device device = device(args);
        Ondol.setDefaultDevice(device);
        Ondol.manualSeed(1);
        List<Dataset<Sample>> parts = Datasets.digits().to(device).randomSplit(new Generator(1), 0.8, 0.2);
        DataLoader<Batch> train = DataLoader.of(parts.get(0)).batchSize(32).shuffle(new Generator(2));
        Tensor unseen = all(parts.get(1));

        Sequential encoder = new Sequential(new Linear(64, 64), new ReLU(), new Linear(64, CODE));
        Sequential decoder = new Sequential(new Linear(CODE, 64), new ReLU(), new Linear(64, 64), new Sigmoid());
        Sequential net = new Sequential(encoder, decoder);
        MSELoss lossFunction = new MSELoss();
        Adam optimizer = new Adam(net.parameters(), 3e-3);

        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            double lossSum = 0;
            for (Batch batch : train) {
                Tensor pixels = batch.input().flatten(1, -1);
                Tensor loss = lossFunction.forward(net.forward(pixels), pixels);
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                lossSum += loss.item() * batch.size();
            }
            if (epoch % 4 == 0) {
                Tensor again = Autograd.noGrad(() -> net.forward(unseen));
                System.out.printf(
                        Locale.ROOT,
                        "epoch %2d  train error %.4f  test error %.4f%n",
                        epoch,
                        lossSum / train.samples(),
                        lossFunction.forward(again, unseen).item());
            }
        }
        Tensor mean = all(parts.get(0)).mean(0);
        System.out.printf(
                Locale.ROOT,
                "the mean picture for every digit: test error %.4f%n",
                unseen.sub(mean).square().mean().item());

        Tensor digit = unseen.select(0, 0);
        Tensor code = Autograd.noGrad(() -> encoder.forward(digit));
        Tensor again = Autograd.noGrad(() -> decoder.forward(code));
        System.out.println("\na digit             " + CODE + " numbers later");
        print(digit, again);
    }

    /** The pixels of all images [N, 64]. */
    private static Tensor all(Dataset<Sample> samples) {
        return DataLoader.of(samples)
                .batchSize(samples.size())
                .iterator()
                .next()
                .input()
                .flatten(1, -1);
    }

    /** Two pictures of 8 x 8 pixels beside each other; the darker a pixel, the more ink. */
    private static void print(Tensor left, Tensor right) {
        float[][] pictures = {left.toFloatArray(), right.toFloatArray()};
        for (int y = 0; y < 8; y++) {
            StringBuilder line = new StringBuilder();
            for (float[] pixels : pictures) {
                for (int x = 0; x < 8; x++) {
                    char ink = " .:-=+*#%@".charAt(Math.round(9 * pixels[y * 8 + x]));
                    line.append(ink).append(ink);
                }
                line.append("    ");
            }
            System.out.println(line.toString().stripTrailing());
        }
    }

    private static Device device(String[] args) {
        if (args.length == 0) {
            return Device.CPU;
        }
        if (args.length == 2 && args[0].equals("--device")) {
            return Device.of(args[1]);
        }
        throw new IllegalArgumentException("usage: Autoencoder [--device cpu|opencl|cuda]");
    }
}
