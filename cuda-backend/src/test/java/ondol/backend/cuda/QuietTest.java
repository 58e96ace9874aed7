package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import ondol.Device;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where there is no driver, a program is told so, and nothing else is printed. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class QuietTest {
    /** Says what a program is told. */
    static final class Main {
        public static void main(String[] arguments) {
            try {
                System.out.println("found " + Device.of("cuda").info());
            } catch (IllegalArgumentException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @TempDir
    Path folder;

    private static String run(Map<String, String> environment, String option) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        // With these Java says that it has options of them.
        builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "LD_LIBRARY_PATH"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("", new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, process.waitFor(), out);
        return out;
    }

    /** Java has nothing to warn of: its loader is not asked. */
    @Test
    void withoutNativeAccess() throws Exception {
        String said = run(Map.of(), "-Dondol.libraries.root=" + folder.resolve("missing"));
        assertTrue(
                said.contains(
                        "cuda is unavailable: no NVIDIA driver on this machine (there is no libcuda.so.1 where the"
                                + " system looks for libraries); for an NVIDIA GPU install its driver, 525 or newer"),
                said);
    }

    /** A driver of which nothing may be asked. */
    @Test
    void nativeAccessIsDenied() throws Exception {
        String deny = "--illegal-native-access=deny";
        Files.writeString(folder.resolve("libcuda.so.1"), "never looked into");
        String said = run(Map.of("LD_LIBRARY_PATH", folder.toString()), deny);
        assertTrue(
                said.contains(
                        "cuda is unavailable: there is an NVIDIA driver, but native code may not be called (Illegal"
                                + " native access"),
                said);
        assertTrue(said.contains("); start Java with --enable-native-access=ALL-UNNAMED"), said);
    }

    @Test
    void withNativeAccess() throws Exception {
        Files.writeString(folder.resolve("libcuda.so.1"), "no library");
        String said = run(Map.of("LD_LIBRARY_PATH", folder.toString()), "--enable-native-access=ALL-UNNAMED");
        assertTrue(said.contains("cuda is unavailable: no NVIDIA driver on this machine ("), said);
        assertTrue(said.contains("file too short"), said);
    }
}
