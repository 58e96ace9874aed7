package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import ondol.data.Table;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ondol train} and {@code ondol predict}. */
final class TrainTest {
    @TempDir
    private Path folder;

    private Path flowers(String name, boolean targets) throws IOException {
        return Trainings.flowers(folder.resolve(name), targets);
    }

    private static CommandRun train(Path file, Path out, String... more) {
        return Trainings.train(file, out, more);
    }

    private static double score(String text, String name) {
        Matcher matcher =
                Pattern.compile("Held-out .*\\b" + name + " (-?[0-9.]+)").matcher(text);
        assertTrue(matcher.find(), text);
        return Double.parseDouble(matcher.group(1).replaceAll("\\.$", ""));
    }

    @Test
    void classes() throws IOException {
        Path data = flowers("flowers.csv", true);
        Path out = folder.resolve("out");
        CommandRun run = train(data, out, "--target", "kind", "--drop", "height", "--epochs", "30", "--hidden", "16");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        assertTrue(
                run.out()
                        .startsWith("240 rows: 192 to learn from, 24 for stopping, 24 held out. 4 columns, 8 features,"
                                + " to predict 'kind', 3 classes: kind0, kind1, kind2.\n"),
                run.out());
        assertTrue(score(run.out(), "accuracy") > 0.9, run.out());
        String page = Files.readString(out.resolve("report.html"));
        assertTrue(page.contains("What was taken for what") && page.contains("The worst of the validation rows"), page);
        assertFalse(page.contains("http-equiv=\"refresh\""));
        assertTrue(Files.readString(out.resolve("history.csv"))
                .startsWith("epoch,lr,seconds,loss,val_loss,val_accuracy\n"));
        assertTrue(Files.size(out.resolve("history.png")) > 10_000);

        // The same again has the same bits.
        Path again = folder.resolve("again");
        train(data, again, "--target", "kind", "--drop", "height", "--epochs", "30", "--hidden", "16");
        assertArrayEquals(
                Files.readAllBytes(out.resolve("model.safetensors")),
                Files.readAllBytes(again.resolve("model.safetensors")));

        Path fresh = flowers("fresh.csv", false);
        Path answers = folder.resolve("answers.csv");
        CommandRun predict = CommandRun.of(
                "predict", out.resolve("model.safetensors").toString(), fresh.toString(), "--out", answers.toString());
        assertEquals(0, predict.exitCode(), predict.err());
        Table table = Table.read(answers);
        assertEquals(List.of("petal", "colour", "seen", "noise", "predicted_kind", "probability"), table.names());
        assertEquals(240, table.rows());
        int right = 0;
        for (int r = 0; r < table.rows(); r++) {
            right += ("kind" + r % 3).equals(table.text("predicted_kind", r)) ? 1 : 0;
        }
        assertTrue(right > 216, right + " of 240");
        CommandRun printed =
                CommandRun.of("predict", out.resolve("model.safetensors").toString(), fresh.toString());
        assertEquals(Files.readString(answers), printed.out());
    }

