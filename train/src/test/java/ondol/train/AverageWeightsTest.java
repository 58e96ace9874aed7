package ondol.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import ondol.Generator;
import ondol.Tensor;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.io.Safetensors;
import ondol.nn.BatchNorm1d;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.Module;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import ondol.optim.Optimizer;
import ondol.optim.swa.AveragedModel;
import ondol.optim.swa.AvgFn;
import ondol.optim.swa.SwaUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training whose network is the average of its weights. */
class AverageWeightsTest {
    private static final AvgFn EMA = SwaUtils.getEmaMultiAvgFn(0.9);

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

    /** It draws nothing from the generator that decides the training. */
    private static DataLoader<Batch> validation() {
        return Points.validation().generator(new Generator(0));
    }

    /** The loop that one would write, with a second network. */
    @Test
    void isTheAveragedModelOfALoop() {
        for (boolean eachStep : new boolean[] {true, false}) {
            AvgFn fn = eachStep ? EMA : SwaUtils.getSwaAvgFn();
            int from = eachStep ? 1 : 3;
            Layer second = Points.net();
            Layer net = Points.net();
            AveragedModel<Layer> averaged = new AveragedModel<>(net, second, fn, false);
            Optimizer optimizer = new Adam(net.parameters(), 0.01);
            DataLoader<Batch> train = Points.loader(16);
            List<Double> losses = new ArrayList<>();
            for (int epoch = 1; epoch <= 5; epoch++) {
                net.train();
                for (Batch batch : train) {
                    Tensor loss = new CrossEntropyLoss().forward(net.forward(batch.input()), batch.target());
                    loss.backward();
                    optimizer.step();
                    optimizer.zeroGrad();
                    if (eachStep) {
                        averaged.updateParameters(net);
                    }
                }
                if (!eachStep && epoch >= from) {
                    averaged.updateParameters(net);
                }
                Layer asked = epoch < from ? net : averaged.module();
                losses.add(trainer(asked).evaluate(validation()).get("loss"));
            }

            Layer other = Points.net();
            List<String> during = new ArrayList<>();
            Trainer trainer = trainer(other).averageWeights(fn, from, eachStep, false);
            trainer.callback(new Callback() {
                @Override
                public void epochEnds(Trainer t, History.Epoch epoch) {
                    during.add(weights(t.net()));
                    assertEquals(
                            epoch.score("val_loss"), t.evaluate(validation()).get("loss"));
                }
            });
            History history = trainer.fit(Points.loader(16), validation(), 5);
            assertEquals(
                    losses, Arrays.stream(history.scores("val_loss")).boxed().toList());
            assertEquals(weights(net), during.getLast()); // what is trained goes on as without averages
            assertEquals(weights(averaged.module()), weights(other));
            assertNotEquals(weights(net), weights(other));
            assertEquals(losses.getLast(), trainer.evaluate(validation()).get("loss"));
        }
    }

    /** In two fits as in one, because the second takes up the weights that are trained. */
    @Test
    void goesOnAfterItsEnd() {
        Layer one = Points.net();
        trainer(one).averageWeights(EMA).fit(Points.loader(16), null, 6);
        Layer other = Points.net();
        Trainer trainer = trainer(other).averageWeights(EMA);
        DataLoader<Batch> train = Points.loader(16);
        trainer.fit(train, null, 2);
        trainer.fit(train, null, 6);
        assertEquals(weights(one), weights(other));
    }

    @Test
    void earlyStoppingBringsBackTheAveragesThatWereBest() {
        Layer net = Points.net();
        List<String> averages = new ArrayList<>();
        Trainer trainer = trainer(net).averageWeights(EMA).earlyStopping("val_loss", 2);
        trainer.callback(new Callback() {
            @Override
            public void stepEnds(Trainer t) {
                if (t.history().epochs().size() >= 3) {
                    t.optimizer().setLr(1); // which ruins it
                }
            }

            @Override
            public void epochEnds(Trainer t, History.Epoch epoch) {
                averages.add(Arrays.toString(t.predict(Points.points().inputs()).toFloatArray()));
            }
        });
        trainer.fit(Points.loader(16), validation(), 40);
        assertTrue(trainer.bestEpoch() < averages.size());
        assertEquals(
                averages.get(trainer.bestEpoch() - 1),
                Arrays.toString(trainer.predict(Points.points().inputs()).toFloatArray()));
    }

