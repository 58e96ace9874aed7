package org.openjdk.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Stands for JMH, which these tests have not got: measures nothing, and keeps the environment that it was given. */
public final class Main {
    private Main() {}

    /** Writes an empty result to the file of {@code -rff}. */
    public static void main(String[] args) throws IOException {
        keepEnvironment();
        List<String> arguments = Arrays.asList(args);
        Files.writeString(Path.of(arguments.get(arguments.indexOf("-rff") + 1)), "[]");
        System.out.println("# Warmup Iteration   1: [kernels] those of a stand-in");
    }

    /** Writes the environment to a new file in the folder that the test looks into. */
    public static void keepEnvironment() throws IOException {
        Path file = Files.createTempFile(Path.of(System.getProperty("ondol.test.environments")), "environment", ".txt");
        Files.write(
                file,
                System.getenv().entrySet().stream()
                        .map(variable -> variable.getKey() + "=" + variable.getValue())
                        .toList());
    }
}