    @Test
    void numbers() throws IOException {
        Path out = folder.resolve("out");
        CommandRun run = train(
                flowers("flowers.csv", true),
                out,
                "--target",
                "height",
                "--epochs",
                "60",
                "--hidden",
                "16",
                "--lr",
                "0.01");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("to predict 'height', a number."), run.out());
        assertTrue(score(run.out(), "r2") > 0.9, run.out());
        assertTrue(score(run.out(), "rmse") < 4, run.out());
    }

    /** Half of it, and then the rest, is the whole. */
    @Test
    void goesOn() throws IOException {
        Path data = flowers("flowers.csv", true);
        String[] settings = {"--target", "kind", "--hidden", "16", "--patience", "100"};
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");
        train(
                data,
                whole,
                Stream.concat(Stream.of("--epochs", "8"), Stream.of(settings)).toArray(String[]::new));
        train(
                data,
                parts,
                Stream.concat(Stream.of("--epochs", "3"), Stream.of(settings)).toArray(String[]::new));
        CommandRun rest = train(
                data,
                parts,
                Stream.concat(Stream.of("--resume", "--epochs", "8"), Stream.of(settings))
                        .toArray(String[]::new));
        assertEquals(0, rest.exitCode(), rest.err());
        assertArrayEquals(
                Files.readAllBytes(whole.resolve("model.safetensors")),
                Files.readAllBytes(parts.resolve("model.safetensors")));
        assertEquals(9, Files.readAllLines(parts.resolve("history.csv")).size());
        CommandRun other = train(data, parts, "--resume", "--target", "kind", "--hidden", "8");
        assertEquals(2, other.exitCode());
        assertTrue(other.err().contains("does not fit"), other.err());
        for (String[] others : new String[][] {
            {"--seed", "2"},
            {"--lr", "0.1"},
            {"--batch-size", "16"},
            {"--dropout", "0"},
            {"--label-smoothing", "0"},
            {"--average", "0.9"},
            {"--drop", "noise"}
        }) {
            CommandRun changed = train(
                    data,
                    parts,
                    Stream.of(new String[] {"--resume", "--epochs", "9"}, settings, others)
                            .flatMap(Stream::of)
                            .toArray(String[]::new));
            assertEquals(2, changed.exitCode(), changed.out());
            assertTrue(changed.err().contains("go on with what it was begun with"), changed.err());
        }
        Files.writeString(data, Files.readString(data).replaceFirst("red", "blue"));
        CommandRun changed = train(
                data,
                parts,
                Stream.concat(Stream.of("--resume", "--epochs", "9"), Stream.of(settings))
                        .toArray(String[]::new));
        assertTrue(changed.err().contains("data's checksum"), changed.err());
        CommandRun none = train(data, folder.resolve("none"), "--resume", "--target", "kind");
        assertEquals(2, none.exitCode());
        assertTrue(none.err().contains("there is no training to go on with"), none.err());
    }

    @Test
    void pictures() throws IOException {
        Path root = Trainings.pictures(folder.resolve("pictures"));
        Path out = folder.resolve("out");
        CommandRun run = train(root, out, "--size", "10", "--epochs", "6", "--batch-size", "8", "--lr", "0.003");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(
                run.out()
                        .startsWith(
                                "60 pictures: 48 to learn from, 6 for stopping, 6 held out. 2 classes: across, down.\n"),
                run.out());
        assertTrue(score(run.out(), "accuracy") > 0.85, run.out());
        CommandRun predict =
                CommandRun.of("predict", out.resolve("model.safetensors").toString(), root.toString());
        assertEquals(0, predict.exitCode(), predict.err());
        List<String> lines = predict.out().lines().toList();
        assertEquals(61, lines.size());
        assertEquals("file,predicted_class,probability", lines.getFirst());
        long right = lines.stream()
                .skip(1)
                .filter(line -> line.substring(0, 4).equals(line.split(",", -1)[1].substring(0, 4)))
                .count();
        assertTrue(right > 50, predict.out());
    }

    /** What is read otherwise than one may have meant, and many classes. */
    @Test
    void theFirstLines() throws IOException {
        StringBuilder text = new StringBuilder("a,b,kind\n");
        for (int i = 0; i < 188; i++) {
            text.append(
                    String.format(Locale.ROOT, "\"%d,5\",%s,class%d%n", i % 9, i % 5 == 3 ? "inf" : "" + i, i % 94));
        }
        Path data = Files.writeString(folder.resolve("commas.csv"), text);
        CommandRun run = train(data, folder.resolve("out"), "--target", "kind", "--epochs", "1");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("column 'b' has "), run.err());
        run = train(data, folder.resolve("out"), "--target", "kind", "--epochs", "1", "--drop", "b");
        assertEquals(0, run.exitCode(), run.err());
        List<String> lines = run.out().lines().toList();
        assertTrue(
                lines.getFirst().matches(".* 94 classes: class0, class1, class10, .*, \\.\\.\\. \\([0-9]+ more\\)\\."),
                run.out());
        assertTrue(lines.getFirst().length() < 320, run.out());
        assertEquals("Column 'a' is read as texts, because '0,5' in row 1 is no number.", lines.get(1));
    }

    private static void refused(CommandRun run, String why) {
        Trainings.refused(run, why);
    }

    @Test
    void whatCannotBeDone() throws IOException {
        Path out = folder.resolve("out");
        Path data = flowers("flowers.csv", true);
        refused(train(folder.resolve("no.csv"), out, "--target", "x"), "no.csv: there is no such file");
        refused(train(data, out), "--target is missing");
        refused(train(data, out, "--target", "size"), "there is no column 'size'");
        refused(train(data, out, "--target", "kind", "--drop", "size"), "there is no column 'size'");
        refused(train(data, out, "--target", "kind", "--task", "guess"), "write classify or regress");
        refused(train(data, out, "--target", "kind", "--task", "regress"), "is no number");
        refused(train(data, out, "--target", "kind", "--lr", "0"), "--lr 0.0");
        refused(train(data, out, "--target", "kind", "--epochs", "0"), "--epochs 0");
        refused(train(data, out, "--target", "kind", "--label-smoothing", "1.5"), "--label-smoothing 1.5");
        refused(train(data, out, "--target", "kind", "--average", "1"), "--average 1.0");
        refused(
                CommandRun.of("train", data.toString(), "--target", "kind", "--device", "abacus"),
                "'abacus' is not available");
        Path empty = Files.writeString(folder.resolve("empty.csv"), "");
        refused(train(empty, out, "--target", "x"), "the file is empty");
        Path one = Files.writeString(folder.resolve("one.csv"), "a,b\n1,x\n2,x\n3,x\n4,x\n");
        refused(train(one, out, "--target", "b"), "one class only");
        Path few = Files.writeString(folder.resolve("few.csv"), "a,b\n1,x\n2,y\n");
        refused(train(few, out, "--target", "b"), "there are 2 samples");
        Path names = Files.writeString(folder.resolve("same.csv"), "a,b\n1,x\n1,y\n1,x\n1,y\n1,x\n");
        refused(train(names, out, "--target", "b"), "no column to learn 'b' from");
        Path three = Files.writeString(folder.resolve("three.csv"), "x,y\n1,a\n2,b\n3,a\n");
        refused(
                train(three, out, "--target", "y"),
                "in the rows that are learnt from, 1 of 3, the others have one value");
        refused(train(data, out, "--target", "kind", "--drop", "kind"), "--drop kind: that is the target");
        Path pictures = Files.createDirectory(folder.resolve("pictures"));
        refused(train(pictures, out), "has no folders in it");
        refused(CommandRun.of("predict", data.toString(), data.toString()), "flowers.csv");
        refused(CommandRun.of("predict", folder.resolve("no").toString(), data.toString()), "there is no such file");
        train(data, out, "--target", "kind", "--epochs", "1");
        String model = out.resolve("model.safetensors").toString();
        refused(CommandRun.of("predict", out.toString(), one.toString()), "is a folder");
        refused(CommandRun.of("predict", model, folder.toString()), folder.toString());
        refused(CommandRun.of("predict", model, data.toString(), "--out", "/nowhere/at/all.csv"), "no such folder");
        Path copy = folder.resolve("copy.safetensors");
        assertEquals(0, CommandRun.of("convert", model, copy.toString()).exitCode());
        assertEquals(
                0, CommandRun.of("predict", copy.toString(), data.toString()).exitCode());
        CommandRun npz =
                CommandRun.of("convert", model, folder.resolve("copy.npz").toString());
        assertTrue(npz.out().contains("metadata ondol.table"), npz.out());
        refused(CommandRun.of("predict", model, one.toString()), "there is no column 'petal'");
    }
}
