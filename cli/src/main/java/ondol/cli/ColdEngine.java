package ondol.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An engine that starts cold and trains.
 *
 * @param name its column
 * @param engine the engine in Java; null for PyTorch in Python
 * @param threads how many threads it may use
 * @param base the class path of another build of Ondol, to be compared with this one; empty for this one
 * @param python the command that starts Python; empty for Java
 */
record ColdEngine(String name, @Nullable BenchEngine engine, int threads, String base, String python) {
    /** Names the folder with the programs in Python; {@code ./ondol} sets it. */
    private static final String SCRIPTS_FOLDER = "ondol.benchmarks.pytorch";

    /**
     * Those of the engines that have the lecture's networks, then the same of the other builds, then Python, each with each
     * number of threads.
     */
    static List<ColdEngine> of(
            List<BenchEngine> engines, List<Integer> counts, List<String> bases, @Nullable String python) {
        List<ColdEngine> all = new ArrayList<>();
        for (int threads : counts) {
            String with = counts.size() == 1 ? "" : ", " + BenchTable.threads(threads);
            for (BenchEngine engine : engines) {
                if (engine.has("LectureStep")) {
                    all.add(new ColdEngine(engine.name() + with, engine, threads, "", ""));
                }
            }
            for (int i = 0; i < bases.size(); i++) {
                for (BenchEngine engine : engines) {
                    if (engine.folder().isEmpty()) {
                        String name = engine.name() + " of base" + (bases.size() == 1 ? "" : " " + (i + 1)) + with;
                        all.add(new ColdEngine(name, engine, threads, bases.get(i), ""));
                    }
                }
            }
            if (python != null) {
                all.add(new ColdEngine("python" + with, null, threads, "", python));
            }
        }
        return all;
    }

    /** Whether a Python is there and has PyTorch. */
    static boolean hasPyTorch(String python) {
        try {
            return ChildProcess.unpinned(List.of(python, "-c", "import torch")).run(line -> {}) == 0;
        } catch (IOException e) {
            return false; // there is no such command
        }
    }

    /**
     * A process.
     *
     * @param options for the JVM
     * @param program the class in Java, after which come the engine's name and the arguments
     * @param script the program in Python, after which come the number of threads and the arguments
     */
    ChildProcess process(List<String> options, String program, String script, List<String> arguments) {
        List<String> command;
        if (engine == null) {
            String file =
                    Path.of(System.getProperty(SCRIPTS_FOLDER, ""), script).toString();
            command = new ArrayList<>(List.of(python, file, Integer.toString(threads)));
        } else {
            command = engine.java(threads);
            if (!base.isEmpty()) {
                // The benchmarks are this build's; of a class that is there twice the first counts.
                command.set(command.size() - 1, base + File.pathSeparator + command.getLast());
            }
            command.addAll(options);
            command.addAll(List.of("ondol.benchmarks." + program, engine.name()));
        }
        command.addAll(arguments);
        // Python's program sets its threads itself.
        return engine == null ? ChildProcess.unpinned(command) : ChildProcess.withThreads(command, threads);
    }
}
