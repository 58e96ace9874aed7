package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import ondol.backend.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What pins a library in the environment does not reach what is timed. */
final class PinnedVariablesTest {
    private static final Map<String, String> PINNED = Map.of(
            "OPENBLAS_CORETYPE", "Haswell",
            "OPENBLAS_L2_SIZE", "512",
            "OPENBLAS_VERBOSE", "2",
            "OPENBLAS_NUM_THREADS", "17",
            "OMP_NUM_THREADS", "17",
            "MKL_NUM_THREADS", "17",
            "MKL_ENABLE_INSTRUCTIONS", "SSE4_2",
            "ATEN_CPU_CAPABILITY", "default",
            "DNNL_MAX_CPU_ISA", "SSE41",
            "SD_MAX_THREADS", "17");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "OPENBLAS_CORETYPE",
                "OPENBLAS_L2_SIZE",
                "OPENBLAS_VERBOSE",
                "OPENBLAS_NUM_THREADS",
                "GOTO_NUM_THREADS",
                "GOTOBLAS_MAIN_FREE",
                "BLIS_ARCH_TYPE",
                "MKL_NUM_THREADS",
                "MKL_CBWR",
                "MKL_DEBUG_CPU_TYPE",
                "OMP_NUM_THREADS",
                "OMP_PROC_BIND",
                "KMP_AFFINITY",
                "GOMP_CPU_AFFINITY",
                "DNNL_MAX_CPU_ISA",
                "ONEDNN_VERBOSE",
                "MKLDNN_VERBOSE",
                "ATEN_CPU_CAPABILITY",
                "TORCH_LOGS",
                "PYTORCH_LIBRARY_PATH",
                "ND4J_SKIP_BLAS_THREADS",
                "SD_MAX_THREADS",
                "BACKEND_PRIORITY_CPU",
                "DJL_DEFAULT_ENGINE",
                "NVIDIA_TF32_OVERRIDE",
                "GLIBC_TUNABLES",
                "MALLOC_ARENA_MAX"
            })
    void pins(String variable) {
        assertTrue(PinnedVariables.isPinned(variable));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PATH",
                "HOME",
                "LANG",
                "TMPDIR",
                "JAVA_HOME",
                "LD_LIBRARY_PATH",
                "CUDA_VISIBLE_DEVICES",
                "POCL_DEVICES",
                "OCL_ICD_VENDORS",
                "ONDOL_JAVA_OPTS",
                "NVIDIA_TF32_OVERRIDES",
                "COMP_WORDBREAKS",
                "openblas_coretype"
            })
    void doesNotPin(String variable) {
        assertFalse(PinnedVariables.isPinned(variable));
    }

    @Test
    void onlyWhatPinsIsTakenOut() {
        Map<String, String> environment = new HashMap<>(PINNED);
        environment.put("PATH", "/bin");
        assertEquals(PINNED, PinnedVariables.in(environment));
        PinnedVariables.removeFrom(environment);
        assertEquals(Map.of("PATH", "/bin"), environment);
    }

    @Test
    void noBenchmarkIsStartedPinned(@TempDir Path folder) throws IOException, InterruptedException {
        startedUnpinned(folder, "bench", "--quick", "--peers");
    }

    @Test
    void noColdTrainingIsStartedPinned(@TempDir Path folder) throws IOException, InterruptedException {
        String output = startedUnpinned(folder, "bench", "--quick", "--cold");
        String table = Files.readString(folder.resolve("out/cold.md"));
        assertTrue(table.contains("| steps in the tenth second of training | 1 |"), table);
        assertTrue(output.contains("step, 300 points, 1-1000-1, dropout 0.1: medians of 3 starts"), output);
    }

    /** Runs the command with a pinned environment; stand-ins for JMH and the training keep what they were given. */
    private static String startedUnpinned(Path folder, String... arguments) throws IOException, InterruptedException {
        Path environments = Files.createDirectory(folder.resolve("environments"));
        ChildJvm.Result end = new ChildJvm(Main.class)
                .options(
                        "--add-modules=jdk.incubator.vector",
                        "-Dondol.benchmarks=" + System.getProperty("java.class.path"),
                        "-Dondol.benchmarks.peers=" + folder,
                        "-Dondol.test.environments=" + environments)
                .arguments(arguments)
                .arguments(
                        "--devices",
                        "cpu",
                        "--threads",
                        "1",
                        "--out",
                        folder.resolve("out").toString())
                .environment(PINNED)
                .run();
        String output = end.output();
        assertEquals(0, end.exitCode(), output);
        assertTrue(output.contains("Kernels of cpu"), output);
        assertTrue(output.contains(": those of a stand-in"), output);
        assertTrue(output.contains("OPENBLAS_CORETYPE=Haswell"), output); // the head says what was left out

        List<Path> files;
        try (Stream<Path> listed = Files.list(environments)) {
            files = listed.toList();
        }
        assertTrue(files.size() > 5, output);
        for (Path file : files) {
            List<String> environment = Files.readAllLines(file);
            assertTrue(environment.contains("OMP_NUM_THREADS=1"), environment.toString());
            for (String variable : environment) {
                String name = variable.substring(0, Math.max(0, variable.indexOf('=')));
                assertTrue(!PinnedVariables.isPinned(name) || variable.endsWith("_NUM_THREADS=1"), variable);
            }
        }
        return output;
    }
}
