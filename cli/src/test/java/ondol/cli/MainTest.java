package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Command lines that need no training. */
final class MainTest {
    private static void assertRefused(CommandRun run, String... inMessage) {
        assertEquals(2, run.exitCode(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        for (String part : inMessage) {
            assertTrue(run.err().contains(part), run.err());
        }
    }

    @Test
    void versionAndHelp() {
        CommandRun version = CommandRun.of("--version");
        assertEquals(0, version.exitCode());
        assertTrue(version.out().startsWith("ondol "), version.out());
        for (String[] arguments : new String[][] {{}, {"--help"}, {"help"}}) {
            CommandRun help = CommandRun.of(arguments);
            assertEquals(0, help.exitCode());
            assertTrue(help.out().contains("lecture") && help.out().contains("bench"), help.out());
        }
        for (String[] arguments : new String[][] {{"help", "lecture"}, {"lecture", "--help"}}) {
            CommandRun help = CommandRun.of(arguments);
            assertEquals(0, help.exitCode());
            assertTrue(help.out().contains("--no-figures") && help.out().contains("--device"), help.out());
        }
        CommandRun bench = CommandRun.of("help", "bench");
        assertTrue(bench.out().contains("--quick") && bench.out().contains("--peers"), bench.out());
    }

    @Test
    void devicesListsTheCpu() {
        CommandRun run = CommandRun.of("devices");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        List<String> lines = run.out().lines().toList();
        assertTrue(lines.get(0).matches("DEVICE +NAME +MEMORY +STRICT +IN FORCE"), lines.get(0));
        assertTrue(lines.get(1).matches("cpu +\\S.* +\\d.*iB +yes +\\S.*"), lines.get(1));
        assertTrue(run.out().contains("unless it is told otherwise"), run.out());
    }

    @Test
    void verboseShowsTheLog() {
        CommandRun run = CommandRun.of("devices", "--verbose");
        assertEquals(0, run.exitCode());
        assertTrue(run.err().contains("ondol: Device.best: "), run.err());
    }

    @Test
    void badCommandLinesAreRefusedInOneLine(@TempDir Path folder) throws IOException {
        assertRefused(CommandRun.of("lecture", "--colour"), "--colour");
        assertRefused(CommandRun.of("lecture", "--device"), "--device");
        assertRefused(CommandRun.of("lecture", "section3"), "section3");
        assertRefused(CommandRun.of("lectures"), "lectures");
        assertRefused(CommandRun.of("lecture", "--device", "abacus"), "device 'abacus' is not available", "cpu");
        assertRefused(CommandRun.of("lecture", "--device", "cpu:7"), "device 'cpu:7' is not available");
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        assertRefused(CommandRun.of("lecture", "--device", "cpu", "--out", file.toString()), "cannot write", "file");
        String below = file.resolve("folder").toString();
        assertRefused(CommandRun.of("lecture", "--device", "cpu", "--out", below), "cannot write", below);
        assertRefused(CommandRun.of("bench", "--devices", "cpu,abacus"), "device 'abacus' is not available", "cpu");
        assertRefused(CommandRun.of("bench", "--devices", "cpu", "--threads", "0"), "--threads 0");
        assertRefused(CommandRun.of("bench", "--devices", "cpu", "--python", "abacus"), "--python abacus", "--cold");
        assertRefused(CommandRun.of("bench", "--devices", "cpu", "--out", below), "cannot write", below);
    }
}
