package org.example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.TensorDataset;
import ondol.data.Vocabulary;
import ondol.nn.AttentionMasks;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Embedding;
import ondol.nn.Layer;
import ondol.nn.LayerNorm;
import ondol.nn.Linear;
import ondol.nn.PositionalEncoding;
import ondol.nn.TransformerEncoder;
import ondol.nn.TransformerEncoderLayer;
import ondol.nn.TransformerOptions;
import ondol.nn.TransformerOptions.Activation;
import ondol.optim.Adam;
import ondol.optim.scheduler.CosineAnnealingLR;

/**
 * A causal transformer that learns a text character by character, and then writes.
 *
 * <p>Prints the loss of each epoch, which begins near the logarithm of the number of characters; then a continuation that
 * takes the most probable character each time, which is the text learnt by heart, and one that draws characters by their
 * probability. Takes about ten seconds with its own text.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda] [--text FILE]}
 */
public final class CharacterTransformer {
    private static final int CONTEXT = 32;
    private static final int EPOCHS = 7;

    private static final String TEXT = """
            An ondol is a warm floor. In the old houses of Korea the kitchen lies lower than the rooms, \
            and its stove has two tasks: it cooks the rice, and it heats the house. The smoke does not \
            rise through a chimney above the stove. It turns aside, goes under the stone floor of one room \
            after another, leaves its heat in the stones, and comes out behind the house, cool and thin. \
            One fire in the evening keeps the floor warm until the morning. Nobody sees the fire from the \
            rooms. One takes off the shoes, sits down, and is warm.

            Learning is a walk downhill in fog. The network makes a guess, the loss says how wrong it was, \
            and the gradient says which way is down. Then every weight takes a small step, and the walk \
            begins again. Each step is simple, but there are many of them, and a small mistake in one rule \
            is carried along by all that follow.
            """;

    private CharacterTransformer() {}

    /**
     * From the numbers of characters [N, time], INT64, to the logits of what comes after each of them [N, time,
     * characters]. What it says at a place depends on that place and those before it.
     */
    private static final class Net extends Layer {
        private final Embedding embedding;
        private final PositionalEncoding positions;
        private final TransformerEncoder blocks;
        private final Linear head;

        Net(int characters, int features, int heads, int layers) {
            embedding = register("embedding", new Embedding(characters, features));
            positions = register("positions", new PositionalEncoding(features, CONTEXT, true));
            TransformerOptions options = new TransformerOptions()
                    .dimFeedforward(4L * features)
                    .dropout(0)
                    .activation(Activation.GELU)
                    .batchFirst(true)
                    .normFirst(true);
            TransformerEncoderLayer block = new TransformerEncoderLayer(features, heads, options);
            blocks = register("blocks", new TransformerEncoder(block, layers, new LayerNorm(features)));
            head = register("head", new Linear(features, characters));
        }

        @Override
        public Tensor forward(Tensor characters) {
            Tensor x = positions.forward(embedding.forward(characters));
            return head.forward(blocks.forward(x, AttentionMasks.causal()));
        }
    }

    /** What the arguments say; a message says what is wrong with them. */
    private record Options(Device device, String text) {
        static Options of(String... args) {
            Device device = Ondol.defaultDevice();
            String text = TEXT;
            for (int i = 0; i < args.length; i += 2) {
                if (i + 1 < args.length && args[i].equals("--device")) {
                    device = Device.of(args[i + 1]);
                } else if (i + 1 < args.length && args[i].equals("--text")) {
                    text = read(args[i + 1]);
                } else {
                    throw new IllegalArgumentException(
                            "usage: CharacterTransformer [--device cpu|opencl|cuda] [--text FILE]");
                }
            }
            return new Options(device, text);
        }

        private static String read(String file) {
            String text;
            try {
                text = Files.readString(Path.of(file));
            } catch (NoSuchFileException e) {
                throw new IllegalArgumentException("--text " + file + ": there is no such file", e);
            } catch (IOException | InvalidPathException e) {
                throw new IllegalArgumentException("--text " + file + ": it cannot be read as UTF-8, " + e, e);
            }
            if (text.length() <= CONTEXT) {
                throw new IllegalArgumentException("--text " + file + ": it has " + text.length()
                        + " characters; give more than " + CONTEXT + ", which are looked at together");
            }
            return text;
        }
    }

    public static void main(String[] args) {
        Options options;
        try {
            options = Options.of(args);
        } catch (IllegalArgumentException | IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Ondol.setDefaultDevice(options.device);
        String text = options.text;
        Ondol.manualSeed(1);

        // Every piece of CONTEXT characters, and the same piece one character later: what is to be said at each place.
        Vocabulary vocabulary = new Vocabulary(text);
        Tensor pieces = vocabulary.encode(text).to(Ondol.defaultDevice()).unfold(0, CONTEXT + 1, 1);
        TensorDataset data = new TensorDataset(pieces.slice(1, 0, CONTEXT), pieces.slice(1, 1, CONTEXT + 1));
        DataLoader<Batch> loader = DataLoader.of(data).batchSize(16).shuffle(new Generator(1));

        Net net = new Net(vocabulary.size(), 64, 4, 2);
        CrossEntropyLoss lossFunction = new CrossEntropyLoss();
        Adam optimizer = new Adam(net.parameters(), 4e-3);
        CosineAnnealingLR schedule = new CosineAnnealingLR(optimizer, EPOCHS * loader.size());
        System.out.printf("%d characters, %d different ones%n", text.length(), vocabulary.size());
        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            double lossSum = 0;
            for (Batch batch : loader) {
                Tensor logits = net.forward(batch.input());
                Tensor loss = lossFunction.forward(
                        logits.flatten(0, 1), batch.target().flatten());
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                schedule.step();
                lossSum += loss.item() * batch.size();
            }
            System.out.printf(Locale.ROOT, "epoch %d  loss %.4f%n", epoch, lossSum / loader.samples());
        }

        net.eval();
        String beginning = text.substring(0, Math.min(CONTEXT, text.length()));
        System.out.println("\nmost probable: " + beginning + write(net, vocabulary, beginning, 120, 0));
        System.out.println("\ndrawn:         " + beginning + write(net, vocabulary, beginning, 120, 1));
    }

    /**
     * The text that the network writes after a beginning.
     *
     * @param temperature 0 takes the most probable character each time; above, characters are drawn, the more evenly the
     *     higher it is
     */
    private static String write(Net net, Vocabulary vocabulary, String beginning, int characters, double temperature) {
        StringBuilder written = new StringBuilder(beginning);
        try (var _ = Autograd.noGrad()) {
            while (written.length() < beginning.length() + characters) {
                String seen = written.substring(Math.max(0, written.length() - CONTEXT));
                Tensor input = vocabulary.encode(seen).to(Ondol.defaultDevice()).unsqueeze(0);
                Tensor logits = net.forward(input).select(1, -1).squeeze(0); // of what comes after the last character
                Tensor next = temperature == 0
                        ? logits.argmax()
                        : draw(logits.div(temperature).softmax(0));
                written.append(vocabulary.decode(next));
            }
        }
        return written.substring(beginning.length());
    }

    /**
     * One number, each as often as its probability says: the first up to which the probabilities add up to more than
     * chance.
     */
    private static Tensor draw(Tensor probabilities) {
        Tensor sums = probabilities.cumsum(0);
        Tensor chance = Tensor.rand(1).mul(sums.select(0, -1));
        return sums.le(chance).sum().clamp(0L, sums.numel() - 1);
    }
}
