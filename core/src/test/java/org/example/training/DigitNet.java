package org.example.training;

import ondol.Tensor;
import ondol.nn.BatchNorm2d;
import ondol.nn.Conv2d;
import ondol.nn.Flatten;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MaxPool2d;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.op.ConvOptions;

/** Tells the digit on an image of 8 x 8 pixels: from images [N, 1, 8, 8] to the logits of the ten digits [N, 10]. */
public final class DigitNet extends Layer {
    private final Sequential features = register(
            "features",
            new Sequential(
                    block(1, 16),
                    block(16, 32),
                    new MaxPool2d(2), // [N, 32, 4, 4]
                    block(32, 64),
                    new MaxPool2d(2), // [N, 64, 2, 2]
                    new Flatten()));
    private final Linear classifier = register("classifier", new Linear(64 * 2 * 2, 10));

    private static Sequential block(int in, int out) {
        return new Sequential(
                new Conv2d(in, out, 3, new ConvOptions().padding(1).bias(false)), new BatchNorm2d(out), new ReLU());
    }

    @Override
    public Tensor forward(Tensor images) {
        return classifier.forward(features.forward(images));
    }
}
