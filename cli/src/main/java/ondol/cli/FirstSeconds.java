package ondol.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ondol.cli.BenchTable.Table;

/**
 * A small training from beginning to end in processes that were started for it, and what the JVM had to do for it: classes
 * to load, methods to compile. The engines come in turn, again and again; each figure is the median of its starts.
 */
final class FirstSeconds {
    /** A row of the table. */
    enum Figure {
        PROCESS("the process, from its start to its end, seconds", "%.2f"),
        FIRST_HALF("mean step in the first half second of training, us", "%,.0f"),
        FIRST("mean step in the first second of training, us", "%,.0f"),
        SECOND("mean step in the second second of training, us", "%,.0f"),
        THIRD("mean step in the third second of training, us", "%,.0f"),
        WARM("mean step in the twelfth second of training, us", "%,.0f"),
        ACCURACY("digits recognised, of 1", "%.3f"),
        MEMORY("largest memory of the process, MB", "%,.0f"),
        C1("methods compiled by C1", "%,.0f"),
        C2("methods compiled by C2", "%,.0f"),
        COMPILER("time of the compilers, ms", "%,.0f"),
        CLASSES("classes loaded", "%,.0f"),
        UNARCHIVED("classes that came from no archive", "%,.0f"),
        LAMBDAS("classes of lambdas and of their forms", "%,.0f");

        private final String label;
        private final String format;

        Figure(String label, String format) {
            this.label = label;
            this.format = format;
        }
    }

    /** The ways in which a start is watched. */
    enum Kind {
        /** The whole training, timed. */
        TRAINING(List.of(), 0, List.of(Figure.FIRST_HALF, Figure.FIRST, Figure.ACCURACY, Figure.MEMORY)),
        /** Twelve seconds of training. */
        LONG(List.of(), 12, List.of(Figure.FIRST_HALF, Figure.FIRST, Figure.SECOND, Figure.THIRD, Figure.WARM)),
        /** The whole training, while the JVM says what it does, which takes time. */
        COUNTED(List.of("-XX:+CITime", "-Xlog:class+load"), 0, List.of());

        private final List<String> options;
        private final int seconds;
        private final List<Figure> figures;

        Kind(List<String> options, int seconds, List<Figure> figures) {
            this.options = options;
            this.seconds = seconds;
            this.figures = figures;
        }
    }

    /** The numbers that a program prints, in this order. */
    private static final List<Figure> PRINTED = List.of(
            Figure.FIRST_HALF, Figure.FIRST, Figure.SECOND, Figure.THIRD, Figure.WARM, Figure.ACCURACY, Figure.MEMORY);

    private static final Pattern COMPILED =
            Pattern.compile("(C[12]) \\{speed: .* standard: .* (\\d+) methods; osr: .* (\\d+) methods; .*");
    private static final Pattern COMPILATION = Pattern.compile("Total compilation time +: +([0-9.]+) s");

    private final List<ColdEngine> engines;
    private final List<Kind> kinds = new ArrayList<>();
    private final Map<ColdEngine, Map<Figure, List<Double>>> results = new HashMap<>();
    private final List<String> failures = new ArrayList<>();

    /** Three starts of each kind, and ten in all of which only the time counts; if quick, five and one that counts classes. */
    FirstSeconds(List<ColdEngine> engines, boolean quick) {
        this.engines = engines;
        for (int i = 0; i < (quick ? 5 : 10); i++) {
            kinds.add(Kind.TRAINING);
            if (i < (quick ? 1 : 3)) {
                kinds.add(Kind.COUNTED);
            }
            if (!quick && i < 3) {
                kinds.add(Kind.LONG);
            }
        }
    }

    /** How many processes there will be. */
    int count() {
        return kinds.size() * engines.size();
    }

    void run(Progress progress) {
        for (Kind kind : kinds) {
            for (ColdEngine engine : engines) {
                progress.show(engine.name());
                start(engine, kind);
                progress.step();
            }
        }
    }

    private void start(ColdEngine engine, Kind kind) {
        if (kind == Kind.COUNTED && engine.engine() == null) {
            return; // Python counts neither
        }
        List<String> lines = new ArrayList<>();
        String failure;
        try {
            long begin = System.nanoTime();
            int exitCode = engine.process(
                            kind.options, "FirstSeconds", "first_seconds.py", List.of(Integer.toString(kind.seconds)))
                    .run(lines::add);
            double seconds = (System.nanoTime() - begin) / 1e9;
            failure = exitCode == 0 ? "" : "exit code " + exitCode;
            if (failure.isEmpty() && add(engine, kind, seconds, lines)) {
                return;
            }
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        }
        failures.add(ColdTable.failure(engine.name(), failure, lines));
    }

    /** Takes the figures from what a process printed; false if there are none. */
    boolean add(ColdEngine engine, Kind kind, double seconds, List<String> lines) {
        Map<Figure, Double> found = new HashMap<>();
        for (String line : lines) {
            if (line.startsWith("[first] ")) {
                String[] words = line.strip().split(" ", -1);
                for (int i = 0; i < PRINTED.size(); i++) {
                    found.put(PRINTED.get(i), Double.parseDouble(words[i + 1]));
                }
            }
        }
        if (found.isEmpty()) {
            return false;
        }
        found.keySet().retainAll(kind.figures);
        if (kind == Kind.TRAINING) {
            found.put(Figure.PROCESS, seconds);
        } else if (kind == Kind.COUNTED) {
            count(lines, found);
        }
        Map<Figure, List<Double>> all = results.computeIfAbsent(engine, e -> new HashMap<>());
        found.forEach((figure, value) ->
                all.computeIfAbsent(figure, f -> new ArrayList<>()).add(value));
        return true;
    }

    private static void count(List<String> lines, Map<Figure, Double> found) {
        for (String line : lines) {
            if (line.contains("[class,load]")) {
                found.merge(Figure.CLASSES, 1.0, Double::sum);
                if (!line.contains("source: shared objects file")) {
                    found.merge(Figure.UNARCHIVED, 1.0, Double::sum);
                }
                if (line.contains("Lambda")) {
                    found.merge(Figure.LAMBDAS, 1.0, Double::sum);
                }
            }
            Matcher compiled = COMPILED.matcher(line.strip());
            if (compiled.matches()) {
                double methods = Double.parseDouble(compiled.group(2)) + Double.parseDouble(compiled.group(3));
                found.put("C1".equals(compiled.group(1)) ? Figure.C1 : Figure.C2, methods);
            }
            Matcher compilation = COMPILATION.matcher(line.strip());
            if (compilation.matches()) {
                found.put(Figure.COMPILER, 1e3 * Double.parseDouble(compilation.group(1)));
            }
        }
    }

    List<String> failures() {
        return failures;
    }

    /** The medians, with the first engine's as multiples of the others'. */
    Table table() {
        List<String> headings = ColdTable.headings("1,265 steps of 64-128-64-10", engines);
        List<List<String>> rows = Arrays.stream(Figure.values())
                .map(figure -> ColdTable.row(figure.label, figure.format, engines, engine -> median(engine, figure)))
                .toList();
        return new Table("A small training from the start of its process", headings, rows);
    }

    /** NaN if a start of the training did not last so long. */
    private double median(ColdEngine engine, Figure figure) {
        List<Double> all = results.getOrDefault(engine, Map.of()).getOrDefault(figure, List.of());
        double[] sorted = all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int n = sorted.length;
        return n == 0 || Double.isNaN(sorted[n - 1]) ? Double.NaN : ColdTable.median(sorted);
    }
}
