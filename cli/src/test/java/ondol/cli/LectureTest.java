package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import ondol.Device;
import ondol.Ondol;
import ondol.cli.Expected.Block;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs the whole lecture on the CPU, once for most tests. */
final class LectureTest {
    @TempDir
    static Path folder;

    private static CommandRun run;

    @BeforeAll
    static void runTheLecture() {
        run = CommandRun.of("lecture", "--device", "cpu", "--out", folder.toString());
    }

    @Test
    void everyValueIsReproduced() {
        assertEquals(0, run.exitCode(), run.out() + run.err());
        assertEquals("", run.err());
        assertTrue(run.out().contains("236 of 236 printed values reproduced."), run.out());
        assertTrue(run.out().contains("14 figures, index.html and lecture.ipynb are in " + folder + "."), run.out());
    }

    @Test
    void outputsStandInTheNotebooksOrder() {
        int at = 0;
        for (Block block : Expected.ofNotebook().blocks()) {
            String code = block.code().replace("\n", "\n       ");
            String shown = "\ntorch> " + code + "\n" + block.text() + "\n";
            int found = run.out().indexOf(shown, at);
            assertTrue(found >= 0, "not after character " + at + ":" + shown + "\n--- in\n" + run.out());
            at = found + shown.length() - 1;
        }
    }

    @Test
    void theThreeComputationsPrintTheSame() {
        List<String> printed = new ArrayList<>();
        for (String code :
                List.of("net(x).reshape(-1)[:10]", "(U@W).reshape(-1)[:10]", "((U*W.reshape(-1)).sum(axis=1))[:10]")) {
            int start = run.out().indexOf("torch> " + code + "\n") + code.length() + 8;
            printed.add(run.out().substring(start, run.out().indexOf(")", start) + 1));
        }
        assertEquals(1, new HashSet<>(printed).size(), printed.toString());
        assertTrue(printed.getFirst().startsWith("tensor(["), printed.getFirst());
        assertTrue(printed.getFirst().endsWith("grad_fn=<SliceBackward0>)"), printed.getFirst());
        assertEquals(10, Expected.values(printed.getFirst()).size());
    }

