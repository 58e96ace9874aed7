package ondol.cli;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import ondol.cli.Measurements.Missing;
import ondol.cli.Measurements.Missing.Cause;

/**
 * JMH in a process of its own: one class of benchmarks on one engine.
 *
 * @param engine the engine
 * @param benchmark the benchmarks' class, without its package
 * @param threads how many threads the engine may use
 * @param quick all rows in that process, each for half a second, instead of a process and seconds for each
 */
record JmhRun(BenchEngine engine, String benchmark, int threads, boolean quick) {
    /** Names the class path of the benchmarks; {@code ./ondol} sets it. */
    static final String CLASS_PATH = "ondol.benchmarks";

    /** Names the folder with the peers' modules; {@code ./ondol} sets it when it has built them. */
    static final String PEERS = "ondol.benchmarks.peers";

    /** Runs it, and adds what it gave. */
    void into(Measurements measurements, DoubleConsumer progress) {
        JmhOutput output = new JmhOutput(engine.name(), threads, progress);
        try {
            Path json = Files.createTempFile("ondol-bench", ".json");
            try {
                int exitCode = run(json, output);
                String results = Files.readString(json);
                if (exitCode != 0 || results.isBlank()) {
                    measurements.addMissing(new Missing(
                            benchmark,
                            engine.name(),
                            threads,
                            Cause.FAILED,
                            "JMH ended with exit code " + exitCode + ": " + output.lastLine()));
                }
                if (!results.isBlank()) {
                    measurements.add(results, engine.name(), threads);
                }
                output.missing().forEach(measurements::addMissing);
            } finally {
                Files.deleteIfExists(json);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot run " + benchmark + " on " + engine.name() + ": " + e.getMessage(), e);
        }
    }

    private int run(Path json, JmhOutput output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(json)).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        for (String variable : List.of(
                "OMP_NUM_THREADS",
                "OPENBLAS_NUM_THREADS",
                "MKL_NUM_THREADS",
                "POCL_MAX_PTHREAD_COUNT",
                "POCL_CPU_MAX_CU_COUNT")) {
            environment.put(variable, Integer.toString(threads));
        }
        if (isPeer()) {
            environment.put("DJL_CACHE_DIR", target().resolve("cache").toString());
            environment.put("ENGINE_CACHE_DIR", target().resolve("cache").toString());
        }
        Process process = builder.start();
        Thread ended = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(ended);
        try (BufferedReader reader = process.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                output.line(line);
            }
            output.end();
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            process.destroyForcibly();
            Runtime.getRuntime().removeShutdownHook(ended);
        }
    }

    private boolean isPeer() {
        return !engine.folder().isEmpty();
    }

    private Path target() {
        return Path.of(System.getProperty(PEERS, ""), engine.folder(), "target");
    }

    List<String> command(Path json) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Dondol.benchmark.threads=" + threads));
        for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            boolean ours = argument.startsWith("-Dondol.") && !argument.startsWith("-D" + CLASS_PATH);
            if (ours || argument.startsWith("-X")) {
                command.add(argument);
            }
        }
        String classPath = System.getProperty(CLASS_PATH, "");
        if (isPeer()) {
            command.add("-Dorg.bytedeco.javacpp.cachedir=" + target().resolve("javacpp"));
            classPath = String.join(
                    File.pathSeparator,
                    target().resolve("classes").toString(),
                    target().resolve("lib") + File.separator + "*",
                    classPath);
        }
        command.addAll(List.of("-cp", classPath, "org.openjdk.jmh.Main", "\\." + benchmark + "\\."));
        command.addAll(List.of("-rf", "json", "-rff", json.toString()));
        if (benchmark.equals("ColdStart")) {
            command.addAll(List.of("-t", "1"));
        } else if (engine.equals(BenchEngine.MACHINE)) {
            command.addAll(List.of("-t", Integer.toString(threads)));
        } else {
            command.addAll(List.of("-p", "device=" + engine.name()));
        }
        if (quick) {
            command.addAll(quickly());
        }
        return command;
    }

    /** The largest first: when it comes to small ones, Java has compiled what they share. */
    private List<String> quickly() {
        List<String> options = new ArrayList<>(List.of("-f", "0", "-i", "3", "-r", "100ms", "-to", "60s"));
        options.addAll(
                List.of("Peak", "Copy").contains(benchmark)
                        ? List.of("-wi", "2", "-w", "1s")
                        : List.of("-wi", "1", "-w", "100ms"));
        if (benchmark.equals("MatMul")) {
            String largest = engine.name().equals("cpu") ? "4096," : ""; // the others' would take too long
            options.addAll(List.of(
                    "-p",
                    "shape=" + largest
                            + "2048,1024,512,512-tA,512-tB,512-tAB,256,128,64,1000x333x777,1000x64x1000,257,63"));
        } else if (!List.of("LectureStep", "Peak", "ColdStart").contains(benchmark)) {
            options.addAll(List.of("-p", "elements=10000000,100000,1000"));
        }
        return options;
    }
}
