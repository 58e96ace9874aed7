package ondol.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What starts cold and trains.
 *
 * @param name its column
 * @param engine the engine in Java; null for PyTorch in Python
 * @param threads how many threads it may use
 * @param python the command that starts Python; empty for Java
 */
record ColdEngine(String name, @Nullable BenchEngine engine, int threads, String python) {
    /** Those of the engines that have the lecture's networks, then Python, each with each number of threads. */
    static List<ColdEngine> of(List<BenchEngine> engines, List<Integer> counts, @Nullable String python) {
        List<ColdEngine> all = new ArrayList<>();
        for (int threads : counts) {
            String with = counts.size() == 1 ? "" : ", " + BenchTable.threads(threads);
            for (BenchEngine engine : engines) {
                if (engine.has("LectureStep")) {
                    all.add(new ColdEngine(engine.name() + with, engine, threads, ""));
                }
            }
            if (python != null) {
                all.add(new ColdEngine("python" + with, null, threads, python));
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

    /** The process, started now, in seconds since 1970. */
    ChildProcess process(String net, List<Double> marks, double now) {
        List<String> command;
        if (engine == null) {
            String script = Path.of(System.getProperty(BenchEngine.PEERS_FOLDER, ""))
                    .resolveSibling(Path.of("pytorch", "cold.py"))
                    .toString();
            command = new ArrayList<>(List.of(python, script, net, Integer.toString(threads)));
        } else {
            command = engine.java(threads);
            command.addAll(List.of("ondol.benchmarks.ColdTraining", engine.name(), net));
        }
        command.add(Double.toString(now));
        marks.forEach(mark -> command.add(mark.toString()));
        // Python's program sets its threads itself.
        return engine == null ? ChildProcess.unpinned(command) : ChildProcess.withThreads(command, threads);
    }
}
