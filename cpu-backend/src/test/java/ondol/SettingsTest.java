package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import ondol.backend.cpu.CpuBackendProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A setting that means nothing is refused at the first use, by its name. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class SettingsTest {
    private static void assertRefused(String property, String value, String message, Supplier<?> use) {
        String before = System.getProperty(property);
        System.setProperty(property, value);
        try {
            var e = assertThrows(IllegalArgumentException.class, use::get);
            assertEquals(property + ": '" + value + "'" + message, e.getMessage());
        } finally {
            if (before == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, before);
            }
        }
    }

    private static Device device() {
        return new CountingBackend(1 << 20).device("settings");
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "x", "1025", "1.5"})
    void threads(String value) {
        String message = " is no number of threads; give 1 to 1024";
        assertRefused("ondol.cpu.threads", value, message, new CpuBackendProvider()::probe);
        assertRefused("ondol.cpu.threads", value, message, () -> new CpuBackendProvider().open(0));
    }

    @Test
    void vector() {
        String message = " is neither auto, true nor false";
        assertRefused("ondol.cpu.vector", "maybe", message, new CpuBackendProvider()::probe);
        assertRefused("ondol.cpu.vector", "maybe", message, () -> new CpuBackendProvider().open(0));
    }

    @ParameterizedTest
    @CsvSource({"1x", "0", "-4GB", "1.5GB", "9999999999999GB"})
    void memoryLimit(String value) {
        assertRefused(
                "ondol.memory.limit",
                value,
                " is no amount of memory; write for example 256MB or 4GB",
                SettingsTest::device);
    }

    /** On every device, those that would not use it too. */
    @Test
    void matmul() {
        assertRefused("ondol.matmul", "xyz", " is no precision; write strict, float32 or tf32", SettingsTest::device);
    }

    @ParameterizedTest
    @CsvSource({"yes", "TRUE"})
    void poison(String value) {
        assertRefused("ondol.debug.poison", value, " is neither true nor false", SettingsTest::device);
    }

    @Test
    void log() {
        assertRefused(
                "ondol.log",
                "loud",
                " is no level; write all, trace, debug, info, warning, error or off",
                SettingsTest::device);
    }

    @Test
    void folders(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "in the way").toAbsolutePath();
        for (Path path : new Path[] {file, file.resolve("below")}) {
            assertRefused(
                    "ondol.cache",
                    path.toString(),
                    ": " + file + " is a file; write a folder, or none",
                    SettingsTest::device);
            assertRefused(
                    "ondol.dumpKernels",
                    path.toString(),
                    ": " + file + " is a file; write a folder",
                    SettingsTest::device);
        }
        assertRefused(
                "ondol.cache",
                "a\0b",
                " is no path (Nul character not allowed); write a folder, or none",
                SettingsTest::device);
    }
}
