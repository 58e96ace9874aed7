package ondol.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
                output.kernels().forEach(kernels -> measurements.addKernels(engine.name(), threads, kernels));
            } finally {
                Files.deleteIfExists(json);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot run " + benchmark + " on " + engine.name() + ": " + e.getMessage(), e);
        }
    }

    private int run(Path json, JmhOutput output) throws IOException {
        int exitCode = ChildProcess.withThreads(command(json), threads).run(output::line);
        output.end();
        return exitCode;
    }

    List<String> command(Path json) {
        List<String> command = engine.java(threads);
        command.addAll(List.of("org.openjdk.jmh.Main", "\\." + benchmark + "\\."));
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
        } else if (!List.of("LectureStep", "Convolutions", "Layers", "Peak", "ColdStart")
                .contains(benchmark)) {
            options.addAll(List.of("-p", "elements=10000000,100000,1000"));
        }
        return options;
    }
}
