package com.example;

import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.data.DataLoader;
import ondol.data.TensorDataset;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import ondol.train.Metrics;
import ondol.train.Trainer;

/** Learns to tell three kinds of flowers, made up here, by the length and the width of a petal. */
public final class Flowers {
    private Flowers() {}

    /** The lengths and widths in centimetres, and the kinds: 0, 1 or 2. */
    static TensorDataset flowers(int perKind, Generator random) {
        Tensor means = Tensor.tensor(new float[][] {{1.5f, 0.3f}, {4.3f, 1.3f}, {5.6f, 2.0f}});
        Tensor kinds = Tensor.arange(3).unsqueeze(1).expand(3, perKind).reshape(-1);
        Tensor noise = Tensor.randn(random, 3L * perKind, 2).mul(0.25);
        return new TensorDataset(means.indexSelect(0, kinds).add(noise), kinds);
    }

    /** A network that has learnt. */
    static Sequential train() {
        Ondol.manualSeed(1);
        Sequential net = new Sequential(new Linear(2, 16), new ReLU(), new Linear(16, 3));
        Trainer trainer = new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 0.02))
                .metrics(Metrics.accuracy());
        Generator random = new Generator(2);
        System.out.println(trainer.fit(
                DataLoader.of(flowers(100, random)).batchSize(32).shuffle(random),
                DataLoader.of(flowers(30, random)).batchSize(90),
                30));
        return net;
    }

    /** Trains, and asks about one flower. */
    public static void main(String[] args) {
        Sequential net = train();
        Tensor petal = Tensor.tensor(new float[][] {{4.1f, 1.2f}});
        System.out.println("A petal of 4.1 by 1.2 cm: kind " + net.forward(petal).argmax(1).itemLong());
    }
}
