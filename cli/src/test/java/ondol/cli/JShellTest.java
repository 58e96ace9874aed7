package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import ondol.backend.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ondol jshell} as a process of its own, which starts another for what is typed. */
final class JShellTest {
    private static final String TYPED = """
            Ondol.manualSeed(43052)
            Tensor x = Tensor.randn(2, 2)
            x.matmul(x)
            Module net = new Linear(1, 1)
            1 + 1
            Plot.points(x.select(1, 0), x)
            x.matmul(Tensor.ones(3, 2))
            """;

    @TempDir
    private Path folder;

    /** What it prints, the prompts and what was typed left out. */
    private List<String> lines(String typed, String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("jshell"));
        all.addAll(List.of(arguments));
        ProcessBuilder builder = new ChildJvm(Main.class)
                .options("-Djava.util.prefs.userRoot=" + Files.createDirectories(folder.resolve("preferences")))
                .arguments(all.toArray(String[]::new))
                .without("ONDOL_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")
                .builder();
        File input = Files.writeString(folder.resolve("typed"), typed).toFile();
        Process process = builder.redirectErrorStream(true).redirectInput(input).start();
        String output;
        try (InputStream in = process.getInputStream()) {
            output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertEquals(0, process.waitFor(), output);
        List<String> lines = new ArrayList<>();
        for (String line : output.lines().toList()) {
            String shown = line.substring(line.lastIndexOf("jshell> ") < 0 ? 0 : line.lastIndexOf("jshell> ") + 8);
            lines.add(shown);
        }
        return lines;
    }

    private static void assertShown(List<String> lines, String name, String... value) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).endsWith(name + " ==>")) {
                assertEquals(List.of(value), lines.subList(i + 1, i + 1 + value.length));
                return;
            }
        }
        throw new AssertionError(name + " is not shown in " + String.join("\n", lines));
    }

    @Test
    void valuesAreShownAsTheyPrint() throws IOException, InterruptedException {
        for (int time = 0; time < 2; time++) { // the first makes the feedback mode, the second finds it
            List<String> lines = lines(TYPED);
            assertTrue(lines.getFirst().startsWith("Ondol "), lines.toString());
            assertShown(lines, "x", "tensor([[-0.8178, -0.7052],", "        [-0.5843, -0.6179]])");
            assertShown(lines, "net", "Linear(in_features=1, out_features=1, bias=True)");
            assertTrue(lines.contains("Plot(1 line)"), lines.toString());
            assertTrue(lines.stream().anyMatch(line -> line.contains("inner sizes 2 and 3 differ")), lines.toString());
        }
    }

    @Test
    void tensorsAreNotCut() throws IOException, InterruptedException {
        List<String> lines = lines("Tensor x = Tensor.zeros(30, 30)\n");
        assertEquals(
                29,
                lines.stream()
                        .filter(line -> line.startsWith("        [0., 0."))
                        .count(),
                lines.toString());
    }

    @Test
    void filesAreRunAndArgumentsPassedOn() throws IOException, InterruptedException {
        Path script = Files.writeString(folder.resolve("script.jsh"), """
                System.out.println(Tensor.ones(2).mul(Integer.getInteger("factor")));
                System.out.println(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
                /exit 0
                """);
        List<String> lines = lines("", "-R-Dfactor=3", script.toString());
        assertEquals(List.of("tensor([3., 3.])", "true"), lines);
    }

    @Test
    void moreClassesStandBesideOndols() throws IOException, InterruptedException {
        Path words = Files.writeString(
                Files.createDirectories(folder.resolve("more")).resolve("words.txt"), "here");
        Path script = Files.writeString(folder.resolve("script.jsh"), """
                System.out.println(Thread.currentThread().getContextClassLoader().getResource("words.txt") != null);
                System.out.println(Tensor.ones(1));
                /exit 0
                """);
        String more = words.getParent().toString();
        assertEquals(List.of("true", "tensor([1.])"), lines("", "--class-path", more, script.toString()));
    }

    @Test
    void helpIsOndols() {
        CommandRun run = CommandRun.of("jshell", "--help");
        assertEquals(0, run.exitCode());
        assertTrue(run.out().contains("ONDOL_JAVA_OPTS"), run.out());
        assertFalse(run.out().contains("--startup"), run.out());
    }
}
