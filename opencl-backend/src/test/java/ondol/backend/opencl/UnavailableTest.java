package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import ondol.Device;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Why there is no OpenCL, in a Java of its own each time: a library that did not load is never tried again. */
class UnavailableTest {
    private static final String ACCESS = "--enable-native-access=ALL-UNNAMED";

    /** Says what a probe says, twice, and what a program is told. */
    static final class Main {
        public static void main(String[] arguments) {
            if (arguments.length > 0) {
                try {
                    Device.of("opencl");
                    System.out.println("found");
                } catch (IllegalArgumentException e) {
                    System.out.println(e.getMessage());
                }
                return;
            }
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

    /** Some library under the name of OpenCL's, so that it is looked at further on any machine. */
    private Map<String, String> library() throws IOException {
        Path some = Path.of(System.getProperty("java.home"), "lib", System.mapLibraryName("extnet"));
        Files.copy(some, folder.resolve("libOpenCL.so.1"));
        return Map.of("LD_LIBRARY_PATH", folder.toString());
    }

    private static List<String> probe(Map<String, String> environment, String... options)
            throws IOException, InterruptedException {
        ChildJvm jvm = new ChildJvm(Main.class)
                .options(options)
                .without("LD_LIBRARY_PATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")
                .environment(environment);
        ChildJvm.Result end = ChildJvm.end(
                jvm.builder().redirectError(ProcessBuilder.Redirect.DISCARD).start());
        assertEquals(0, end.exitCode(), end.output());
        return end.output().lines().toList();
    }

    /** What a program is told by {@code Device.of}; nothing else is printed. */
    private static String told(Map<String, String> environment, String option)
            throws IOException, InterruptedException {
        return new ChildJvm(Main.class)
                .options(option)
                .arguments("Device.of")
                .environment(environment)
                .runQuietly();
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
    @EnabledOnOs(OS.LINUX)
    void aPlatformWithoutJocl() throws Exception {
        assertSays(probe(library(), ACCESS, "-Dos.arch=sparc"), "sparc");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void nativeAccessIsDenied() throws Exception {
        assertSays(probe(library(), "--illegal-native-access=deny"), "Illegal native access");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void noTemporaryFolder() throws Exception {
        String missing = folder.resolve("missing").toString();
        List<String> reasons = probe(library(), ACCESS, "-Djava.io.tmpdir=" + missing);
        String reason = reasons.getFirst();
        assertTrue(reason.contains("cannot be loaded: cannot make a folder in " + missing), reason);
    }

    /** Java and JOCL have nothing to complain of: neither is asked. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void whereThereIsNoneNothingElseIsPrinted() throws Exception {
        String nowhere = "-Dondol.libraries.root=" + folder.resolve("missing");
        assertSaysNone(told(Map.of(), nowhere));
    }

    /** Native access is enabled, so that the loader can be asked: it does not take this one. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aLibraryThatCannotBeLoaded() throws Exception {
        for (String name : List.of("libOpenCL.so.1", "libOpenCL.so")) {
            Files.writeString(folder.resolve(name), "no library");
        }
        Map<String, String> environment = Map.of("LD_LIBRARY_PATH", folder.toString());
        assertSaysNone(told(environment, ACCESS));
    }

    private static void assertSaysNone(String said) {
        assertTrue(said.startsWith("device 'opencl' is not available: "), said);
        assertTrue(said.contains("opencl is unavailable: no OpenCL library on this machine; install "), said);
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
