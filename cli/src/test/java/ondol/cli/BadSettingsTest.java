package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import ondol.backend.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ondol devices} with a setting that means nothing says so in a line, and fails. */
class BadSettingsTest {
    private static void assertRefused(String property, String value, String message) throws Exception {
        ChildJvm.Result end = new ChildJvm(Main.class)
                .options("--add-modules", "jdk.incubator.vector", "-D" + property + "=" + value)
                .arguments("devices")
                .run();
        assertEquals(1, end.exitCode(), end.output());
        assertTrue(end.output().contains("ondol: " + property + ": '" + value + "'" + message), end.output());
    }

    @ParameterizedTest
    @CsvSource({
        "ondol.memory.limit, 1x, ' is no amount of memory; write for example 256MB or 4GB'",
        "ondol.cpu.threads, 0, ' is no number of threads; give 1 to 1024'",
        "ondol.cpu.threads, x, ' is no number of threads; give 1 to 1024'",
        "ondol.cpu.vector, maybe, ' is neither auto, true nor false'",
        "ondol.matmul, xyz, ' is no precision; write strict, float32 or tf32'"
    })
    void words(String property, String value, String message) throws Exception {
        assertRefused(property, value, message);
    }

    @Test
    void folders(@TempDir Path folder) throws Exception {
        String file = Files.writeString(folder.resolve("file"), "in the way")
                .toAbsolutePath()
                .toString();
        assertRefused("ondol.cache", file, ": " + file + " is a file; write a folder, or none");
        assertRefused("ondol.dumpKernels", file, ": " + file + " is a file; write a folder");
    }
}
