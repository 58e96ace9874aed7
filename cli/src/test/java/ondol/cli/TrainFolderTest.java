package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;
import ondol.backend.ChildJvm;
import ondol.data.Table;
import ondol.io.LoadOptions;
import ondol.io.Safetensors;
import ondol.io.SafetensorsFile;
import ondol.train.Callback;
import ondol.train.History;
import ondol.train.Trainer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ondol train} leaves in its folder when it fails or is stopped, and what it says then. */
final class TrainFolderTest {
    @TempDir
    private Path folder;

    private Path data;
    private Path out;

    @BeforeEach
    void flowers() throws IOException {
        data = Trainings.flowers(folder.resolve("flowers.csv"), true);
        out = folder.resolve("out");
    }

    private CommandRun train(String... more) {
        String[] all = new String[more.length + 6];
        List<String> first = List.of("--target", "kind", "--drop", "height", "--hidden", "8");
        for (int i = 0; i < all.length; i++) {
            all[i] = i < 6 ? first.get(i) : more[i - 6];
        }
        return Trainings.train(data, out, all);
    }

    private byte[] model(Path in) throws IOException {
        return Files.readAllBytes(in.resolve("model.safetensors"));
    }

    /** A rate with which nothing can be learnt is a bad setting, and the last model is not taken for that training's. */
    @Test
    void aTrainingThatFailsLeavesNoOtherModelBesideItsFiles() throws IOException {
        assertEquals(0, train("--epochs", "2").exitCode());
        byte[] first = model(out);
        Trainings.refused(train("--epochs", "2", "--lr", "1e20"), "(--lr 1.0E20)");
        assertFalse(Files.exists(out.resolve("model.safetensors")));
        assertFalse(Files.exists(out.resolve("history.csv")));
        Path previous = out.resolve("previous");
        assertArrayEquals(first, model(previous));
        assertTrue(Files.exists(previous.resolve("report.html")));
        assertTrue(Files.exists(previous.resolve("history.csv")));
        // Only the last one is kept, and what others put there stays.
        Files.writeString(previous.resolve("notes.txt"), "mine");
        CommandRun again = train("--epochs", "3");
        assertEquals(0, again.exitCode(), again.err());
        byte[] second = model(out);
        CommandRun third = train("--epochs", "1");
        assertTrue(third.out().contains("The files of the training before are in " + previous + " now."), third.out());
        assertArrayEquals(second, model(previous));
        assertEquals(4, Files.readAllLines(previous.resolve("history.csv")).size());
        assertEquals("mine", Files.readString(previous.resolve("notes.txt")));
        try (var checkpoints = Files.list(previous.resolve("checkpoints"))) {
            assertEquals(2, checkpoints.count());
        }
    }

    /** A table that could not be predicted is refused before the last model is touched. */
    @Test
    void columnsWithTheNamesOfAnswers() throws IOException {
        assertEquals(0, train("--epochs", "1").exitCode());
        byte[] first = model(out);
        for (String name : List.of("probability", "predicted_kind")) {
            Path table = folder.resolve(name + ".csv");
            Table.read(data).with(name, Collections.nCopies(240, "0.5")).write(table);
            Trainings.refused(
                    Trainings.train(table, out, "--target", "kind"), "the table has a column '" + name + "', as the");
            assertArrayEquals(first, model(out));
            CommandRun dropped =
                    Trainings.train(table, folder.resolve(name), "--target", "kind", "--drop", name, "--epochs", "1");
            assertEquals(0, dropped.exitCode(), dropped.err());
        }
        assertFalse(Files.exists(out.resolve("previous")));
    }

