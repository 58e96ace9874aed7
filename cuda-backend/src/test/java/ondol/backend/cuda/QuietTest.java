package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import ondol.Device;
import ondol.backend.ChildJvm;
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
        return new ChildJvm(Main.class).options(option).environment(environment).runQuietly();
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
