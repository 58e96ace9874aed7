package ondol.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import ondol.backend.Backend;
import ondol.backend.Buffer;
import ondol.backend.ChildJvm;
import ondol.backend.Required;
import ondol.backend.SmallContract;
import ondol.backend.c.Call;
import ondol.backend.c.MatMulTiles;
import ondol.backend.c.MatMulTiles.Kind;
import ondol.backend.c.Planner;
import ondol.backend.c.Source;
import ondol.kernel.Type;
import org.jocl.CL;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kernels and calls under Oclgrind, an OpenCL device that interprets kernels and reports accesses outside of a buffer, races
 * and wrong arguments of calls. Skipped where it is not installed; with {@code -Dondol.test.requireOclgrind=true} that is a
 * failure.
 */
class OclgrindTest {
    /**
     * The driver itself. The command {@code oclgrind} sets what {@link #run} does and puts a library before all others, which
     * does not reach programs that look OpenCL up by themselves, as JOCL does.
     */
    private static final String DRIVER = "liboclgrind-rt-icd.so";

    /**
     * Without the compiler's optimisations, which narrow a number to two bits where a dropout mask looks at two: Oclgrind 21.10
     * compares such with more bits than they have, and computes other masks.
     */
    private static final String AS_WRITTEN = "-cl-opt-disable";

    @TempDir
    Path folder;

    private static Path driver;

    @BeforeAll
    static void find() {
        driver = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(bin ->
                        Path.of(bin).resolveSibling("lib").resolve("oclgrind").resolve(DRIVER))
                .filter(Files::isRegularFile)
                .findFirst()
                .orElse(null);
        if (driver == null) {
            String reason = "Oclgrind is not installed: there is no ../lib/oclgrind/" + DRIVER
                    + " beside a folder of the PATH (Debian and Ubuntu: oclgrind)";
            if (Required.is("oclgrind")) {
                fail(reason);
            }
            abort(reason);
        }
    }

    /** Runs a program on it; returns all that it has to object to. */
    private String run(String what) throws IOException, InterruptedException {
        Path log = folder.resolve("oclgrind.log");
        ChildJvm.Result end = new ChildJvm(Main.class)
                .options(
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-modules=jdk.incubator.vector",
                        "-Xmx512m",
                        "-Dondol.cache=none",
                        "-Dondol.test.requireOpencl=true")
                .arguments(what)
                .environment(Map.of(
                        "OCL_ICD_VENDORS",
                        driver.toString(),
                        "OCLGRIND_CHECK_API",
                        "1",
                        "OCLGRIND_DATA_RACES",
                        "1",
                        "OCLGRIND_BUILD_OPTIONS",
                        AS_WRITTEN,
                        "OCLGRIND_LOG",
                        log.toString()))
                .run();
        assertEquals(0, end.exitCode(), end.output());
        assertTrue(end.output().contains("Oclgrind Simulator"), end.output());
        int calls = end.output().indexOf("Oclgrind - OpenCL runtime error");
        return Files.readString(log) + (calls < 0 ? "" : end.output().substring(calls));
    }

    @Test
    void contract() throws IOException, InterruptedException {
        assertEquals("", run("contract"));
    }

    @Test
    void whatIsWrongIsReported() throws IOException, InterruptedException {
        String log = run("wrong");
        assertTrue(log.contains("data race at local memory"), log);
        assertTrue(log.contains("Invalid write of size 4 at global memory"), log);
        assertTrue(log.contains("clEnqueueCopyBuffer"), log);
    }

    /** What runs on it. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws Throwable {
            try (OpenClBackend device = OpenClDevice.open()) {
                System.out.println("on " + device.info().name());
                if (arguments[0].equals("contract")) {
                    contract(device);
                } else {
                    wrong(device);
                }
            }
        }

        private static void contract(OpenClBackend device) throws Throwable {
            List<Backend> ways = List.of(
                    new Planned(device, Planner.ofGpu(_ -> new MatMulTiles(Kind.TILED, 4, 4, 16))),
                    new Planned(device, new Planner(_ -> new MatMulTiles(Kind.PACKED, 6, 16, 0))));
            for (Backend way : ways) {
                for (DynamicTest test : new SmallContract(way).tests().toList()) {
                    test.getExecutable().execute();
                }
            }
        }

        /** All work items write one place of local memory, one writes behind a buffer, and a copy goes beyond it. */
        private static void wrong(OpenClBackend device) {
            ClBuffer buffer = device.allocate(Type.F32, 4);
            Source source = new Source("wrong", """
                    typedef struct { i32 at; } Args;
                    KERNEL GROUP_SIZE(4) void wrong(GLOBAL f32* out, const Args a) {
                        LOCAL f32 shared[1];
                        shared[0] = (f32) LOCAL_ID;
                        BARRIER();
                        if (LOCAL_ID == 0) {
                            out[a.at] = shared[0];
                        }
                    }
                    """, 4, false);
            ByteBuffer at = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
            device.start(new Call(source, new Buffer[] {buffer}, at.putInt(0, 4), 1));
            device.finish();
            CL.clEnqueueCopyBuffer(device.queue, buffer.memory, buffer.memory, 0, 8, 16, 0, null, null);
        }
    }
}
