package ondol.cli;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import ondol.cli.BenchTable.Table;

/**
 * The first seconds of a training, and the tenth, in processes that were started for it. The engines come in turn, again
 * and again, so that what else the machine does meets all of them; each figure is the median of its starts.
 */
final class ColdStarts {
    /** Up to when steps are counted, in seconds; between the last two marks an engine is warm. */
    static final List<Double> MARKS = List.of(0.5, 1.0, 2.0, 5.0, 9.0, 10.0);

    private static final int WARM = MARKS.size() - 2;

    private record Cell(String net, ColdEngine engine) {}

    private final List<ColdEngine> engines;
    private final int starts;
    private final Map<Cell, List<double[]>> results = new LinkedHashMap<>();
    private final Map<String, Set<String>> kernels = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    ColdStarts(List<ColdEngine> engines, int starts) {
        this.engines = engines;
        this.starts = starts;
    }

    /** How many processes there will be. */
    int count() {
        return BenchRow.NETS.size() * starts * engines.size();
    }

    void run(Progress progress) {
        for (String net : BenchRow.NETS) {
            for (int i = 0; i < starts; i++) {
                for (ColdEngine engine : engines) {
                    progress.show(net + " on " + engine.name());
                    start(net, engine);
                    progress.step();
                }
            }
        }
    }

    private void start(String net, ColdEngine engine) {
        List<String> lines = new ArrayList<>();
        String failure;
        try {
            Instant now = Instant.now();
            List<String> arguments = new ArrayList<>(List.of(net));
            arguments.add(Double.toString(now.getEpochSecond() + now.getNano() / 1e9));
            MARKS.forEach(mark -> arguments.add(mark.toString()));
            int exitCode = engine.process(List.of(), "ColdTraining", "cold.py", arguments)
                    .run(lines::add);
            failure = exitCode == 0 ? "" : "exit code " + exitCode;
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        }
        if (failure.isEmpty() && add(net, engine, lines)) {
            return;
        }
        failures.add(ColdTable.failure(label(net) + " on " + engine.name(), failure, lines));
    }

    /** Takes the result from what a process printed; false if there is none. */
    boolean add(String net, ColdEngine engine, List<String> lines) {
        boolean found = false;
        for (String line : lines) {
            if (line.startsWith("[kernels] ")) {
                kernels.computeIfAbsent(engine.name(), name -> new LinkedHashSet<>())
                        .add(line.substring("[kernels] ".length()).strip());
            } else if (line.startsWith("[cold] ")) {
                double[] result = Arrays.stream(line.strip().split(" ", -1))
                        .skip(1)
                        .mapToDouble(Double::parseDouble)
                        .toArray();
                results.computeIfAbsent(new Cell(net, engine), cell -> new ArrayList<>())
                        .add(result);
                found = true;
            }
        }
        return found;
    }

    /** Which kernels the engines computed with, as they said themselves. */
    Map<String, String> kernels() {
        Map<String, String> lines = new LinkedHashMap<>();
        kernels.forEach((name, descriptions) -> lines.put("Kernels of " + name, String.join(" | ", descriptions)));
        return lines;
    }

    List<String> failures() {
        return failures;
    }

    /** A table for each network, with the first engine's figures as multiples of the others'. */
    List<Table> tables() {
        return BenchRow.NETS.stream().map(this::table).toList();
    }

    private Table table(String net) {
        List<String> headings = ColdTable.headings("cold and warm", engines);
        List<List<String>> rows = new ArrayList<>();
        rows.add(row(net, "first step done, seconds after the start of its process", 0, -1));
        for (int mark : IntStream.range(0, WARM).toArray()) {
            rows.add(row(net, "steps in " + seconds(mark) + " of training", 1 + mark, -1));
        }
        rows.add(row(net, "steps in the tenth second of training", 2 + WARM, 1 + WARM));
        for (int mark : IntStream.range(0, WARM).toArray()) {
            rows.add(row(
                    net, "steps by " + seconds(mark) + " after the start of its process", 1 + MARKS.size() + mark, -1));
        }
        return new Table(label(net) + ": medians of " + starts + " starts", headings, rows);
    }

    private static String label(String net) {
        return BenchRow.NET_LABELS.get(BenchRow.NETS.indexOf(net));
    }

    private static String seconds(int mark) {
        double seconds = MARKS.get(mark);
        return Double.toString(seconds).replaceFirst("\\.0$", "") + (seconds == 1 ? " second" : " seconds");
    }

    /** @param minus the place of a number to be subtracted; -1 for none */
    private List<String> row(String net, String name, int place, int minus) {
        String format = place == 0 ? "%.2f" : "%,.0f";
        return ColdTable.row(name, format, engines, engine -> median(net, engine, place, minus));
    }

    /** NaN where a start is missing: then there is no median of all. */
    private double median(String net, ColdEngine engine, int place, int minus) {
        List<double[]> all = results.getOrDefault(new Cell(net, engine), List.of());
        if (all.size() < starts) {
            return Double.NaN;
        }
        double[] sorted = all.stream()
                .mapToDouble(result -> result[place] - (minus < 0 ? 0 : result[minus]))
                .sorted()
                .toArray();
        return ColdTable.median(sorted);
    }
}