    /** In this process and in another. */
    @Test
    void oneTrainingAtATime() throws Exception {
        assertEquals(0, train("--epochs", "1").exitCode());
        byte[] first = model(out);
        TrainingFolder busy = new TrainingFolder(out);
        String why = "another training is writing to the folder " + out;
        try (var _ = busy.lock()) {
            ChildJvm.Result other = new ChildJvm(Main.class)
                    .options("--add-modules", "jdk.incubator.vector")
                    .arguments("train", data.toString(), "--target", "kind", "--epochs", "1", "--out", out.toString())
                    .run();
            assertEquals(2, other.exitCode(), other.output());
            assertTrue(other.output().contains("ondol: " + why), other.output());
            Trainings.refused(train("--epochs", "1"), why);
            Trainings.refused(train("--epochs", "2", "--resume"), why);
            assertArrayEquals(first, model(out));
            assertFalse(Files.exists(out.resolve("previous")));
        }
        Object file = key(busy.lockFile());
        CommandRun next = train("--epochs", "1");
        assertEquals(0, next.exitCode(), next.err());
        assertEquals(
                file, key(busy.lockFile())); // who deleted it would let in two at once, each with a file of its own
    }

    /** Which file it is, whatever its name; null where the file system does not say. */
    private static Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** The model and the table that are read are not written over. */
    @Test
    void answersHaveAFileOfTheirOwn() throws IOException {
        assertEquals(0, train("--epochs", "1").exitCode());
        byte[] first = model(out);
        byte[] table = Files.readAllBytes(data);
        Path file = out.resolve("model.safetensors");
        Path modelLink = Files.createSymbolicLink(folder.resolve("model link"), file);
        Path tableLink = Files.createSymbolicLink(folder.resolve("table link"), data);
        for (Path to : List.of(file, folder.resolve("out/../out/model.safetensors"), modelLink)) {
            Trainings.refused(
                    Trainings.predict(out, data, "--out", to.toString()), "--out " + to + " is the model, " + file);
        }
        for (Path to : List.of(data, tableLink)) {
            Trainings.refused(
                    Trainings.predict(out, data, "--out", to.toString()),
                    "--out " + to + " is what is to be predicted, " + data);
        }
        assertArrayEquals(first, model(out));
        assertArrayEquals(table, Files.readAllBytes(data));
    }

    @Test
    void aReportThatCannotBeWritten() throws IOException {
        Files.createDirectories(out.resolve("report.html.new"));
        Trainings.refused(train("--epochs", "2"), "report.html cannot be written");
    }

    @Test
    void aModelThatCannotBeWritten() throws IOException {
        Files.createDirectories(out.resolve("model.safetensors").resolve("in the way"));
        Trainings.refused(train("--epochs", "1"), "cannot write to the folder " + out);
    }

    /** All lines of a message are shown. */
    @Test
    void longMessages() throws IOException {
        assertEquals(0, train("--epochs", "1").exitCode());
        Path broken = folder.resolve("broken.safetensors");
        try (SafetensorsFile open = Safetensors.open(out.resolve("model.safetensors"))) {
            Map<String, Tensor> state = new LinkedHashMap<>(open.tensors(LoadOptions.defaults()));
            state.remove("0.bias");
            state.remove("3.bias");
            state.put("more", Tensor.zeros(1));
            Safetensors.save(broken, state, open.metadata());
        }
        CommandRun run = CommandRun.of("predict", broken.toString(), data.toString());
        assertEquals(2, run.exitCode());
        assertTrue(run.err().startsWith("ondol: " + broken + " is a broken model: "), run.err());
        for (String name : List.of("0.bias", "3.bias", "more")) {
            assertTrue(run.err().contains(name), run.err());
        }
        assertTrue(run.err().strip().lines().skip(1).allMatch(line -> line.startsWith("  ")), run.err());
    }

    private TableTraining training(int epochs, int patience) throws IOException {
        Ondol.manualSeed(1);
        return TableTraining.of(
                TableTraining.Source.read(data, Table.Header.GUESS),
                "kind",
                null,
                List.of("height"),
                List.of(8),
                new Training.Settings(epochs, patience, 32, 0.1, 0, 0, 0, 0, 1));
    }

    private History fit(Training training) throws IOException {
        return training.fit(new TrainingFolder(Files.createDirectories(out)), Map.of("data", "flowers"), false);
    }

