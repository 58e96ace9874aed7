package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import ondol.backend.BackendProvider.Probe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Why there is no OpenCL, in a Java of its own each time: a library that did not load is never tried again. */
class UnavailableTest {
    private static final String ACCESS = "--enable-native-access=ALL-UNNAMED";

    /** Says what a probe says, twice. */
    static final class Main {
        public static void main(String[] arguments) {
            for (int time = 0; time < 2; time++) {
                System.out.println(
                        new OpenClBackendProvider().probe() instanceof Probe.Unavailable none
                                ? none.reason()
                                : "found");
            }
        }
    }

    @TempDir
    Path folder;

    private static List<String> probe(Map<String, String> environment, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        return out.lines().toList();
    }

    private static void assertSays(List<String> reasons, String part) {
        assertEquals(2, reasons.size(), reasons.toString());
        for (String reason : reasons) {
            assertTrue(reason.startsWith("JOCL's native library cannot be loaded: "), reason);
            assertTrue(reason.contains(part), reason);
            assertTrue(reason.contains("--enable-native-access"), reason);
        }
    }

    @Test
    void aPlatformWithoutJocl() throws Exception {
        assertSays(probe(Map.of(), ACCESS, "-Dos.arch=sparc"), "sparc");
    }

    @Test
    void nativeAccessIsDenied() throws Exception {
        assertSays(probe(Map.of(), "--illegal-native-access=deny"), "Illegal native access");
    }

    @Test
    void noTemporaryFolder() throws Exception {
        String missing = folder.resolve("missing").toString();
        List<String> reasons = probe(Map.of(), ACCESS, "-Djava.io.tmpdir=" + missing);
        String reason = reasons.getFirst();
        assertTrue(reason.contains("cannot be loaded: cannot make a folder in " + missing), reason);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void noDriver() throws Exception {
        OpenClDevice.open().close(); // there is an OpenCL library, or the test is skipped
        for (String reason : probe(Map.of("OCL_ICD_VENDORS", folder.toString()), ACCESS)) {
            assertTrue(reason.startsWith("OpenCL is installed, but no driver offers a device; install "), reason);
        }
    }
}
