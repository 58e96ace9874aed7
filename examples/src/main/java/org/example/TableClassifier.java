package org.example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.Table;
import ondol.data.TableEncoder;
import ondol.datasets.Datasets;
import ondol.io.Safetensors;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import ondol.train.Metrics;
import ondol.train.Trainer;

/**
 * Learns to predict a column of a CSV file from the others, keeps what it has learnt in two files, and answers from those files
 * alone, as another program would on another day.
 *
 * <p>Without a file it takes 344 penguins and predicts their species. A fifth of the rows is kept aside, with its share of
 * every class; the training ends when the loss on it gets no better. Prints the training, how many of those rows are named
 * rightly, the two files, and the answer for the table's first row. Takes about two seconds.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda] [FILE.csv COLUMN]}
 */
public final class TableClassifier {
    private static final int EPOCHS = 100;

    private TableClassifier() {}

    public static void main(String[] args) throws IOException {
        Table table = Datasets.penguins();
        String target = "Species";
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--device") && i + 1 < args.length) {
                Ondol.setDefaultDevice(Device.of(args[++i]));
            } else if (args[i].endsWith(".csv") && i + 1 < args.length) {
                table = Table.read(Path.of(args[i]));
                target = args[++i];
            } else {
                throw new IllegalArgumentException(
                        "usage: TableClassifier [--device cpu|opencl|cuda] [FILE.csv COLUMN]");
            }
        }
        System.out.println(table.rows() + " rows of " + table.names());

        Ondol.manualSeed(1);
        int aside = table.rows() / 5;
        List<Table> parts = table.stratifiedSplit(new Generator(1), target, table.rows() - aside, aside);
        TableEncoder encoder = TableEncoder.fit(parts.get(0), target, TableEncoder.Task.CLASSIFY);
        System.out.println("classes " + encoder.classes() + ", " + encoder.features() + " features");

        Sequential net = network(encoder);
        Trainer trainer = new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 0.01))
                .metrics(Metrics.accuracy())
                .earlyStopping("val_loss", 5);
        DataLoader<Batch> learning = DataLoader.of(encoder.dataset(parts.get(0)))
                .batchSize(32)
                .shuffle(new Generator(2))
                .device(Ondol.defaultDevice());
        DataLoader<Batch> heldOut =
                DataLoader.of(encoder.dataset(parts.get(1))).batchSize(256).device(Ondol.defaultDevice());
        System.out.println(trainer.fit(learning, heldOut, EPOCHS));
        System.out.printf(
                Locale.ROOT,
                "kept aside: accuracy %.4f%n",
                trainer.evaluate(heldOut).get("accuracy"));

        // The weights are nothing without how the columns were read: both are kept.
        Path folder = Files.createTempDirectory("ondol");
        Safetensors.save(folder.resolve("model.safetensors"), net.stateDict());
        Files.writeString(folder.resolve("encoder.json"), encoder.toJson());
        System.out.println("wrote " + folder.resolve("model.safetensors") + " and encoder.json");

        answer(folder, table, 0);
    }

    private static Sequential network(TableEncoder encoder) {
        return new Sequential(new Linear(encoder.features(), 32), new ReLU(), new Linear(32, encoder.outputs()));
    }

    /** Another day: the network comes from the files, and a row from wherever texts come from, without what is asked for. */
    private static void answer(Path folder, Table table, int row) throws IOException {
        TableEncoder encoder = TableEncoder.fromJson(Files.readString(folder.resolve("encoder.json")));
        Sequential net = network(encoder);
        net.loadStateDict(Safetensors.load(folder.resolve("model.safetensors")));
        net.eval();

        List<String> texts = new ArrayList<>();
        for (String column : encoder.columns()) {
            texts.add(table.text(column, row));
        }
        Tensor question =
                encoder.inputs(Table.of(encoder.columns(), List.of(texts))).to(Ondol.defaultDevice());
        Tensor probabilities = Autograd.noGrad(() -> net.forward(question)).softmax(1);
        int answer = (int) probabilities.argmax(1).itemLong();
        System.out.println("asked: " + texts);
        System.out.printf(
                Locale.ROOT,
                "answer: %s, probability %.3f%n",
                encoder.classes().get(answer),
                probabilities.max().item());
    }
}
