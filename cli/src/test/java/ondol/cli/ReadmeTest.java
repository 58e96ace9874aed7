package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import ondol.Tensor;
import ondol.io.Npz;
import ondol.io.TorchFile;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What README.md shows is what happens: its Java programs are compiled and run, and so are those of its commands that are quick, each
 * in a process of its own; what it shows of their output is compared. There, a line of dots stands for any lines, and times are those
 * of another run.
 */
final class ReadmeTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String PENGUINS = "datasets/src/main/resources/ondol/datasets/penguins.json";

    /** Commands whose output depends on the data alone, and is there soon. */
    private static final Set<String> QUICK = Set.of("train", "predict", "show", "convert");

    /** A block between fences: its language, its text, and what stands between the block before and this one. */
    private record Block(String before, String language, String text) {
        boolean isOutput() {
            return language.isEmpty() && !text.startsWith("./ondol ") && !text.startsWith("mvn ");
        }
    }

    @TempDir
    private Path folder;

    /** The files that README.md speaks of. */
    @BeforeEach
    void files() throws IOException {
        Path penguins = folder.resolve(PENGUINS);
        Files.createDirectories(penguins.getParent());
        Files.copy(ROOT.resolve(PENGUINS), penguins);
        Files.copy(penguins, folder.resolve("penguins.json"));
        Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));
        Map<String, Object> checkpoint = new LinkedHashMap<>();
        checkpoint.put("model", new LinkedHashMap<>(net.stateDict()));
        checkpoint.put("epoch", 12);
        TorchFile.save(folder.resolve("net.pt"), checkpoint);
        Npz.save(folder.resolve("digits.npz"), Map.of("images", Tensor.zeros(2, 8, 8)));
    }

    private static List<Block> blocks() throws IOException {
        List<Block> blocks = new ArrayList<>();
        Matcher fences =
                Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$").matcher(Files.readString(ROOT.resolve("README.md")));
        int end = 0;
        String text = Files.readString(ROOT.resolve("README.md"));
        while (fences.find()) {
            blocks.add(new Block(text.substring(end, fences.start()), fences.group(1), fences.group(2)));
            end = fences.end();
        }
        return blocks;
    }

    @Test
    void javaPrograms() throws IOException, InterruptedException {
        List<Block> blocks = blocks();
        int programs = 0;
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).language.equals("java")) {
                String name = "Program" + ++programs;
                Path source = Files.writeString(folder.resolve(name + ".java"), program(name, blocks.get(i).text));
                String output = run(List.of(source.toString()));
                boolean shown = i + 1 < blocks.size()
                        && blocks.get(i + 1).isOutput()
                        && blocks.get(i + 1).before.isBlank();
                assertShown(blocks.get(i).text, shown ? blocks.get(i + 1).text : "", output);
            }
        }
        assertTrue(programs >= 3, programs + " programs");
    }

    @Test
    void commands() throws IOException, InterruptedException {
        List<Block> blocks = blocks();
        List<String> ran = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            String[] words = blocks.get(i).text.strip().split("\\s+", -1);
            if (words[0].equals("./ondol") && QUICK.contains(words[1])) {
                ran.add(words[1]);
                List<String> command = new ArrayList<>(List.of("-Djava.awt.headless=true", Main.class.getName()));
                command.addAll(Arrays.asList(words).subList(1, words.length));
                boolean shown = i + 1 < blocks.size() && blocks.get(i + 1).isOutput();
                assertShown(blocks.get(i).text, shown ? blocks.get(i + 1).text : "", run(command));
            }
        }
        assertEquals(List.of("train", "predict", "show", "convert"), ran);
        assertEquals(345, Files.readAllLines(folder.resolve("answers.csv")).size());
        assertTrue(Files.exists(folder.resolve("ondol-train/report.html")));
    }

    /** The block as a program: with the packages of all modules, and a network if it takes one as given. */
    private static String program(String name, String block) {
        String imports =
                block.lines().filter(line -> line.startsWith("import ")).collect(Collectors.joining("\n"));
        String body = block.lines().filter(line -> !line.startsWith("import ")).collect(Collectors.joining("\n"));
        String net = body.contains("net.") && !body.contains(" net = ")
                ? "Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));"
                : "";
        return """
                import java.nio.file.Path;
                import java.util.List;
                import ondol.*;
                import ondol.data.*;
                import ondol.io.*;
                import ondol.nn.*;
                import ondol.optim.*;
                import ondol.train.*;
                %s
                public class %s {
                    public static void main(String[] arguments) throws Exception {
                        %s
                        %s
                    }
                }
                """.formatted(imports, name, net, body);
    }

    /** What a program, compiled by {@code java} where it is a source, writes to its standard output. */
    private String run(List<String> program) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(program);
        File errors = folder.resolve("errors.txt").toFile();
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(errors)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), program + "\n" + Files.readString(errors.toPath()));
        return output.replace(System.lineSeparator(), "\n");
    }

    private static void assertShown(String of, String shown, String output) {
        String pattern = Arrays.stream(withoutTimes(shown).strip().split("\n\\.\\.\\.\n", -1))
                .map(part -> Pattern.quote(part))
                .collect(Collectors.joining("\n(?s:.*\n)?"));
        assertTrue(
                withoutTimes(output).strip().matches(pattern),
                () -> of + "\nREADME.md shows\n" + shown + "\nbut it prints\n" + output);
    }

    /** Without how long something took: at the end of a training, and in the column of an epoch's seconds. */
    private static String withoutTimes(String text) {
        return text.replaceAll("It took [0-9.]+ seconds", "It took ... seconds")
                .replaceAll("(?m)^( +\\d+ +\\S+) +[0-9.]+", "$1 ...");
    }
}