    private Trainer saved(Layer net, Path to) {
        return trainer(net)
                .averageWeights(EMA)
                .earlyStopping("val_loss", 50)
                .bestCheckpoints("val_loss", 1)
                .checkpoints(to, 100, 1);
    }

    /** From each file of a training, also within epochs: the same bits at the end. */
    @Test
    void resumesFromEveryCheckpoint() throws IOException {
        Layer net = Points.net();
        Trainer whole = saved(net, folder);
        whole.fit(Points.loader(16), validation(), 4);
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(f -> f.getFileName().toString().startsWith("epoch-"))
                    .sorted()
                    .toList();
        }
        assertTrue(files.size() > 12, files.toString());
        for (Path file : files) {
            Path there = Files.createDirectories(folder.resolve("again " + file.getFileName()));
            Files.copy(file, there.resolve(file.getFileName()));
            Layer other = Points.net();
            Trainer rest = saved(other, there);
            DataLoader<Batch> train = Points.loader(16);
            assertTrue(rest.resume(train));
            rest.fit(train, validation(), 4);
            assertEquals(weights(net), weights(other), file.toString());
            assertEquals(whole.bestEpoch(), rest.bestEpoch());
        }
    }

    /** The model of a file is what has the score that it notes; the best and the last one are one file with two names. */
    @Test
    void checkpointsHaveTheAveragesForModel() throws IOException {
        Trainer trainer = saved(Points.net(), folder);
        trainer.fit(Points.loader(16), validation(), 3);
        int best = trainer.history().best("val_loss", false).getFirst().number();
        Path file = folder.resolve("best-epoch-00000" + best + ".safetensors");
        Layer other = Points.net();
        Map<String, String> notes = new Checkpoint().model(other).load(file);
        assertEquals(
                notes.get("val_loss"),
                Double.toString(Objects.requireNonNull(
                        trainer(other).evaluate(validation()).get("loss"))));
        assertTrue(Safetensors.load(file).containsKey("trained.0.weight"));
        Path same = folder.resolve("epoch-00000" + (best + 1) + "-batch-000000000.safetensors");
        assertTrue(Files.isSameFile(file, same), "written twice");
    }

    @Test
    void buffersAreAveragedIfWanted() {
        for (boolean useBuffers : new boolean[] {false, true}) {
            Layer net = new Sequential(new Linear(2, 4), new BatchNorm1d(4), new Linear(4, 3));
            Layer second = new Sequential(new Linear(2, 4), new BatchNorm1d(4), new Linear(4, 3));
            AveragedModel<Layer> averaged = new AveragedModel<>(net, second, EMA, useBuffers);
            trainer(net)
                    .averageWeights(EMA, 1, true, useBuffers)
                    .callback(new Callback() {
                        @Override
                        public void stepEnds(Trainer t) {
                            averaged.updateParameters(net);
                        }
                    })
                    .fit(Points.loader(20), null, 3);
            assertEquals(weights(averaged.module()), weights(net));
            assertEquals(useBuffers, net.getBuffer("1.num_batches_tracked").itemLong() != 9);
        }
    }

    @Test
    void refusals() throws IOException {
        Trainer trainer = trainer(Points.net());
        assertEquals(
                "Trainer.averageWeights: from epoch 0; epochs are counted from 1",
                assertThrows(IllegalArgumentException.class, () -> trainer.averageWeights(EMA, 0, true, false))
                        .getMessage());
        trainer.checkpoints(folder).fit(Points.loader(16), null, 1);
        Layer net = Points.net();
        String before = weights(net);
        IOException e = assertThrows(
                IOException.class,
                () -> trainer(net).averageWeights(EMA).checkpoints(folder).resume(Points.loader(16)));
        assertTrue(
                e.getMessage()
                        .endsWith("it is of a training without averageWeights; go on with what it was begun with"),
                e.getMessage());
        assertEquals(before, weights(net));
        trainer(Points.net()).averageWeights(EMA).checkpoints(folder).fit(Points.loader(16), null, 1);
        assertThrows(IOException.class, () -> trainer(net).checkpoints(folder).resume(Points.loader(16)));
        assertEquals(before, weights(net));
        assertFalse(weights(net).isEmpty());
    }
}
