package ondol.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.TensorDataset;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Dropout;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.MSELoss;
import ondol.nn.Module;
import ondol.nn.ReLU;
import ondol.optim.Adam;
import ondol.optim.Optimizer;
import ondol.optim.SGD;
import ondol.optim.scheduler.OneCycleLR;
import ondol.optim.scheduler.PlateauOptions;
import ondol.optim.scheduler.ReduceLROnPlateau;
import ondol.optim.scheduler.StepLR;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    @TempDir
    private Path folder;

    private static String weights(Module net) {
        StringBuilder text = new StringBuilder();
        net.stateDict().forEach((name, t) -> text.append(name).append(Arrays.toString(t.toFloatArray())));
        return text.toString();
    }

    private static Trainer trainer(Layer net) {
        return new Trainer(net, new CrossEntropyLoss(), new Adam(net.parameters(), 0.01));
    }

    @Test
    void isTheLoopThatOneWouldWrite() {
        Layer net = Points.net();
        Optimizer optimizer = new Adam(net.parameters(), 0.01);
        DataLoader<Batch> train = Points.loader(16);
        double[] means = new double[5];
        for (int epoch = 0; epoch < 5; epoch++) {
            for (Batch batch : train) {
                Tensor loss = new CrossEntropyLoss().forward(net.forward(batch.input()), batch.target());
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                means[epoch] += loss.item() * batch.size() / 60;
            }
        }
        Layer other = Points.net();
        History history = trainer(other).fit(Points.loader(16), null, 5);
        assertEquals(weights(net), weights(other));
        assertArrayEquals(means, history.scores("loss"), 1e-12);
        assertEquals(List.of("loss"), history.names());
    }

    @Test
    void learnsAndSaysSo() throws IOException {
        Layer net = Points.net();
        Trainer trainer = trainer(net).metrics(Metrics.accuracy());
        History history = trainer.fit(Points.loader(16), Points.validation(), 60);
        assertEquals(60, history.epochs().size());
        assertEquals(List.of("loss", "val_loss", "val_accuracy"), history.names());
        assertTrue(history.last().score("val_accuracy") > 0.95, history.toString());
        assertTrue(net.training());
        Map<String, Double> scores = trainer.evaluate(Points.validation());
        assertEquals(history.last().score("val_loss"), scores.get("loss"));
        assertEquals(history.last().score("val_accuracy"), scores.get("accuracy"));
        net.eval();
        Tensor answers = net.forward(Points.points().inputs());
        assertArrayEquals(
                answers.toFloatArray(), trainer.predict(Points.validation()).toFloatArray());
        assertArrayEquals(
                answers.toFloatArray(),
                trainer.predict(Points.points().inputs()).toFloatArray());
        assertFalse(trainer.predict(Points.points().inputs()).requiresGrad());
        assertFalse(net.training());
        Path csv = folder.resolve("history.csv");
        history.write(csv);
        List<String> lines = Files.readAllLines(csv);
        assertEquals("epoch,lr,seconds,loss,val_loss,val_accuracy", lines.getFirst());
        assertEquals(61, lines.size());
        assertTrue(history.toString().startsWith("epoch        lr  seconds     loss val_loss val_accuracy\n"));
    }

    /** Gradients of 4 batches of 5 are those of 20 samples, but for rounding. */
    @Test
    void accumulates() {
        Layer a = new Linear(2, 3);
        Layer b = new Linear(2, 3);
        b.loadStateDict(a.stateDict());
        new Trainer(a, new CrossEntropyLoss(), new SGD(a.parameters(), 0.1)).fit(Points.loader(20), null, 3);
        new Trainer(b, new CrossEntropyLoss(), new SGD(b.parameters(), 0.1))
                .accumulate(4)
                .fit(Points.loader(5), null, 3);
        for (int i = 0; i < 2; i++) {
            assertArrayEquals(
                    a.parameters().get(i).toFloatArray(), b.parameters().get(i).toFloatArray(), 1e-6f);
        }
        int[] steps = new int[1];
        Layer c = new Linear(2, 3);
        new Trainer(c, new CrossEntropyLoss(), new SGD(c.parameters(), 0.1))
                .accumulate(4)
                .callback(new Callback() {
                    @Override
                    public void stepEnds(Trainer trainer) {
                        steps[0]++;
                    }
                })
                .fit(Points.loader(4), null, 1);
        assertEquals(4, steps[0]);
    }

    @Test
    void clips() {
        Layer net = new Linear(2, 3);
        float[] before = net.parameters().getFirst().toFloatArray();
        new Trainer(net, new CrossEntropyLoss(), new SGD(net.parameters(), 1.0))
                .clipGradNorm(1e-3)
                .clipGradValue(1e-4)
                .fit(Points.loader(60), null, 1);
        float[] after = net.parameters().getFirst().toFloatArray();
        float most = 0;
        for (int i = 0; i < after.length; i++) {
            most = Math.max(most, Math.abs(after[i] - before[i]));
        }
        assertTrue(most > 0 && most < 1.01e-4f, "moved by " + most);
    }

    @Test
    void schedules() {
        Layer net = new Linear(2, 3);
        Optimizer optimizer = new SGD(net.parameters(), 0.1);
        History history = new Trainer(net, new CrossEntropyLoss(), optimizer)
                .scheduler(new StepLR(optimizer, 2, 0.1))
                .fit(Points.loader(16), null, 5);
        double[] rates =
                history.epochs().stream().mapToDouble(History.Epoch::lr).toArray();
        assertArrayEquals(new double[] {0.1, 0.1, 0.01, 0.01, 0.001}, rates, 1e-12);

        optimizer = new SGD(net.parameters(), 0.1).momentum(0.9);
        history = new Trainer(net, new CrossEntropyLoss(), optimizer)
                .batchScheduler(new OneCycleLR(optimizer, 0.1, 8))
                .fit(Points.loader(16), null, 2);
        assertTrue(history.last().lr() < 0.1 && history.last().lr() > 0, history.toString());

        optimizer = new SGD(net.parameters(), 0.0);
        history = new Trainer(net, new CrossEntropyLoss(), optimizer)
                .scheduler(new ReduceLROnPlateau(optimizer))
                .fit(Points.loader(16), Points.validation(), 2);
        assertEquals(0, history.last().lr());
    }

    @Test
    void oneScheduler() throws IOException {
        Layer net = new Linear(2, 3);
        Optimizer optimizer = new SGD(net.parameters(), 0.1);
        ReduceLROnPlateau plateau = new ReduceLROnPlateau(optimizer, new PlateauOptions().patience(0));
        Trainer trainer = new Trainer(net, new CrossEntropyLoss(), optimizer)
                .scheduler(plateau)
                .checkpoints(folder);
        assertThrows(IllegalStateException.class, () -> trainer.scheduler(new StepLR(optimizer, 2, 0.1)));
        trainer.callback(new Callback() {
            @Override
            public void epochEnds(Trainer t, History.Epoch epoch) {
                try (var _ = Autograd.noGrad()) {
                    t.net().parameters().forEach(p -> p.copyFrom(p.mul(-3)));
                }
            }
        });
        trainer.fit(Points.loader(16), Points.validation(), 4);
        assertTrue(optimizer.lr() < 0.1, trainer.history().toString());

        Optimizer other = new SGD(net.parameters(), 0.1);
        ReduceLROnPlateau again = new ReduceLROnPlateau(other, new PlateauOptions().patience(0));
        Trainer rest =
                new Trainer(net, new CrossEntropyLoss(), other).scheduler(again).checkpoints(folder);
        assertTrue(rest.resume(Points.loader(16)));
        assertEquals(plateau.stateDict(), again.stateDict());
        assertEquals(optimizer.lr(), other.lr());
    }

    /** The network is ruined after the fourth epoch, whose weights come back. */
    @Test
    void stopsEarly() {
        Layer net = Points.net();
        List<String> all = new ArrayList<>();
        Trainer trainer = trainer(net).earlyStopping("val_loss", 3).callback(new Callback() {
            @Override
            public void epochEnds(Trainer t, History.Epoch epoch) {
                all.add(weights(t.net()));
                if (epoch.number() == 4) {
                    t.optimizer().setLr(0);
                    try (var _ = Autograd.noGrad()) {
                        t.net().parameters().forEach(Tensor::zero);
                    }
                }
            }
        });
        History history = trainer.fit(Points.loader(16), Points.validation(), 100);
        assertEquals(7, history.epochs().size(), history.toString());
        assertEquals(4, trainer.bestEpoch());
        assertEquals(all.get(3), weights(net));
        assertThrows(
                IllegalArgumentException.class,
                () -> trainer(net).earlyStopping("val_mistakes", 1).fit(Points.loader(16), null, 1));
    }

    @Test
    void stopsWhenItIsToldTo() {
        Trainer trainer = trainer(Points.net());
        trainer.callback(new Callback() {
            @Override
            public void stepEnds(Trainer t) {
                t.stop();
            }
        });
        assertEquals(1, trainer.fit(Points.loader(16), null, 100).epochs().size());
    }

    @Test
    void aLossThatIsNotFinite() {
        Layer net = new Linear(1, 1);
        TensorDataset data = new TensorDataset(Tensor.ones(10, 1), Tensor.full(ondol.Shape.of(10, 1), Double.NaN));
        IllegalStateException e = assertThrows(
                IllegalStateException.class,
                () -> new Trainer(net, new MSELoss(), new SGD(net.parameters(), 0.1))
                        .fit(DataLoader.of(data).batchSize(4), null, 1));
        assertTrue(e.getMessage().startsWith("Trainer.fit: the loss of batch 1 is NaN; "), e.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> trainer(net).fit(DataLoader.of(data).batchSize(20).dropLast(true), null, 1));
        assertThrows(IllegalArgumentException.class, () -> trainer(net).accumulate(0));
        assertThrows(IllegalArgumentException.class, () -> trainer(net).clipGradNorm(0));
        assertThrows(IllegalArgumentException.class, () -> trainer(net).checkpoints(folder, 0, 0));
        assertThrows(IllegalStateException.class, () -> trainer(net).resume(Points.loader(4)));
        assertThrows(IllegalArgumentException.class, () -> trainer(net).bestCheckpoints("loss", 0));
        assertThrows(
                IllegalStateException.class,
                () -> trainer(net).bestCheckpoints("loss", 1).fit(Points.loader(4), null, 1));
    }

    private static void refuses(String message, Executable body) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, body).getMessage());
    }

    /** Before anything is learnt. */
    @Test
    void scoresThatThereAreNot() throws IOException {
        Layer net = Points.net();
        String before = weights(net);
        refuses(
                "Trainer.bestCheckpoints: there is no score 'val_los'; there are [loss, val_loss, val_accuracy], and more"
                        + " with metrics(...)",
                () -> trainer(net)
                        .metrics(Metrics.accuracy())
                        .bestCheckpoints("val_los", 2)
                        .checkpoints(folder)
                        .fit(Points.loader(4), Points.validation(), 1));
        refuses(
                "Trainer.earlyStopping: there is no score 'val_loss'; there are [loss]; give a validation loader",
                () -> trainer(net).earlyStopping("val_loss", 2).fit(Points.loader(4), null, 1));
        refuses(
                "Trainer.earlyStopping: there is no score 'acc'; there are [loss]",
                () -> trainer(net).earlyStopping("acc", 2).fit(Points.loader(4), null, 1));
        assertEquals(before, weights(net));
        assertEquals(List.of(), names(folder));
    }

    @Test
    void epochsBelowOne() {
        Trainer trainer = trainer(Points.net());
        refuses("Trainer.fit: 0 epochs; give 1 or more", () -> trainer.fit(Points.loader(16), null, 0));
        refuses("Trainer.fit: -3 epochs; give 1 or more", () -> trainer.fit(Points.loader(16), null, -3));
        trainer.fit(Points.loader(16), null, 2);
        assertEquals(2, trainer.fit(Points.loader(16), null, 1).epochs().size());
    }

    /** What a callback's error leaves is the whole epoch, from which the training goes on to the same end. */
    @Test
    void anErrorInACallback() throws IOException {
        Layer net = Points.net();
        String expected = scores(trainer(net).fit(Points.loader(16), null, 3)) + weights(net);
        Trainer failing = trainer(Points.net()).checkpoints(folder).callback(new Callback() {
            @Override
            public void epochEnds(Trainer t, History.Epoch epoch) {
                if (epoch.number() == 2) {
                    throw new UnsupportedOperationException("for a test");
                }
            }
        });
        assertThrows(UnsupportedOperationException.class, () -> failing.fit(Points.loader(16), null, 3));
        Layer again = Points.net();
        Trainer rest = trainer(again).checkpoints(folder);
        DataLoader<Batch> train = Points.loader(16);
        assertTrue(rest.resume(train));
        assertEquals(2, rest.history().epochs().size());
        assertEquals(expected, scores(rest.fit(train, null, 3)) + weights(again));
    }

    /** The training that the tests of going on are about. */
    private static Trainer resumable(Layer net, Path folder, int keep) {
        Optimizer optimizer = new Adam(net.parameters(), 0.02);
        return new Trainer(net, new CrossEntropyLoss(), optimizer)
                .metrics(Metrics.accuracy())
                .scheduler(new StepLR(optimizer, 2, 0.5))
                .accumulate(2)
                .earlyStopping("val_loss", 50)
                .checkpoints(folder, keep, 4);
    }

    private static String scores(History history) {
        StringBuilder text = new StringBuilder();
        history.epochs().forEach(e -> text.append(e.number()).append(e.lr()).append(e.scores()));
        return text.toString();
    }

    /** From each checkpoint, in the middle of epochs too, to the same end. */
    @Test
    void goesOnFromEveryCheckpoint() throws IOException {
        Path all = folder.resolve("all");
        Layer net = Points.net();
        Trainer whole = resumable(net, all, 1000);
        DataLoader<Batch> train = Points.loader(4);
        assertFalse(whole.resume(train));
        String expected = scores(whole.fit(train, Points.validation(), 5)) + weights(net) + whole.bestEpoch();
        List<Path> files;
        try (Stream<Path> list = Files.list(all)) {
            files = list.sorted().toList();
        }
        assertEquals(5 * 4, files.size(), files.toString()); // after 4, 8 and 12 of 15 batches, and at the end
        for (Path file : files) {
            Path one = Files.createDirectory(folder.resolve(file.getFileName().toString() + "-only"));
            Files.copy(file, one.resolve(file.getFileName()));
            Layer again = Points.net();
            Trainer rest = resumable(again, one, 2);
            DataLoader<Batch> loader = Points.loader(4);
            assertTrue(rest.resume(loader));
            String got = scores(rest.fit(loader, Points.validation(), 5)) + weights(again) + rest.bestEpoch();
            assertEquals(expected, got, file.toString());
            try (Stream<Path> left = Files.list(one)) {
                assertTrue(left.count() <= 2);
            }
        }
    }

    /** A folder with the checkpoints of a longer training belongs to the one that writes there now. */
    @Test
    void aFolderThatIsUsedAgain() throws IOException {
        trainer(Points.net()).checkpoints(folder).fit(Points.loader(16), null, 6);
        trainer(Points.net()).checkpoints(folder).fit(Points.loader(16), null, 3);
        Trainer rest = trainer(Points.net()).checkpoints(folder);
        assertTrue(rest.resume(Points.loader(16)));
        assertEquals(3, rest.history().epochs().size());
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    /** Beside the last two, the best two by the validation data's loss: the network is ruined in the fifth epoch. */
    @Test
    void theBestCheckpoints() throws IOException {
        List<String> all = new ArrayList<>();
        Layer net = Points.net();
        Trainer trainer = trainer(net)
                .checkpoints(folder)
                .bestCheckpoints("val_loss", 2)
                .callback(new Callback() {
                    @Override
                    public void epochEnds(Trainer t, History.Epoch epoch) {
                        all.add(weights(t.net()));
                    }

                    @Override
                    public void stepEnds(Trainer t) {
                        if (all.size() == 4) {
                            try (var _ = Autograd.noGrad()) {
                                t.net().parameters().forEach(p -> p.copyFrom(p.mul(-2)));
                            }
                            t.optimizer().setLr(0);
                        }
                    }
                });
        History history = trainer.fit(Points.loader(16), Points.validation(), 7);
        List<History.Epoch> best = history.best("val_loss", false);
        assertEquals(7, best.size());
        assertEquals(List.of(4, 3), List.of(best.get(0).number(), best.get(1).number()), history.toString());
        assertEquals(5, history.best("val_loss", true).getFirst().number());
        assertEquals(
                List.of(
                        "best-epoch-000003.safetensors",
                        "best-epoch-000004.safetensors",
                        "epoch-000007-batch-000000000.safetensors",
                        "epoch-000008-batch-000000000.safetensors"),
                names(folder));
        for (History.Epoch epoch : best.subList(0, 2)) {
            Layer other = new ondol.nn.Sequential(new Linear(2, 8), new ReLU(), new Dropout(0.1), new Linear(8, 3));
            Map<String, String> notes = new Checkpoint()
                    .model(other)
                    .load(folder.resolve("best-epoch-00000" + epoch.number() + ".safetensors"));
            assertEquals(all.get(epoch.number() - 1), weights(other));
            assertEquals(
                    Map.of("epoch", "" + epoch.number(), "val_loss", Double.toString(epoch.score("val_loss"))), notes);
        }

        // Another training in this folder takes its place.
        Files.createFile(folder.resolve("best of all.txt"));
        trainer(Points.net())
                .metrics(Metrics.accuracy())
                .checkpoints(folder)
                .bestCheckpoints("val_accuracy", 1, true)
                .fit(Points.loader(16), Points.validation(), 1);
        assertEquals(
                List.of("best of all.txt", "best-epoch-000001.safetensors", "epoch-000002-batch-000000000.safetensors"),
                names(folder));
    }

    @Test
    void picture() throws IOException {
        Trainer trainer = trainer(Points.net()).metrics(Metrics.accuracy());
        Path file = folder.resolve("history.png");
        assertThrows(IllegalStateException.class, () -> trainer.history().picture(file));
        History history = trainer.fit(Points.loader(16), Points.validation(), 3);
        assertThrows(IllegalArgumentException.class, () -> history.picture(folder.resolve("history.jpg")));
        history.picture(file);
        BufferedImage picture = ImageIO.read(file.toFile());
        assertEquals(1440, picture.getWidth());
        assertEquals(1200, picture.getHeight()); // losses, and what is between 0 and 1
        int[] pixels = picture.getRGB(0, 0, 1440, 1200, null, 0, 1440);
        for (int colour : new int[] {0xffffffff, 0xff2f6db3, 0xffb3541e}) {
            assertTrue(Arrays.stream(pixels).anyMatch(p -> p == colour), Integer.toHexString(colour));
        }
    }

    @Test
    void anotherTrainingIsNotGoneOnWith() throws IOException {
        trainer(Points.net())
                .settings(java.util.Map.of("seed", "1", "data", "points"))
                .checkpoints(folder)
                .fit(Points.loader(16), null, 1);
        Trainer other = trainer(Points.net())
                .settings(java.util.Map.of("seed", "2", "data", "points"))
                .checkpoints(folder);
        IOException e = assertThrows(IOException.class, () -> other.resume(Points.loader(16)));
        assertTrue(
                e.getMessage()
                        .endsWith("it is of a training whose seed was 1, not 2; go on with what it was begun with"),
                e.getMessage());
        assertEquals(0, other.history().epochs().size());
    }

    /** Whoever has looked at a batch before, and an epoch that failed, leave nothing behind. */
    @Test
    void everyEpochBeginsAnew() {
        DataLoader<Batch> train = Points.loader(6);
        train.iterator().next();
        List<Long> seen = new ArrayList<>();
        Trainer trainer = trainer(Points.net()).accumulate(5).callback(new Callback() {
            @Override
            public void stepEnds(Trainer t) {
                seen.add(t.progress().losses().batches());
                if (seen.size() == 3) {
                    throw new UnsupportedOperationException("for a test");
                }
            }
        });
        trainer.fit(train, null, 1);
        assertThrows(UnsupportedOperationException.class, () -> trainer.fit(train, null, 2));
        trainer.fit(train, null, 2);
        assertEquals(List.of(5L, 10L, 5L, 5L, 10L), seen);
        trainer.stop();
        assertEquals(2, trainer.fit(train, null, 3).epochs().size());
        assertEquals(3, trainer.fit(train, null, 3).epochs().size()); // stop() was for the fit before
    }

    @Test
    void evaluatingChangesNoMode() {
        ondol.nn.Sequential net = Points.net();
        net.namedChildren().get("2").eval();
        trainer(net).evaluate(Points.validation());
        assertTrue(net.training());
        assertTrue(net.namedChildren().get("0").training());
        assertFalse(net.namedChildren().get("2").training());
    }
}
