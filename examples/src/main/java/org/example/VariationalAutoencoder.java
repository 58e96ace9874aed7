package org.example;

import java.util.Locale;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Reduction;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.TensorDataset;
import ondol.datasets.Datasets;
import ondol.nn.BCEWithLogitsLoss;
import ondol.nn.Linear;
import ondol.nn.Module;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * A conditional variational autoencoder (Kingma and Welling, 2013; Sohn et al., 2015) that writes digits: told which one,
 * it makes a picture of random numbers.
 *
 * <p>Prints the two parts of the loss, how far the pictures are from the originals and how far the codes are from random
 * numbers; then ten new digits, and for each of them the digit whose mean picture is the most similar. Takes about three
 * seconds.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda]}
 */
public final class VariationalAutoencoder {
    private static final int EPOCHS = 30;
    private static final int CODE = 4;

    private VariationalAutoencoder() {}

    /**
     * The network's answers for pictures: the logits of their pixels [N, 64], and the normal distributions of their codes
     * [N, CODE].
     */
    private record Answer(Tensor logits, Tensor mean, Tensor logVariance) {}

    private static final class Net extends Module {
        private final Sequential encoder =
                register("encoder", new Sequential(new Linear(64 + 10, 128), new ReLU(), new Linear(128, 2 * CODE)));
        private final Sequential decoder =
                register("decoder", new Sequential(new Linear(CODE + 10, 128), new ReLU(), new Linear(128, 64)));

        /**
         * Draws a code for each picture, and decodes it.
         *
         * @param pixels [N, 64], 0 to 1
         * @param digits which digits they are [N, 10], one-hot
         */
        Answer forward(Tensor pixels, Tensor digits) {
            Tensor encoded = encoder.forward(Tensor.cat(1, pixels, digits));
            Tensor mean = encoded.slice(1, 0, CODE);
            Tensor logVariance = encoded.slice(1, CODE, 2 * CODE);
            Tensor code = mean.add(logVariance.mul(0.5).exp().mul(Tensor.randnLike(mean)));
            return new Answer(decode(code, digits), mean, logVariance);
        }

        Tensor decode(Tensor code, Tensor digits) {
            return decoder.forward(Tensor.cat(1, code, digits));
        }
    }

    public static void main(String[] args) {
        Device device = device(args);
        Ondol.setDefaultDevice(device);
        Ondol.manualSeed(1);
        TensorDataset images = Datasets.digits().to(device);
        TensorDataset digits = new TensorDataset(images.inputs().flatten(1, -1), oneHot(images.targets()));
        DataLoader<Batch> loader = DataLoader.of(digits).batchSize(64).shuffle(new Generator(1));

        Net net = new Net();
        BCEWithLogitsLoss pixelLoss = new BCEWithLogitsLoss(Reduction.SUM);
        Adam optimizer = new Adam(net.parameters(), 3e-3);
        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            double pictureSum = 0;
            double codeSum = 0;
            for (Batch batch : loader) {
                Answer answer = net.forward(batch.input(), batch.target());
                Tensor picture = pixelLoss.forward(answer.logits(), batch.input());
                Tensor code = divergence(answer.mean(), answer.logVariance());
                Tensor loss = picture.add(code).div(batch.size());
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                pictureSum += picture.item();
                codeSum += code.item();
            }
            if (epoch % 5 == 0) {
                System.out.printf(
                        Locale.ROOT,
                        "epoch %2d  loss %.3f = pictures %.3f + codes %.3f%n",
                        epoch,
                        (pictureSum + codeSum) / loader.samples(),
                        pictureSum / loader.samples(),
                        codeSum / loader.samples());
            }
        }

        Tensor wanted = Tensor.arange(10);
        Tensor written = Autograd.noGrad(
                () -> net.decode(Tensor.randn(10, CODE), oneHot(wanted)).sigmoid());
        System.out.println("\ndigits that nobody wrote:");
        print(written.slice(0, 0, 5));
        System.out.println();
        print(written.slice(0, 5, 10));
        StringBuilder read = new StringBuilder("read as:");
        for (long digit : nearest(written, meanPictures(digits)).toLongArray()) {
            read.append(' ').append(digit);
        }
        System.out.println(read);
    }

    /**
     * The Kullback-Leibler divergence of normal distributions from the standard one: {@code sum(m^2 + v - 1 - log v) / 2}.
     */
    private static Tensor divergence(Tensor mean, Tensor logVariance) {
        return mean.square()
                .add(logVariance.exp())
                .sub(1)
                .sub(logVariance)
                .sum()
                .mul(0.5);
    }

    private static Tensor oneHot(Tensor digits) {
        return Tensor.eye(10).indexSelect(0, digits);
    }

    /** The mean of each digit's pictures [10, 64]. */
    private static Tensor meanPictures(TensorDataset digits) {
        Tensor counts = digits.targets().sum(0).unsqueeze(1);
        return digits.targets().t().matmul(digits.inputs()).div(counts);
    }

    /** For each picture [N, 64] the number of the most similar one of others [M, 64]. */
    private static Tensor nearest(Tensor pictures, Tensor others) {
        return pictures.unsqueeze(1).sub(others).square().sum(2).argmin(1);
    }

    /** Pictures of 8 x 8 pixels beside each other; the darker a pixel, the more ink. */
    private static void print(Tensor pictures) {
        float[] pixels = pictures.toFloatArray();
        for (int y = 0; y < 8; y++) {
            StringBuilder line = new StringBuilder();
            for (int picture = 0; picture < pixels.length / 64; picture++) {
                for (int x = 0; x < 8; x++) {
                    char ink = " .:-=+*#%@".charAt(Math.round(9 * pixels[picture * 64 + y * 8 + x]));
                    line.append(ink).append(ink);
                }
                line.append("  ");
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
        throw new IllegalArgumentException("usage: VariationalAutoencoder [--device cpu|opencl|cuda]");
    }
}
