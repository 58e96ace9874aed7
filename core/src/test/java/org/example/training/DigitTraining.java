package org.example.training;

import java.util.List;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import ondol.DType;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.CrossEntropyLoss;
import ondol.optim.Adam;

/** {@link DigitNet} learns 1,437 handwritten digits. Every fifth of the 1,797 is kept aside, for {@link #error}. */
public final class DigitTraining implements Training {
    private static final int PIXELS = 8 * 8;
    private static final int BATCH = 64;

    private final DigitNet net;
    private final CrossEntropyLoss lossFunction = new CrossEntropyLoss();
    private final Adam optimizer;
    private final Digits learnt;
    private final Digits aside;
    private final Batches batches;

    /** Images [N, 1, 8, 8], white is 0 and black is 1, and what they show [N]. */
    private record Digits(Tensor images, Tensor labels) {
        static Digits read() {
            List<String> lines = Resources.text("digits.csv.gz").lines().toList();
            float[] pixels = new float[lines.size() * PIXELS];
            long[] labels = new long[lines.size()];
            for (int i = 0; i < labels.length; i++) {
                String[] numbers = lines.get(i).split(",");
                for (int j = 0; j < PIXELS; j++) {
                    pixels[i * PIXELS + j] = Float.parseFloat(numbers[j]) / 16;
                }
                labels[i] = Long.parseLong(numbers[PIXELS]);
            }
            return new Digits(Tensor.tensor(pixels).reshape(-1, 1, 8, 8), Tensor.tensor(labels));
        }

        Digits select(Tensor numbers) {
            return new Digits(images.indexSelect(0, numbers), labels.indexSelect(0, numbers));
        }

        Digits select(LongPredicate wanted) {
            return select(
                    Tensor.tensor(LongStream.range(0, size()).filter(wanted).toArray()));
        }

        long size() {
            return labels.size(0);
        }
    }

    /** A new network on the default device. */
    public DigitTraining() {
        Ondol.manualSeed(1);
        net = new DigitNet();
        optimizer = new Adam(net.parameters(), 2e-3);
        Digits all = Digits.read();
        learnt = all.select(number -> number % 5 != 0);
        aside = all.select(number -> number % 5 == 0);
        batches = new Batches(learnt.size(), BATCH);
    }

    @Override
    public DigitNet network() {
        return net;
    }

    @Override
    public Adam optimizer() {
        return optimizer;
    }

    @Override
    public Tensor loss() {
        Digits batch = learnt.select(batches.next());
        return lossFunction.forward(net.forward(batch.images), batch.labels);
    }

    /** The share of the digits kept aside that the network takes for others. */
    @Override
    public double error() {
        return Autograd.noGrad(() -> {
            Tensor wrong = net.forward(aside.images).argmax(1).ne(aside.labels);
            return wrong.to(DType.FLOAT32).mean().item();
        });
    }
}
