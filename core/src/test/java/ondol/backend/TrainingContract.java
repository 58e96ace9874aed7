package ondol.backend;

import java.util.function.Supplier;
import ondol.Ondol;
import ondol.Reduction;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.AttentionMasks;
import ondol.nn.BatchNorm2d;
import ondol.nn.Conv2d;
import ondol.nn.Embedding;
import ondol.nn.Flatten;
import ondol.nn.LSTM;
import ondol.nn.Layer;
import ondol.nn.LayerNorm;
import ondol.nn.Linear;
import ondol.nn.MaxPool2d;
import ondol.nn.Module;
import ondol.nn.PositionalEncoding;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.nn.TransformerEncoder;
import ondol.nn.TransformerEncoderLayer;
import ondol.nn.TransformerOptions;
import ondol.op.ConvOptions;
import ondol.op.RecurrenceOptions;
import ondol.optim.Adam;
import org.junit.jupiter.api.Test;

/**
 * The first steps of three trainings - convolution, recurrence, attention - on a device and on the CPU in pure Java: the same
 * bits. A backend's module runs it with a subclass of one method.
 */
public abstract class TrainingContract extends SameBits {
    private static final int STEPS = 5;
    private static final int BATCH = 32;

    /** A network, and the loss of the next few examples. */
    private record Training(Module net, Supplier<Tensor> loss) {}

    /** Which examples come next. */
    private static Tensor next(Tensor examples) {
        return Tensor.randint(0, examples.size(0), BATCH);
    }

    @Test
    void convolution() {
        check(() -> {
            Sequential net = new Sequential(
                    block(1, 16),
                    block(16, 32),
                    new MaxPool2d(2),
                    block(32, 64),
                    new MaxPool2d(2),
                    new Flatten(),
                    new Linear(64 * 2 * 2, 10));
            Tensor images = Tensor.rand(100, 1, 8, 8);
            Tensor labels = Tensor.randint(0, 10, 100);
            return new Training(net, () -> {
                Tensor rows = next(images);
                Tensor logits = net.forward(images.indexSelect(0, rows));
                return logits.crossEntropy(labels.indexSelect(0, rows), Reduction.MEAN);
            });
        });
    }

    private static Sequential block(int in, int out) {
        return new Sequential(
                new Conv2d(in, out, 3, new ConvOptions().padding(1).bias(false)), new BatchNorm2d(out), new ReLU());
    }

    /** From a series [N, time] to its next value [N, 1]. */
    private static final class Forecast extends Layer {
        private final LSTM lstm = register("lstm", new LSTM(1, 32, new RecurrenceOptions().batchFirst(true)));
        private final Linear change = register("change", new Linear(32, 1));

        @Override
        public Tensor forward(Tensor series) {
            Tensor read = lstm.forward(series.unsqueeze(2)).output().select(1, -1);
            return series.slice(1, -1, Long.MAX_VALUE).add(change.forward(read));
        }
    }

    @Test
    void recurrence() {
        check(() -> {
            Forecast net = new Forecast();
            Tensor windows = Tensor.randn(200).cumsum(0).unfold(0, 15, 1);
            return new Training(net, () -> {
                Tensor batch = windows.indexSelect(0, next(windows));
                return net.forward(batch.slice(1, 0, 14)).mseLoss(batch.slice(1, 14, 15), Reduction.MEAN);
            });
        });
    }

    /** From numbers [N, time] to the logits of what comes after each of them [N, time, 50]. */
    private static final class Language extends Layer {
        private final Embedding embedding = register("embedding", new Embedding(50, 64));
        private final PositionalEncoding positions = register("positions", new PositionalEncoding(64, 32, true));
        private final TransformerEncoder blocks = register(
                "blocks",
                new TransformerEncoder(
                        new TransformerEncoderLayer(
                                64,
                                4,
                                new TransformerOptions()
                                        .dimFeedforward(256)
                                        .dropout(0)
                                        .activation(TransformerOptions.Activation.GELU)
                                        .batchFirst(true)
                                        .normFirst(true)),
                        2,
                        new LayerNorm(64)));
        private final Linear head = register("head", new Linear(64, 50));

        @Override
        public Tensor forward(Tensor numbers) {
            Tensor x = positions.forward(embedding.forward(numbers));
            return head.forward(blocks.forward(x, AttentionMasks.causal()));
        }
    }

    @Test
    void attention() {
        check(() -> {
            Language net = new Language();
            Tensor windows = Tensor.randint(0, 50, 500).unfold(0, 33, 1);
            return new Training(net, () -> {
                Tensor batch = windows.indexSelect(0, next(windows));
                Tensor logits = net.forward(batch.slice(1, 0, 32));
                return logits.flatten(0, 1).crossEntropy(batch.slice(1, 1, 33).flatten(), Reduction.MEAN);
            });
        });
    }

    private void check(Supplier<Training> fresh) {
        assertSameBits(() -> {
            Ondol.manualSeed(1);
            Training training = fresh.get();
            Adam optimizer = new Adam(training.net.parameters(), 3e-3);
            float[] losses = new float[STEPS + 1];
            for (int i = 0; i < STEPS; i++) {
                Tensor loss = training.loss.get();
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                losses[i] = (float) loss.item();
            }
            training.net.eval();
            losses[STEPS] = (float) Autograd.noGrad(training.loss).item();
            return results(losses, training.net.stateDict());
        });
    }
}
