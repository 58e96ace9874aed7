package ondol.benchmarks;

import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import ondol.DType;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * A small training from beginning to end, in the process that was started for it: a classifier 64-128-64-10 learns
 * handwritten digits in 55 epochs, 1,265 steps. {@code ondol bench --first-seconds} starts one after another.
 * benchmarks/pytorch/first_seconds.py is the same in Python.
 */
public final class FirstSeconds {
    private static final int EPOCHS = 55;
    private static final int BATCH = 64;
    private static final int PIXELS = 64;
    private static final int DIGITS = 1797;
    private static final double LEAST_ACCURACY = 0.9;

    private FirstSeconds() {}

    /**
     * Trains. Prints the mean step in microseconds in the first half second of the training, in its first, second, third
     * and last second, each NaN if the training did not last so long; then the share of the digits kept aside that are
     * recognised, and the process's largest memory in MB, NaN where the system does not tell.
     *
     * @param args the device; for how many seconds to train on, at least: 0 for the 55 epochs alone
     */
    public static void main(String[] args) throws IOException {
        double least = Double.parseDouble(args[1]);
        System.setProperty("ondol.cpu.threads", Integer.toString(EngineBenchmark.threads()));
        Ondol.setDefaultDevice(Device.of(args[0]));
        Ondol.manualSeed(1);
        Generator shuffler = new Generator(1);
        float[] pixels = new float[DIGITS * PIXELS];
        long[] labels = new long[DIGITS];
        read(pixels, labels);
        Tensor allPixels = Tensor.tensor(pixels).reshape(-1, PIXELS);
        Tensor allLabels = Tensor.tensor(labels);
        Tensor learnt = Tensor.tensor(digits(false));
        Tensor aside = Tensor.tensor(digits(true));
        Tensor x = allPixels.indexSelect(0, learnt);
        Tensor y = allLabels.indexSelect(0, learnt);
        int n = (int) x.size(0);

        Sequential net = new Sequential(
                new Linear(PIXELS, 128), new ReLU(), new Linear(128, 64), new ReLU(), new Linear(64, 10));
        CrossEntropyLoss lossFunction = new CrossEntropyLoss();
        Adam optimizer = new Adam(net.parameters(), 1e-3);
        double[] done = new double[1 << 16]; // seconds since the training began, for each step
        int steps = 0;
        long begin = System.nanoTime();
        for (int epoch = 0; epoch < EPOCHS || done[steps - 1] < least; epoch++) {
            for (Tensor batch : Tensor.tensor(shuffler.permutation(n)).split(BATCH, 0)) {
                Tensor loss = lossFunction.forward(net.forward(x.indexSelect(0, batch)), y.indexSelect(0, batch));
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                if (steps == done.length) {
                    done = Arrays.copyOf(done, 2 * steps);
                }
                done[steps++] = (System.nanoTime() - begin) / 1e9;
            }
        }

        net.eval();
        double accuracy;
        try (var off = Autograd.noGrad()) {
            Tensor right =
                    net.forward(allPixels.indexSelect(0, aside)).argmax(1).eq(allLabels.indexSelect(0, aside));
            accuracy = right.to(DType.FLOAT32).mean().item();
        }
        if (!(accuracy >= LEAST_ACCURACY)) {
            throw new WrongResult(
                    "the training is wrong, so it is not timed: " + accuracy + " of the digits are recognised");
        }
        double end = done[steps - 1];
        double[] results = {
            step(done, steps, 0, 0.5),
            step(done, steps, 0, 1),
            step(done, steps, 1, 2),
            step(done, steps, 2, 3),
            step(done, steps, end - 1, end),
            accuracy,
            largestMemory()
        };
        // Nothing that takes the JVM long the first time: this is part of what is timed.
        StringBuilder line = new StringBuilder("[first]");
        for (double result : results) {
            line.append(' ').append(result);
        }
        System.out.println(line);
    }

    /** The mean of the steps that ended after {@code from} and by {@code to}, in microseconds; NaN if there is not all of it. */
    private static double step(double[] done, int steps, double from, double to) {
        int count = 0;
        for (int i = 0; i < steps; i++) {
            count += done[i] > from && done[i] <= to ? 1 : 0;
        }
        return count > 0 && from >= 0 && to <= done[steps - 1] ? (to - from) / count * 1e6 : Double.NaN;
    }

    /** Every fifth digit is kept aside. */
    private static long[] digits(boolean aside) {
        long[] places = new long[DIGITS];
        int n = 0;
        for (int i = 0; i < DIGITS; i++) {
            if (i % 5 == 0 == aside) {
                places[n++] = i;
            }
        }
        return Arrays.copyOf(places, n);
    }

    /** Rows of 64 pixels and a label. */
    private static void read(float[] pixels, long[] labels) throws IOException {
        byte[] text;
        try (InputStream in = FirstSeconds.class.getResourceAsStream("digits.csv.gz")) {
            text = new GZIPInputStream(in).readAllBytes();
        }
        int at = 0;
        for (int row = 0; row < DIGITS; row++) {
            for (int column = 0; column <= PIXELS; column++) {
                int value = 0;
                for (; text[at] >= '0'; at++) {
                    value = 10 * value + text[at] - '0';
                }
                at++; // a comma, or the line's end
                if (column < PIXELS) {
                    pixels[row * PIXELS + column] = value;
                } else {
                    labels[row] = value;
                }
            }
        }
    }

    /** The most memory that the process has had, in MB; NaN where there is no Linux. */
    private static double largestMemory() {
        try (BufferedReader lines = new BufferedReader(new FileReader("/proc/self/status", StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("VmHWM:")) {
                    return Integer.parseInt(line.substring("VmHWM:".length(), line.length() - "kB".length())
                                    .strip())
                            / 1024.0;
                }
            }
        } catch (IOException e) {
            // not Linux
        }
        return Double.NaN;
    }
}