    @Test
    void thereAreFourteenFiguresAndAPageThatShowsThem() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(16, files.count());
        }
        String page = Files.readString(folder.resolve("index.html"));
        int at = 0;
        for (int i = 1; i <= 14; i++) {
            int found = page.indexOf("<img src=\"" + figure(i).getFileName() + "\"", at);
            assertTrue(found > at, "figure " + i);
            at = found;
        }
        assertTrue(page.contains("grad_fn=&lt;AddmmBackward0&gt;"), "outputs are escaped");
        assertTrue(!page.contains("http"), "the page needs nothing but the figures beside it");
    }

    /** All of the notebook's Java, typed into jshell. */
    @Test
    void theJavaThatIsShownGivesWhatIsShown() throws IOException {
        JsonObject notebook = new Gson().fromJson(Files.readString(folder.resolve("lecture.ipynb")), JsonObject.class);
        assertEquals(
                KernelSpec.NAME,
                notebook.getAsJsonObject("metadata")
                        .getAsJsonObject("kernelspec")
                        .get("name")
                        .getAsString());
        int texts = 0;
        int figures = 0;
        Device before = Ondol.defaultDevice();
        Ondol.setDefaultDevice(Device.of("cpu"));
        try (JShell shell = JShell.builder().executionEngine("local").build()) {
            shell.addToClasspath(System.getProperty("java.class.path"));
            type(shell, StartUp.script());
            for (JsonElement each : notebook.getAsJsonArray("cells")) {
                JsonObject cell = each.getAsJsonObject();
                if (!cell.get("cell_type").getAsString().equals("code")) {
                    continue;
                }
                String java = cell.get("source").getAsString();
                String value = type(shell, java);
                for (JsonElement output : cell.getAsJsonArray("outputs")) {
                    JsonObject data = output.getAsJsonObject().getAsJsonObject("data");
                    if (data.has("text/plain")) {
                        assertEquals(data.get("text/plain").getAsString(), value, java);
                        texts++;
                    } else {
                        byte[] png =
                                Base64.getDecoder().decode(data.get("image/png").getAsString());
                        assertEquals(
                                450, ImageIO.read(new ByteArrayInputStream(png)).getHeight(), java);
                        assertTrue(value.startsWith("Plot"), java + " gives " + value);
                        figures++;
                    }
                }
            }
        } finally {
            Ondol.setDefaultDevice(before);
        }
        assertEquals(Expected.ofNotebook().blocks().size() + 3, texts, "and the three computations of 5.D");
        assertEquals(14, figures);
    }

    /** The value of the last line. */
    private static String type(JShell shell, String lines) {
        String rest = lines;
        String value = "";
        while (!rest.isBlank()) {
            SourceCodeAnalysis.CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            for (SnippetEvent event : shell.eval(next.source())) {
                assertNotEquals(Snippet.Status.REJECTED, event.status(), next.source());
                assertNull(event.exception(), next.source());
                if (event.causeSnippet() == null && event.status() != Snippet.Status.OVERWRITTEN) {
                    value = Objects.requireNonNullElse(event.value(), "");
                }
            }
            rest = next.remaining();
        }
        return value;
    }

    /** Colours as matplotlib draws them; 80 stands for half transparent on white. */
    @ParameterizedTest(name = "figure {0}: {1} {2} {3}")
    @CsvSource({
        "1, 1f77b4,,",
        "2, 1f77b4, ff7f0e,",
        "3, 1f77b480,,",
        "4, 1f77b480, ff7f0e,",
        "5, 1f77b480, ff7f0e80,",
        "6, 80808080, 1f77b4,",
        "7, 80808080, 1f77b4, ff7f0e",
        "8, 1f77b4, ff7f0e,",
        "9, 80808080, 1f77b4, ff7f0e",
        "10, 80808080, 1f77b4, ff7f0e",
        "11, 1f77b4,,",
        "12, 1f77b4, ff7f0e,",
        "13, ff7f0e80,,",
        "14, ff7f0e, ff7f0e80,"
    })
    void figuresHaveTheRightSizeAndColours(int number, String first, String second, String third) throws IOException {
        BufferedImage image = ImageIO.read(figure(number).toFile());
        assertEquals(number == 14 ? 1350 : 675, image.getWidth());
        assertEquals(450, image.getHeight());
        Set<Integer> colours = new HashSet<>();
        IntStream.range(0, image.getHeight())
                .forEach(j ->
                        IntStream.range(0, image.getWidth()).forEach(i -> colours.add(image.getRGB(i, j) & 0xffffff)));
        assertTrue(colours.contains(0xffffff) && colours.contains(0), "paper and axes");
        for (String colour : new String[] {first, second, third}) {
            if (colour != null) {
                Color wanted = onWhite(colour);
                assertTrue(colours.stream().anyMatch(c -> isNear(new Color(c), wanted)), colour);
            }
        }
    }

    private static Path figure(int number) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            String start = String.format("Figure%02d-", number);
            return files.filter(f -> f.getFileName().toString().startsWith(start))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Color onWhite(String colour) {
        int rgb = Integer.parseInt(colour.substring(0, 6), 16);
        Color c = new Color(rgb);
        return colour.length() == 6
                ? c
                : new Color((c.getRed() + 255) / 2, (c.getGreen() + 255) / 2, (c.getBlue() + 255) / 2);
    }

    private static boolean isNear(Color a, Color b) {
        return Math.abs(a.getRed() - b.getRed()) < 9
                && Math.abs(a.getGreen() - b.getGreen()) < 9
                && Math.abs(a.getBlue() - b.getBlue()) < 9;
    }

    @Test
    void anotherExpectationIsAMismatch() {
        List<Block> blocks = new ArrayList<>(Expected.ofNotebook().blocks());
        Block first = blocks.getFirst();
        blocks.set(
                0,
                new Block(
                        first.part(),
                        first.code(),
                        first.output().stream()
                                .map(line -> line.replace("4.0042", "4.0043"))
                                .toList()));
        CommandRun other = CommandRun.expecting(new Expected(blocks), "lecture", "--device", "cpu", "--no-figures");
        assertEquals(1, other.exitCode(), other.err());
        assertTrue(other.out().contains("235 of 236 printed values reproduced."), other.out());
        assertTrue(
                other.out()
                        .contains(
                                "Mismatch in 3.B, net[0].weight, net[0].bias, line 2, value 1: expected 4.0043, got 4.0042\n"),
                other.out());
        assertTrue(!other.out().contains("[Figure"), "no figures were wanted");
    }
}
