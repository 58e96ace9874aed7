package ondol.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A program in a JVM of its own, with the class path of this one: for what depends on the whole JVM - its heap, its
 * options, its end - and must see nothing of other tests.
 */
public final class ChildJvm {
    /** How it ended, and what it printed on both streams. */
    public record Result(int exitCode, String output) {}

    private final Class<?> main;
    private final List<String> options = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> absent = new ArrayList<>();

    /** Of a class with a main method. */
    public ChildJvm(Class<?> main) {
        this.main = main;
    }

    /** Adds options of the JVM. */
    public ChildJvm options(String... more) {
        options.addAll(List.of(more));
        return this;
    }

    /** Adds arguments of the program. */
    public ChildJvm arguments(String... more) {
        arguments.addAll(List.of(more));
        return this;
    }

    /** Sets environment variables beside those of this process. */
    public ChildJvm environment(Map<String, String> more) {
        environment.putAll(more);
        return this;
    }

    /** Takes environment variables of this process away. */
    public ChildJvm without(String... variables) {
        absent.addAll(List.of(variables));
        return this;
    }

    /** As it will be started, for tests that want its streams apart. */
    public ProcessBuilder builder() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeAll(absent);
        builder.environment().putAll(environment);
        return builder;
    }

    /** Starts it, both its streams in one. */
    public Process start() throws IOException {
        return builder().redirectErrorStream(true).start();
    }

    /** Runs it to its end, however long that takes. */
    public Result run() throws IOException, InterruptedException {
        return end(start());
    }

    /** Runs a program that may print nothing as an error, whatever libraries there are; returns what it says. */
    public String runQuietly() throws IOException, InterruptedException {
        without(
                "LD_LIBRARY_PATH",
                "JAVA_TOOL_OPTIONS",
                "JDK_JAVA_OPTIONS"); // of the last two Java says that it has them
        Process process = builder().start();
        String output = read(process.getInputStream());
        assertEquals("", read(process.getErrorStream()));
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    /** Waits for the end of what was started. */
    public static Result end(Process process) throws IOException, InterruptedException {
        String output = read(process.getInputStream());
        return new Result(process.waitFor(), output);
    }

    private static String read(InputStream stream) throws IOException {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
}
