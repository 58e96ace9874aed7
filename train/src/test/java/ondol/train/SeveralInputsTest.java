package ondol.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.TensorDataset;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Embedding;
import ondol.nn.LSTM;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.Module;
import ondol.op.RecurrenceOptions;
import ondol.optim.Adam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that are no layers. */
class SeveralInputsTest {
    @TempDir
    private Path folder;

    /** A module of two inputs, one of which says which row of the other counts how much. */
    private static final class Weighed extends Module {
        private final Linear linear = register("linear", new Linear(2, 3));

        Tensor call(Tensor x, Tensor shares) {
            return linear.call(x.mul(shares));
        }
    }

    @Test
    void severalInputs() throws IOException {
        TensorDataset points = Points.points();
        Tensor shares = Tensor.rand(new Generator(2), 60, 1);
        TensorDataset two = new TensorDataset(List.of(points.inputs(), shares), points.targets());
        Ondol.manualSeed(5);
        Weighed net = new Weighed();
        Trainer trainer = new Trainer(
                        net,
                        inputs -> net.call(inputs.get(0), inputs.get(1)),
                        new CrossEntropyLoss(),
                        new Adam(net.parameters(), 0.01))
                .metrics(Metrics.accuracy())
                .checkpoints(folder);
        DataLoader<Batch> loader =
                DataLoader.of(two).batchSize(16).shuffle(new Generator(3)).device(Device.CPU);
        History history = trainer.fit(loader, DataLoader.of(two).batchSize(16), 5);
        assertEquals(net, trainer.net());
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> trainer.predict(points.inputs()));
        assertEquals(
                "Trainer.predict: the network asks for input 1, counted from 0, and the number of inputs is 1; give all"
                        + " that it takes, as predict(a, b), or as a TensorDataset of List.of(a, b)",
                e.getMessage());

        // The same with the product made beforehand.
        Ondol.manualSeed(5);
        Layer one = new Linear(2, 3);
        TensorDataset products = new TensorDataset(points.inputs().mul(shares), points.targets());
        Trainer plain =
                new Trainer(one, new CrossEntropyLoss(), new Adam(one.parameters(), 0.01)).metrics(Metrics.accuracy());
        History expected = plain.fit(
                DataLoader.of(products).batchSize(16).shuffle(new Generator(3)),
                DataLoader.of(products).batchSize(16),
                5);
        assertArrayEquals(expected.scores("val_loss"), history.scores("val_loss"));
        assertArrayEquals(expected.scores("val_accuracy"), history.scores("val_accuracy"));
        float[] answers = plain.predict(products.inputs()).toFloatArray();
        assertArrayEquals(answers, trainer.predict(points.inputs(), shares).toFloatArray());
        assertArrayEquals(
                answers, trainer.predict(DataLoader.of(two).batchSize(7)).toFloatArray());

        String message = assertThrows(IllegalArgumentException.class, () -> plain.evaluate(DataLoader.of(two)))
                .getMessage();
        assertEquals(
                "Trainer: there are 2 inputs, and a Layer takes one; give the Trainer a function of the inputs",
                message);
    }

    /** Reads sequences of different lengths to their ends. */
    private static final class Reader extends Module {
        private final Embedding embedding = register("embedding", new Embedding(5, 8));
        private final LSTM lstm = register("lstm", new LSTM(8, 16, new RecurrenceOptions().batchFirst(true)));
        private final Linear head = register("head", new Linear(16, 2));

        Tensor call(Tensor words, Tensor lengths) {
            Tensor last =
                    lstm.call(embedding.call(words), null, null, lengths).hn().select(0, 0);
            return head.call(last);
        }
    }

    /** Whether word 0 is in a sequence: behind its end it does not count. The training is resumed half-way. */
    @Test
    void sequencesOfDifferentLengths() throws IOException {
        int samples = 200;
        int longest = 6;
        Generator random = new Generator(4);
        long[] words = new long[samples * longest];
        long[] lengths = new long[samples];
        long[] found = new long[samples];
        for (int i = 0; i < samples; i++) {
            lengths[i] = 1 + random.random32() % longest;
            for (int j = 0; j < longest; j++) {
                words[i * longest + j] = random.random32() % 5;
                found[i] |= j < lengths[i] && words[i * longest + j] == 0 ? 1 : 0;
            }
        }
        TensorDataset data = new TensorDataset(
                List.of(Tensor.tensor(words).reshape(samples, longest), Tensor.tensor(lengths)), Tensor.tensor(found));
        Tensor whole = learn(data, folder.resolve("whole"), 30);
        learn(data, folder.resolve("parts"), 15);
        assertArrayEquals(
                whole.toFloatArray(), learn(data, folder.resolve("parts"), 30).toFloatArray());
        long[] answers = whole.argmax(1).toLongArray();
        int right = 0;
        for (int i = 0; i < samples; i++) {
            right += answers[i] == found[i] ? 1 : 0;
        }
        assertTrue(right > 0.97 * samples, right + " of " + samples);
    }

    private static Tensor learn(TensorDataset data, Path checkpoints, int epochs) throws IOException {
        Ondol.manualSeed(6);
        Reader net = new Reader();
        Trainer trainer = new Trainer(
                        net,
                        inputs -> net.call(inputs.get(0), inputs.get(1)),
                        new CrossEntropyLoss(),
                        new Adam(net.parameters(), 0.01))
                .checkpoints(checkpoints);
        DataLoader<Batch> loader = DataLoader.of(data).batchSize(20).shuffle(new Generator(1));
        trainer.resume(loader);
        trainer.fit(loader, null, epochs);
        return trainer.predict(DataLoader.of(data).batchSize(50));
    }
}
