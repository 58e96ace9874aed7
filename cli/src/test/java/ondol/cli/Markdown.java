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
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Programs in the documentation: finds them, runs them, and compares what they print with what is shown. */
final class Markdown {
    /** The folder of the whole project. */
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    static final String PENGUINS = "datasets/src/main/resources/ondol/datasets/penguins.json";

    private static final Pattern FENCES = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$");

    private Markdown() {}

    /** A block between fences: its language, its text, and what stands between the block before and this one. */
    record Block(String before, String language, String text) {
        boolean isJava() {
            return language.equals("java");
        }

        private boolean isOutput() {
            return language.isEmpty() && !text.startsWith("./ondol ") && !text.startsWith("mvn ");
        }

        /** Its lines that import. */
        String imports() {
            return lines(true);
        }

        /** Its other lines. */
        String body() {
            return lines(false);
        }

        private String lines(boolean imports) {
            return text.lines()
                    .filter(line -> line.startsWith("import ") == imports)
                    .collect(Collectors.joining("\n"));
        }
    }

    /** The blocks of a text, and a last one without language and text, before which stands the rest. */
    static List<Block> blocks(String text) {
        List<Block> blocks = new ArrayList<>();
        Matcher fences = FENCES.matcher(text);
        int end = 0;
        while (fences.find()) {
            blocks.add(new Block(text.substring(end, fences.start()), fences.group(1), fences.group(2)));
            end = fences.end();
        }
        blocks.add(new Block(text.substring(end), "", ""));
        return blocks;
    }

    /** The output that is shown after a block; empty if there is none. */
    static String shownAfter(List<Block> blocks, int i, boolean atOnce) {
        Block next = blocks.get(i + 1);
        return next.isOutput() && (!atOnce || next.before.isBlank()) ? next.text : "";
    }

    /** What a program, compiled by {@code java} where it is a source, writes to its standard output. */
    static String run(Path folder, List<String> program) throws IOException, InterruptedException {
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

    /** Fails unless the output is what is shown. A line of dots there stands for any lines, and times are those of another run. */
    static void assertShown(String file, String of, String shown, String output) {
        String pattern = Arrays.stream(withoutTimes(shown).strip().split("\n\\.\\.\\.\n", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining("\n(?s:.*\n)?"));
        assertTrue(
                withoutTimes(output).strip().matches(pattern),
                () -> of + "\n" + file + " shows\n" + shown + "\nbut it prints\n" + output);
    }

    /** Without how long something took: at the end of a training, and in the column of an epoch's seconds. */
    private static String withoutTimes(String text) {
        return text.replaceAll("It took [0-9.]+ seconds", "It took ... seconds")
                .replaceAll("(?m)^( +\\d+ +\\S+) +[0-9.]+", "$1 ...");
    }
}
