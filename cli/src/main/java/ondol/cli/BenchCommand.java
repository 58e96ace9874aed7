package ondol.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import ondol.Device;
import ondol.backend.BackendProvider.Probe;
import ondol.cli.BenchTable.Table;
import ondol.cli.Measurements.Missing.Cause;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ondol bench}. */
@Command(
        name = "bench",
        description = {
            "Times matrix products, pointwise operations, sums, softmax, Adam and the lecture's training steps with JMH.",
            "Each result is verified before it is timed; what is wrong gets no time, and the exit code is 1 then."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class BenchCommand implements Callable<Integer> {
    private static final Path DEFAULT_FOLDER = Path.of("ondol-bench");

    @Option(
            names = "--devices",
            paramLabel = "DEVICE",
            split = ",",
            description = "What to time, as 'ondol devices' names it: cpu,opencl. Default: all there are.")
    private @Nullable List<String> devices;

    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            description = "How many threads each may use; 1,2 times everything twice. Default: all processors.")
    private @Nullable List<Integer> threads;

    @Option(names = "--quick", description = "A short look, in two minutes: one process and half a second a row.")
    private boolean quick;

    @Option(
            names = "--peers",
            description = "Also time what a program could use instead: PyTorch, DJL, ND4J, OpenBLAS, netlib"
                    + " (downloads 350 MB once).")
    private boolean peers;

    @Option(
            names = "--cold",
            description =
                    "Time the first ten seconds of trainings instead: how many steps a new process has done by then,"
                            + " each engine in turn, several times.")
    private boolean cold;

    @Option(
            names = "--first-seconds",
            description = "Time a small training from beginning to end instead, a new process each time: a classifier"
                    + " learns handwritten digits in 1,265 steps. Also counts what the JVM compiles and loads.")
    private boolean firstSeconds;

    @Option(
            names = "--base",
            paramLabel = "CLASSPATH",
            description =
                    "Another build of Ondol to compare with, for --cold and --first-seconds: its jars or folders of"
                            + " classes, as one class path. May be given again for a third.")
    private List<String> bases = List.of();

    @Option(
            names = "--python",
            paramLabel = "COMMAND",
            description =
                    "A Python with PyTorch for --cold or --first-seconds. Default: with --peers, python3, if it has"
                            + " PyTorch.")
    private @Nullable String python;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Where the tables go, as bench.json, bench.md and bench.png, or cold.md, or first-seconds.md. Default: the folder ondol-bench.")
    private @Nullable Path out;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter console = spec.commandLine().getOut();
        List<String> chosen = devices();
        List<Integer> counts = threads();
        Path folder = OutputFolder.at(out == null ? DEFAULT_FOLDER : out, spec);
        boolean starts = cold || firstSeconds;
        if (python != null && !(starts && ColdEngine.hasPyTorch(python))) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--python " + python + ": needs --cold or --first-seconds, and a Python that can import torch");
        }
        if (cold && firstSeconds || !bases.isEmpty() && !starts) {
            throw new ParameterException(
                    spec.commandLine(), "--cold and --first-seconds: give one of them; --base needs one of them");
        }
        requireBenchmarks();
        Map<String, String> head = MachineHead.of(chosen, settings(counts));
        head.forEach((name, line) -> console.println(name + ": " + line));
        console.println();
        console.flush();

        List<BenchEngine> engines =
                new ArrayList<>(chosen.stream().map(BenchEngine::ofDevice).toList());
        if (peers && !firstSeconds) { // of the peers only Python has that training
            engines.addAll(BenchEngine.PEERS);
        }
        Map<String, String> words = new LinkedHashMap<>(head);
        if (starts) {
            List<ColdEngine> all = ColdEngine.of(engines, counts, bases, python(console));
            return cold ? cold(console, folder, words, all) : firstSeconds(console, folder, words, all);
        }
        return bench(console, folder, words, engines, counts);
    }

    private int bench(
            PrintWriter console,
            Path folder,
            Map<String, String> head,
            List<BenchEngine> engines,
            List<Integer> counts) {
        Measurements measurements = measure(runs(engines, counts));
        List<String> names = engines.stream().map(BenchEngine::name).toList();
        BenchTable table = new BenchTable(measurements, names, counts);
        print(console, measurements.kernels(), table.tables(), table.reasons());
        head.putAll(measurements.kernels());
        JsonObject json = new JsonObject();
        json.add("head", new GsonBuilder().create().toJsonTree(head));
        json.add("results", measurements.raw());
        json.add("missing", new GsonBuilder().create().toJsonTree(table.reasons()));
        try {
            Files.writeString(
                    folder.resolve("bench.json"),
                    new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n");
            writeMarkdown(folder.resolve("bench.md"), head, table.tables(), table.reasons());
            new BenchPicture(measurements, names, counts.getLast()).write(folder.resolve("bench.png"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to " + folder + ": " + OutputFolder.reason(e), e);
        }
        console.println("bench.json, bench.md and bench.png are in "
                + folder.toAbsolutePath().normalize() + ".");
        boolean wellDone = measurements.missing().stream().allMatch(missing -> missing.cause() == Cause.ABSENT);
        return wellDone ? 0 : 1;
    }

    private int cold(PrintWriter console, Path folder, Map<String, String> head, List<ColdEngine> engines) {
        ColdStarts starts = new ColdStarts(engines, quick ? 3 : 5);
        try (Progress progress = new Progress("bench", " starts", starts.count())) {
            starts.run(progress);
        }
        print(console, starts.kernels(), starts.tables(), starts.failures());
        head.putAll(starts.kernels());
        return write(console, folder.resolve("cold.md"), head, starts.tables(), starts.failures());
    }

    private int firstSeconds(PrintWriter console, Path folder, Map<String, String> head, List<ColdEngine> engines) {
        FirstSeconds starts = new FirstSeconds(engines, quick);
        try (Progress progress = new Progress("bench", " starts", starts.count())) {
            starts.run(progress);
        }
        List<Table> tables = List.of(starts.table());
        print(console, Map.of(), tables, starts.failures());
        return write(console, folder.resolve("first-seconds.md"), head, tables, starts.failures());
    }

    /** Writes what was printed; the exit code. */
    private static int write(
            PrintWriter console, Path file, Map<String, String> head, List<Table> tables, List<String> failures) {
        try {
            writeMarkdown(file, head, tables, failures);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + OutputFolder.reason(e), e);
        }
        console.println(file.toAbsolutePath().normalize() + " has the table.");
        return failures.isEmpty() ? 0 : 1;
    }

    /** The runs: the engines one right after the other for each class of benchmarks, so that their ratios are fair. */
    private List<JmhRun> runs(List<BenchEngine> engines, List<Integer> counts) {
        List<JmhRun> runs = new ArrayList<>();
        for (int count : counts) {
            for (String benchmark : BenchEngine.MACHINE.benchmarks()) {
                runs.add(new JmhRun(BenchEngine.MACHINE, benchmark, count, quick));
            }
            for (String benchmark : BenchEngine.benchmarksInOrder()) {
                for (BenchEngine engine : engines) {
                    if (engine.has(benchmark)) {
                        runs.add(new JmhRun(engine, benchmark, count, quick));
                    }
                }
            }
        }
        return runs;
    }

    private static Measurements measure(List<JmhRun> runs) {
        Measurements measurements = new Measurements();
        try (Progress progress = new Progress("bench", " %", 100)) {
            for (int i = 0; i < runs.size(); i++) {
                int done = i;
                JmhRun run = runs.get(i);
                progress.show(run.benchmark() + " on " + run.engine().name());
                run.into(measurements, share -> progress.stepTo(Math.round(100 * (done + share) / runs.size())));
            }
        }
        return measurements;
    }

    /** The command that starts a Python with PyTorch; null for none. */
    private @Nullable String python(PrintWriter console) {
        if (python != null || !peers) {
            return python;
        }
        if (ColdEngine.hasPyTorch("python3")) {
            return "python3";
        }
        console.println("Without Python: python3 cannot import torch; --python names one that can.");
        console.println();
        return null;
    }

    private static void print(
            PrintWriter console, Map<String, String> kernels, List<Table> tables, List<String> reasons) {
        kernels.forEach((name, line) -> console.println(name + ": " + line));
        for (Table one : tables) {
            console.println();
            one.text().forEach(console::println);
        }
        console.println();
        reasons.forEach(console::println);
    }

    private static void writeMarkdown(Path file, Map<String, String> head, List<Table> tables, List<String> reasons)
            throws IOException {
        List<String> lines = new ArrayList<>(List.of("# Ondol's benchmarks", ""));
        head.forEach((name, line) -> lines.add("- " + name + ": " + line));
        for (Table one : tables) {
            lines.add("");
            lines.addAll(one.markdown());
        }
        if (!reasons.isEmpty()) {
            lines.add("");
            reasons.forEach(reason -> lines.add("- " + reason));
        }
        Files.write(file, lines);
    }

    private String settings(List<Integer> counts) {
        String each = cold
                ? "cold: new processes that train for ten seconds, the engines in turn, medians of " + (quick ? 3 : 5)
                        + " starts"
                : firstSeconds
                        ? "new processes, the engines in turn, medians of " + (quick ? "5" : "10 and of 3") + " starts"
                        : quick
                                ? "quick: JMH, 3 iterations of 0.1 s a row in one process for each class and engine"
                                : "JMH, a process for each row, 5 iterations of 1 s (a step: 2 s)";
        return each + "; threads "
                + String.join(", ", counts.stream().map(String::valueOf).toList());
    }

    private List<String> devices() {
        List<String> names = devices == null ? available() : devices;
        List<String> chosen = new ArrayList<>();
        for (String name : names) {
            try {
                Device.of(name).info(); // opens it
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
            }
            if (!chosen.contains(name)) {
                chosen.add(name);
            }
        }
        return chosen;
    }

    private static List<String> available() {
        List<String> names = new ArrayList<>();
        Device.discover().forEach((backend, probe) -> {
            if (probe instanceof Probe.Available found) {
                for (int i = 0; i < found.devices().size(); i++) {
                    names.add(backend.equals("cpu") ? backend : backend + ":" + i);
                }
            }
        });
        return names;
    }

    private List<Integer> threads() {
        int processors = Runtime.getRuntime().availableProcessors();
        if (threads == null) {
            return List.of(processors);
        }
        for (int count : threads) {
            if (count < 1 || count > processors) {
                throw new ParameterException(
                        spec.commandLine(),
                        String.format(
                                Locale.ROOT, "--threads %d: this machine has 1 to %d to give", count, processors));
            }
        }
        return threads.stream().distinct().toList();
    }

    private void requireBenchmarks() {
        if (System.getProperty(BenchEngine.CLASS_PATH) == null
                || peers && System.getProperty(BenchEngine.PEERS_FOLDER) == null) {
            throw new IllegalStateException("the benchmarks are not built: start this with ./ondol bench");
        }
    }
}
