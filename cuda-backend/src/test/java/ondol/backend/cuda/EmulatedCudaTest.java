package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import ondol.backend.Backend;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.ChildJvm;
import ondol.backend.Required;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tests that need a GPU, on an {@link Emulator}: everything written in Java runs as it would on one. A part of the
 * contract, or with {@code -Dondol.test.emulateAll=true} all of it, and the soak test. Skipped where there can be no emulator;
 * with {@code -Dondol.test.requireEmulator=true} that is a failure.
 */
class EmulatedCudaTest {
    private static final boolean ALL = Boolean.getBoolean("ondol.test.emulateAll");
    private static final int EVERY = ALL ? 1 : 8;

    /** What has no scope waits for the garbage collector; a device that is closed before that leaves it over. */
    private static final String TENSORS = "emulator: \\d+ allocations left over";

    @TempDir
    static Path folder;

    private static Emulator emulator;

    @BeforeAll
    static void build() throws IOException, InterruptedException {
        String missing = Emulator.missing();
        if (missing != null && Required.is("emulator")) {
            fail(missing);
        }
        assumeTrue(missing == null, missing);
        emulator = new Emulator(folder);
        if (!ALL) {
            emulator.chooseTiles();
        }
    }

    @Test
    void contract() throws IOException, InterruptedException {
        // Most of the time goes into g++, so it pays to use two processors.
        int parts = Math.min(2, Runtime.getRuntime().availableProcessors());
        List<Process> running = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            running.add(start(13, part, parts, CudaContractTest.class));
        }
        for (Process process : running) {
            finish(process);
        }
    }

    @Test
    void faults() throws IOException, InterruptedException {
        // In use when the device is closed, which is what is tested.
        finish(start(13, 0, 1, CudaFaultTest.class), "emulator: 2 allocations left over");
    }

    @Test
    void aFaultThatCublasMeets() throws IOException, InterruptedException {
        finish(start(13, 0, 1, EmulatedFault.class));
    }

    @Test
    void vendorMatMulThroughJCuda() throws IOException, InterruptedException {
        finish(start(12, 0, 1, VendorMatMulTest.class));
    }

    @Test
    void vendorMatMul() throws IOException, InterruptedException {
        finish(start(13, 0, 1, VendorMatMulTest.class));
    }

    @Test
    void lecture() throws IOException, InterruptedException {
        finish(start(13, 0, 1, CudaLectureTest.class), TENSORS);
    }

    @Test
    void cublasIsOpenedWhenItIsNeeded() throws IOException, InterruptedException {
        finish(start(13, 0, 1, EmulatedCublas.class), TENSORS);
        finish(start(Map.of("EMULATED_CUBLAS", "3"), 13, 0, 1, EmulatedCublas.WithoutMemory.class), TENSORS);
    }

    @Test
    void trainings() throws IOException, InterruptedException {
        assumeTrue(ALL, "-Dondol.test.emulateAll=true is not set");
        finish(start(13, 0, 1, CudaTrainingTest.class), TENSORS);
    }

    @Test
    void soak() throws IOException, InterruptedException {
        assumeTrue(ALL, "-Dondol.test.emulateAll=true is not set");
        finish(start(13, 0, 1, CudaSoakTest.class), TENSORS);
    }

    @Test
    void whatOnlyAnEmulatorShows() throws IOException, InterruptedException {
        finish(start(13, 0, 1, EmulatedChecks.class));
    }

    /** It gets PTX of the newest architecture before it. */
    @Test
    void aGpuThatTheCompilerDoesNotKnow() throws IOException, InterruptedException {
        finish(start(Map.of("EMULATED_GPUS", "103"), 13, 0, 1, EmulatedChecks.class));
    }

    @Test
    void severalGpus() throws IOException, InterruptedException {
        finish(start(Map.of("EMULATED_GPUS", "90,90"), 13, 0, 1, EmulatedGpus.class));
    }

    /** Far fewer groups in a row than a GPU has: kernels take several rows. */
    @Test
    void gridsOfSeveralRows() throws IOException, InterruptedException {
        finish(start(Map.of("EMULATED_ROW", "7"), 13, 0, 1, EmulatedRows.class), TENSORS);
    }

    /** The GPU works without cuBLAS, and says why it does. */
    @Test
    void cublasThatDoesNotWork() throws IOException, InterruptedException {
        String details = ask(Map.of("EMULATED_CUBLAS", "8"));
        assertTrue(
                details.contains(", matmul STRICT: cuBLAS, CUDA's matrix products, cannot be used: ")
                        && details.contains(
                                "/libcublas.so.13: cublasCreate failed with CUBLAS_STATUS_ARCH_MISMATCH (8); ")
                        && details.endsWith("set -Dondol.cuda.cublas to its folder\n"),
                details);
    }

    @Test
    void theReasonsWhyThereIsNone() throws IOException, InterruptedException {
        String none = "there is an NVIDIA driver, but no GPU of compute capability 5.0 or above\n";
        assertEquals(none, ask(Map.of("EMULATED_INIT", "100")));
        assertEquals(none, ask(Map.of("EMULATED_GPUS", "")));
        assertEquals(none, ask(Map.of("EMULATED_GPUS", "35")));
        String mismatch = ask(Map.of("EMULATED_INIT", "803"));
        assertTrue(
                mismatch.startsWith("the NVIDIA driver does not work: cuInit failed with "
                        + "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803); see whether nvidia-smi lists the GPU"),
                mismatch);
        String old = ask(Map.of("EMULATED_GPUS", "61"));
        assertTrue(
                old.startsWith("Emulated GPU cannot be used: NVRTC, CUDA's run-time compiler, cannot be used: ")
                        && old.contains("NVRTC 13.0 compiles for compute capability 7.5 and above, the device has 6.1"),
                old);
        String compiler = ask(Map.of("EMULATED_DRIVER", "12080"));
        assertTrue(
                compiler.startsWith(
                                "Emulated GPU cannot be used: NVRTC, CUDA's run-time compiler, was not found. Tried:")
                        && compiler.contains("libnvrtc.so.13: not tried, of use here are CUDA 12 and older"),
                compiler);
        String driver = ask(Map.of("LD_LIBRARY_PATH", ""));
        assertTrue(
                driver.startsWith("no NVIDIA driver on this machine (")
                        && driver.endsWith("); for an NVIDIA GPU install its driver, 525 or newer\n"),
                driver);
        String jcuda = ask(Map.of(), "-Djava.io.tmpdir=/dev/null");
        assertTrue(
                jcuda.startsWith(
                                "there is an NVIDIA driver, but JCuda's library, by which it is called, cannot be loaded ")
                        && jcuda.contains("-Djava.io.tmpdir"),
                jcuda);
        // One of them can be used.
        assertTrue(ask(Map.of("EMULATED_GPUS", "61,90")).contains("compute capability 9.0"));
    }

    /** What is said of the first device, or why there is none, in a process of its own. */
    private static String ask(Map<String, String> environment, String... options)
            throws IOException, InterruptedException {
        ChildJvm.Result end =
                java(environment, 13, Asked.class).options(options).run();
        assertEquals(0, end.exitCode(), end.output());
        return end.output().substring(end.output().indexOf(Asked.MARK) + Asked.MARK.length());
    }

    /** Prints it. */
    static final class Asked {
        static final String MARK = "Asked: ";

        private Asked() {}

        public static void main(String[] arguments) {
            CudaBackendProvider provider = new CudaBackendProvider();
            switch (provider.probe()) {
                case Probe.Unavailable none -> System.out.println(MARK + none.reason());
                case Probe.Available some -> {
                    try (Backend backend = provider.open(0)) {
                        System.out.println(MARK + backend.info().details());
                    }
                }
            }
        }
    }

    private static Process start(int cublas, int part, int parts, Class<?> test) throws IOException {
        return start(Map.of(), cublas, part, parts, test);
    }

    private static Process start(Map<String, String> environment, int cublas, int part, int parts, Class<?> test)
            throws IOException {
        return java(environment, cublas, Suite.class)
                .arguments(Integer.toString(part), Integer.toString(parts), test.getName())
                .start();
    }

    private static ChildJvm java(Map<String, String> environment, int cublas, Class<?> main) {
        return new ChildJvm(main)
                .options(
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-modules=jdk.incubator.vector",
                        "-Xmx1g",
                        "-Dondol.test.emulateAll=" + ALL)
                .environment(emulator.environment(cublas))
                .environment(environment);
    }

    private static void finish(Process process) throws IOException, InterruptedException {
        finish(process, "");
    }

    /** @param complaint what the emulator may say on stderr, as a pattern */
    private static void finish(Process process, String complaint) throws IOException, InterruptedException {
        ChildJvm.Result end = ChildJvm.end(process);
        String output = end.output();
        System.out.print(output);
        assertEquals(0, end.exitCode(), output);
        List<String> said = output.lines()
                .filter(line -> line.startsWith("emulator: ") && !line.matches(complaint))
                .toList();
        assertEquals(List.of(), said, output);
    }

    /** Runs a class of tests as JUnit does, in a process of its own. */
    static final class Suite {
        private static final List<Class<? extends Annotation>> ROLES = List.of(
                BeforeAll.class, BeforeEach.class, Test.class, TestFactory.class, AfterEach.class, AfterAll.class);

        private final int part;
        private final int parts;
        private final Map<String, Method> methods = new LinkedHashMap<>();
        private int count;
        private int run;
        private int failed;

        private Suite(int part, int parts) {
            this.part = part;
            this.parts = parts;
        }

        /** Takes which of how many parts of the tests to run, and the class's name. */
        public static void main(String[] arguments) throws ReflectiveOperationException {
            Suite suite = new Suite(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
            suite.run(Class.forName(arguments[2]));
            System.exit(suite.failed == 0 ? 0 : 1);
        }

        private void run(Class<?> test) throws ReflectiveOperationException {
            long begin = System.nanoTime();
            collect(test);
            Constructor<?> constructor = test.getDeclaredConstructor();
            constructor.setAccessible(true);
            boolean one =
                    test.isAnnotationPresent(TestInstance.class); // it is inherited, and nobody asks for the default
            Object instance = constructor.newInstance();
            callAll(BeforeAll.class, instance);
            for (Method method : methods.values()) {
                Object on = one ? instance : constructor.newInstance();
                if (method.isAnnotationPresent(Test.class) && count++ % parts == part) {
                    check(method.getName(), () -> {
                        try {
                            callAll(BeforeEach.class, on);
                            call(method, on);
                        } finally {
                            callAll(AfterEach.class, on);
                        }
                    });
                } else if (method.isAnnotationPresent(TestFactory.class)) {
                    ((Stream<?>) call(method, on)).forEach(dynamic -> check((DynamicTest) dynamic));
                }
            }
            callAll(AfterAll.class, instance);
            System.out.printf(
                    "%s: %d of %d tests, %d failed, %.1f s%n",
                    test.getSimpleName(), run, count, failed, (System.nanoTime() - begin) * 1e-9);
        }

        private void collect(Class<?> type) {
            if (type.getSuperclass() != null) {
                collect(type.getSuperclass());
            }
            for (Class<?> parent : type.getInterfaces()) {
                collect(parent);
            }
            for (Method method : type.getDeclaredMethods()) {
                if (ROLES.stream().anyMatch(method::isAnnotationPresent)) {
                    method.setAccessible(true);
                    methods.put(method.getName(), method);
                }
            }
        }

        private void callAll(Class<? extends Annotation> when, Object instance) throws ReflectiveOperationException {
            for (Method method : methods.values()) {
                if (method.isAnnotationPresent(when)) {
                    call(method, instance);
                }
            }
        }

        private static Object call(Method method, Object instance) throws ReflectiveOperationException {
            return method.invoke(instance);
        }

        private void check(DynamicTest test) {
            int number = count++;
            if (number % EVERY == 0 && number / EVERY % parts == part) {
                check(test.getDisplayName(), test.getExecutable());
            }
        }

        private void check(String name, Executable test) {
            run++;
            try {
                test.execute();
            } catch (Throwable thrown) {
                failed++;
                System.out.println("FAILED: " + name);
                (thrown instanceof InvocationTargetException e ? e.getCause() : thrown).printStackTrace(System.out);
            }
        }
    }
}
