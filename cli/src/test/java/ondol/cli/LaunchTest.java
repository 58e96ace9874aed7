package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code ondol launch}: real processes on this machine. */
@Timeout(900)
final class LaunchTest {
    private static final Path DIGITS =
            Markdown.ROOT.resolve("datasets/src/main/resources/ondol/datasets/digits.csv.gz");

    @TempDir
    private Path folder;

    private CommandRun digits(int workers, String out, String... more) {
        List<String> arguments = new ArrayList<>(List.of("launch", "--workers", "" + workers));
        arguments.addAll(List.of("train", DIGITS.toString(), "--target", "64", "--hidden", "64"));
        arguments.addAll(List.of("--out", folder.resolve(out).toString()));
        arguments.addAll(List.of(more));
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    private byte[] model(String out) throws IOException {
        return Files.readAllBytes(folder.resolve(out).resolve("model.safetensors"));
    }

    private static boolean lineOf(String text, int rank, String part) {
        return text.lines().anyMatch(line -> line.startsWith("[" + rank + "] ") && line.contains(part));
    }

    @Test
    void oneTwoAndFourWorkersLearnTheSame() throws IOException {
        for (int workers : new int[] {1, 2, 4}) {
            CommandRun run = digits(workers, "out" + workers, "--epochs", "5");
            assertEquals(0, run.exitCode(), run.err());
            assertTrue(lineOf(run.out(), 0, "Held-out "), run.out());
            assertFalse(run.out().contains("[1]"), run.out()); // rank 0 speaks alone
            assertArrayEquals(model("out1"), model("out" + workers), workers + " workers");
        }
    }

    /** Kills one of the workers as soon as a checkpoint is there; what goes on from it ends with the same bits. */
    @Test
    void aKilledWorkerEndsAllAndARestartEndsWithTheSameBits() throws IOException, InterruptedException {
        assertEquals(0, digits(2, "whole", "--epochs", "8", "--patience", "100").exitCode());
        CompletableFuture<CommandRun> killed =
                CompletableFuture.supplyAsync(() -> digits(2, "killed", "--epochs", "8", "--patience", "100"));
        Path checkpoints = folder.resolve("killed").resolve("checkpoints");
        while (!killed.isDone() && !hasFiles(checkpoints)) {
            Thread.sleep(20);
        }
        List<ProcessHandle> workers = ProcessHandle.current().children().toList();
        assertEquals(2, workers.size());
        workers.getLast().destroyForcibly();
        CommandRun run = killed.join();
        assertEquals(137, run.exitCode(), run.out() + run.err());
        assertTrue(run.err().contains("has ended with exit code 137"), run.err());
        assertTrue(run.err().contains("is gone: its connection has ended"), run.err());
        assertFalse(Files.exists(folder.resolve("killed").resolve("model.safetensors")));
        CommandRun rest = digits(4, "killed", "--epochs", "8", "--patience", "100", "--resume");
        assertEquals(0, rest.exitCode(), rest.err());
        assertArrayEquals(model("whole"), model("killed"));
    }

    private static boolean hasFiles(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".safetensors"));
        }
    }

    @Test
    void whatIsWrongWithTheTrainingIsSaidWithItsExitCode() {
        CommandRun run = digits(2, "none", "--resume");
        assertEquals(2, run.exitCode(), run.err());
        assertTrue(lineOf(run.err(), 0, "there is no training to go on with"), run.err());
        assertEquals(2, digits(2, "few", "--shards", "1").exitCode());
    }

    @Test
    void aProgramOfOnesOwn() throws IOException {
        Path source = Files.writeString(folder.resolve("Sum.java"), """
                import ondol.distributed.ProcessGroup;

                void main(String[] arguments) {
                    try (ProcessGroup group = ProcessGroup.fromEnvironment()) {
                        float[] values = {group.rank() + 1};
                        group.allReduce(values);
                        IO.println(arguments[0] + " " + values[0]);
                        if (arguments[0].equals("fails") && group.rank() == 1) {
                            System.exit(9);
                        }
                        group.barrier();
                    }
                }
                """);
        CommandRun run = CommandRun.of("launch", "--workers", "3", source.toString(), "--sum");
        assertEquals(0, run.exitCode(), run.err());
        for (int rank = 0; rank < 3; rank++) {
            assertTrue(lineOf(run.out(), rank, "--sum 6.0"), run.out());
        }
        CommandRun fails = CommandRun.of("launch", "--workers", "3", source.toString(), "fails");
        assertTrue(
                fails.exitCode() == 9 || fails.exitCode() == 1, fails.err()); // whichever of them is the first to end
        assertTrue(fails.err().contains("rank 1 has ended with exit code 9"), fails.err());
        assertTrue(lineOf(fails.err(), 0, "rank 1 (127.0.0.1:"), fails.err());
    }

    @Test
    void badCommandLines() {
        assertEquals(2, CommandRun.of("launch", "train").exitCode());
        assertEquals(2, CommandRun.of("launch", "--workers", "2").exitCode());
        assertEquals(2, CommandRun.of("launch", "--workers", "0", "train").exitCode());
    }
}
