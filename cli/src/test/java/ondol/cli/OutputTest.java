package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import ondol.backend.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A command whose output cannot be written has failed. */
final class OutputTest {
    private static CommandRun into(OutputStream to, String... arguments) {
        StringWriter err = new StringWriter();
        int exitCode = Main.run(to, StandardCharsets.UTF_8, new PrintWriter(err), Expected.ofNotebook(), arguments);
        return new CommandRun(exitCode, "", err.toString());
    }

    /** Takes so many bytes, and fails then. */
    private static OutputStream failing(String reason, int after) {
        return new OutputStream() {
            private int taken;

            @Override
            public void write(int b) throws IOException {
                if (taken++ >= after) {
                    throw new IOException(reason);
                }
            }
        };
    }

    private static ProcessBuilder java(String argument) {
        return new ChildJvm(Main.class)
                .options("--enable-native-access=ALL-UNNAMED")
                .arguments(argument)
                .builder();
    }

    @Test
    void whatIsWrittenArrives() {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        assertEquals(new CommandRun(0, "", ""), into(to, "--version"));
        assertTrue(to.toString(StandardCharsets.UTF_8).startsWith("ondol "), to.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"devices", "help", "--help", "--version", "help bench", "lecture --help"})
    void aFullDiskFailsTheCommand(String line) {
        CommandRun run = into(failing("No space left on device", 3), line.split(" ", -1));
        assertEquals(1, run.exitCode());
        assertEquals(
                "ondol: the output could not be written: No space left on device",
                run.err().strip());
    }

    @Test
    void aReaderWhoIsGoneFailsItQuietly() {
        assertEquals(new CommandRun(1, "", ""), into(failing("Broken pipe", 0), "devices"));
    }

    @Test
    void whatFailedOtherwiseKeepsItsExitCode() {
        assertEquals(2, into(failing("No space left on device", 0), "lectures").exitCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"devices", "help", "--version"})
    void theFullDevice(String argument) throws IOException, InterruptedException {
        File full = new File("/dev/full");
        assumeTrue(full.exists(), "/dev/full is Linux's");
        Process process = java(argument).redirectOutput(full).start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), err);
        assertTrue(err.contains("ondol: the output could not be written: "), err);
    }

    /** The process begins to write only when nobody reads any more. */
    @Test
    void aCutPipe() throws IOException, InterruptedException {
        assumeTrue(new File("/bin/sh").canExecute(), "needs a shell");
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "read line && exec \"$@\"", "sh"));
        command.addAll(java("devices").command());
        Process process = new ProcessBuilder(command).start();
        process.getInputStream().close();
        try (OutputStream in = process.getOutputStream()) {
            in.write('\n');
        }
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), err);
    }
}