    /** Stopping a training in its last epoch, or in the one after which it would have stopped itself, cuts nothing off. */
    @Test
    void whatIsOverHasNothingToGoOnWith() throws IOException {
        Training whole = training(3, 20);
        whole.watch(stopsIn(whole, 3));
        assertEquals(3, fit(whole).epochs().size());
        assertTrue(whole.isOver());

        Training cut = training(3, 20);
        cut.watch(stopsIn(cut, 2));
        assertEquals(2, fit(cut).epochs().size());
        assertFalse(cut.isOver());

        Training patient = training(10_000, 1);
        int last = fit(patient).epochs().size();
        assertTrue(patient.isOver() && last < 10_000);
        Training stopped = training(10_000, 1);
        stopped.watch(stopsIn(stopped, last));
        assertEquals(last, fit(stopped).epochs().size());
        assertTrue(stopped.isOver());
    }

    private static Callback stopsIn(Training training, int epoch) {
        return new Callback() {
            @Override
            public void epochEnds(Trainer trainer, History.Epoch done) {
                if (done.number() == epoch) {
                    training.stop();
                }
            }
        };
    }

    /** What was said of the held-out rows is what {@code predict} answers for them. */
    @Test
    void predictsWhatTheTrainingSaid() throws IOException {
        CommandRun run = train("--epochs", "4");
        Table test = Table.read(data)
                .stratifiedSplit(new Generator(1), "kind", 192, 24, 24)
                .get(2);
        Path held = folder.resolve("held.csv");
        test.write(held);
        Path answers = folder.resolve("answers.csv");
        assertEquals(
                0, Trainings.predict(out, held, "--out", answers.toString()).exitCode());
        Table answered = Table.read(answers);
        int right = 0;
        for (int r = 0; r < 24; r++) {
            right += Objects.equals(answered.text("kind", r), answered.text("predicted_kind", r)) ? 1 : 0;
        }
        String accuracy = String.format(Locale.ROOT, "accuracy %.4f", right / 24.0);
        assertTrue(run.out().contains(accuracy), accuracy + "\n" + run.out());

        // Its own output is a table like others, and the answers in it are replaced.
        Path again = folder.resolve("again.csv");
        CommandRun second = Trainings.predict(out, answers, "--out", again.toString());
        assertEquals(0, second.exitCode(), second.err());
        assertEquals(Files.readString(answers), Files.readString(again));
        Path mine = folder.resolve("mine.csv");
        test.with("probability", Collections.nCopies(24, "0.5")).write(mine);
        Trainings.refused(
                Trainings.predict(out, mine), "the table has a column 'probability', as the one with the answers");
    }

    @Test
    void labelsAndNamesThatAreNumbers() throws IOException {
        StringBuilder text = new StringBuilder("2019,2020\n");
        String[] labels = {"1", "2", "1.0", "2.0", "01", "2e0"};
        for (int i = 0; i < 60; i++) {
            text.append(i % 2 + i * 0.001)
                    .append(',')
                    .append(labels[i % labels.length])
                    .append('\n');
        }
        Path table = Files.writeString(folder.resolve("years.csv"), text);
        Trainings.refused(Trainings.train(table, out, "--target", "2020", "--epochs", "1"), "--header names");
        Trainings.refused(
                Trainings.train(table, out, "--target", "2020", "--header", "yes"),
                "--header yes: write names or none");
        CommandRun run = Trainings.train(table, out, "--target", "2020", "--header", "names", "--epochs", "30");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out().startsWith("60 rows: ")
                        && run.out().contains(" 1 column, 1 feature, to predict")
                        && run.out().contains("2 classes: 1, 2."),
                run.out());
        assertTrue(run.out().contains("accuracy 1.0000"), run.out());
        Trainings.refused(Trainings.predict(out, table), "--header names");
        CommandRun predict = Trainings.predict(out, table, "--header", "names");
        assertTrue(predict.out().startsWith("2019,2020,predicted_2020,probability\n"), predict.out());
    }
}
