package ondol.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
 * contract, or with {@code -Dondol.test.emulateAll=true} all of it, and the soak test.
 */
class EmulatedCudaTest {
    private static final boolean ALL = Boolean.getBoolean("ondol.test.emulateAll");
    private static final int EVERY = ALL ? 1 : 8;

    @TempDir
    static Path folder;

    private static Emulator emulator;

    @BeforeAll
    static void build() throws IOException, InterruptedException {
        String missing = Emulator.missing();
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
        finish(start(13, 0, 1, CudaFaultTest.class));
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
        finish(start(13, 0, 1, CudaLectureTest.class));
    }

    @Test
    void soak() throws IOException, InterruptedException {
        assumeTrue(ALL, "-Dondol.test.emulateAll=true is not set");
        finish(start(13, 0, 1, CudaSoakTest.class));
    }

    private static Process start(int cublas, int part, int parts, Class<?> test) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules=jdk.incubator.vector",
                "-Xmx1g",
                "-Dondol.test.emulateAll=" + ALL,
                "-cp",
                System.getProperty("java.class.path"),
                Suite.class.getName(),
                Integer.toString(part),
                Integer.toString(parts),
                test.getName());
        builder.environment().putAll(emulator.environment(cublas));
        return builder.redirectErrorStream(true).start();
    }

    private static void finish(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        System.out.print(output);
        assertEquals(0, process.waitFor(), output);
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
