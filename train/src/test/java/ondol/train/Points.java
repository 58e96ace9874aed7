package ondol.train;

import java.util.stream.LongStream;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.TensorDataset;
import ondol.nn.Dropout;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;

/** A small task with everything in it that a resumed training has to get right: order, dropout, momentum. */
final class Points {
    private Points() {}

    /** 60 points in 3 classes around the corners of a triangle. */
    static TensorDataset points() {
        Generator random = new Generator(11);
        Tensor classes = Tensor.tensor(LongStream.range(0, 60).map(i -> i % 3).toArray());
        Tensor corners = Tensor.tensor(new float[][] {{0, 0}, {2, 0}, {0, 2}});
        return new TensorDataset(
                corners.indexSelect(0, classes).add(Tensor.randn(random, 60, 2).mul(0.4)), classes);
    }

    static Sequential net() {
        Ondol.manualSeed(5);
        return new Sequential(new Linear(2, 8), new ReLU(), new Dropout(0.1), new Linear(8, 3));
    }

    static DataLoader<Batch> loader(int batchSize) {
        return DataLoader.of(points()).batchSize(batchSize).shuffle(new Generator(3));
    }

    static DataLoader<Batch> validation() {
        return DataLoader.of(points()).batchSize(16);
    }
}
