package ondol.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import ondol.cli.Measurements.Missing;
import ondol.cli.Measurements.Time;
import org.jspecify.annotations.Nullable;

/** Measurements as tables of text: one of times for each number of threads, one of matrix products' rates. */
final class BenchTable {
    private static final String NOTHING = "-";

    /** A table: a title, headings, and rows of as many cells. */
    record Table(String title, List<String> headings, List<List<String>> rows) {
        /** As lines for a console: the first column to the left, the others to the right. */
        List<String> text() {
            List<List<String>> all = new ArrayList<>(List.of(headings));
            all.addAll(rows);
            int[] widths = new int[headings.size()];
            for (List<String> row : all) {
                for (int i = 0; i < widths.length; i++) {
                    widths[i] = Math.max(widths[i], row.get(i).length());
                }
            }
            List<String> lines = new ArrayList<>(List.of(title));
            for (List<String> row : all) {
                StringBuilder line = new StringBuilder();
                for (int i = 0; i < widths.length; i++) {
                    int space = widths[i] - row.get(i).length();
                    line.repeat(' ', i == 0 ? 0 : space + 2).append(row.get(i)).repeat(' ', i == 0 ? space : 0);
                }
                lines.add(line.toString().stripTrailing());
            }
            return lines;
        }

        /** As lines of Markdown. */
        List<String> markdown() {
            List<String> lines = new ArrayList<>(List.of("## " + title, "", line(headings)));
            lines.add("|---|" + "---:|".repeat(headings.size() - 1));
            rows.forEach(row -> lines.add(line(row)));
            return lines;
        }

        private static String line(List<String> cells) {
            return "| " + String.join(" | ", cells) + " |";
        }
    }

    private final Measurements measurements;
    private final List<String> engines;
    private final List<Integer> threads;

    /** Columns are these engines, the first of which is what the others are compared with. */
    BenchTable(Measurements measurements, List<String> engines, List<Integer> threads) {
        this.measurements = measurements;
        this.engines = engines;
        this.threads = threads;
    }

    List<Table> tables() {
        List<Table> tables = new ArrayList<>();
        for (int count : threads) {
            tables.add(times(count));
            Table rates = rates(count);
            if (!rates.rows().isEmpty()) {
                tables.add(rates);
            }
        }
        Table machine = machine();
        if (!machine.rows().isEmpty()) {
            tables.add(machine);
        }
        return tables;
    }

    private Table times(int count) {
        String base = engines.getFirst();
        List<String> headings = new ArrayList<>(List.of("microseconds", base));
        for (String engine : engines.subList(1, engines.size())) {
            headings.add(engine);
            headings.add("/ " + base);
        }
        List<List<String>> rows = new ArrayList<>();
        for (BenchRow row : measurements.rows()) {
            if (row.ofMachine()) {
                continue;
            }
            Time first = measurements.time(row, base, count);
            List<String> cells = new ArrayList<>(List.of(row.label(), microseconds(first)));
            for (String engine : engines.subList(1, engines.size())) {
                Time time = measurements.time(row, engine, count);
                cells.add(microseconds(time));
                cells.add(
                        first == null || time == null
                                ? NOTHING
                                : String.format(Locale.ROOT, "%.2f", time.microseconds() / first.microseconds()));
            }
            rows.add(cells);
        }
        return new Table(threads(count) + ": time, and as a multiple of " + base + "'s", headings, rows);
    }

    private Table rates(int count) {
        double peak = believable(measurements.peak(count), count);
        List<String> headings = new ArrayList<>(List.of("GFLOP/s"));
        headings.addAll(engines);
        List<List<String>> rows = new ArrayList<>();
        for (BenchRow row : measurements.rows()) {
            if (row.isMatMul()) {
                List<String> cells = new ArrayList<>(List.of(row.label()));
                for (String engine : engines) {
                    cells.add(
                            rate(row, measurements.time(row, engine, count), engine.equals("cpu") ? peak : Double.NaN));
                }
                rows.add(cells);
            }
        }
        String title = threads(count) + ": matrix products";
        if (!Double.isNaN(peak)) {
            title += String.format(Locale.ROOT, " (the processor's fma peak in Java: %.0f GFLOP/s)", peak);
        }
        return new Table(title, headings, rows);
    }

    /** The peak; NaN if a product is faster, because then the peak was disturbed and is none. */
    private double believable(double peak, int count) {
        for (BenchRow row : measurements.rows()) {
            Time time = row.isMatMul() ? measurements.time(row, "cpu", count) : null;
            if (time != null && row.operations() / time.microseconds() / 1e3 > peak) {
                return Double.NaN;
            }
        }
        return peak;
    }

    private static String rate(BenchRow row, @Nullable Time time, double peak) {
        if (time == null) {
            return NOTHING;
        }
        double rate = row.operations() / time.microseconds() / 1e3;
        return Double.isNaN(peak)
                ? String.format(Locale.ROOT, "%.1f", rate)
                : String.format(Locale.ROOT, "%.1f (%.0f %%)", rate, 100 * rate / peak);
    }

    private Table machine() {
        List<String> headings = new ArrayList<>(List.of("microseconds"));
        threads.forEach(count -> headings.add(threads(count)));
        List<List<String>> rows = new ArrayList<>();
        for (BenchRow row : measurements.rows()) {
            if (row.ofMachine()) {
                List<String> cells = new ArrayList<>(List.of(row.label()));
                threads.forEach(count -> cells.add(microseconds(measurements.time(row, Measurements.MACHINE, count))));
                rows.add(cells);
            }
        }
        return new Table(
                "The machine: chains of fma (245,760 operations a thread), copies of arrays, and from java to 200 steps",
                headings,
                rows);
    }

    static String threads(int count) {
        return count == 1 ? "1 thread" : count + " threads";
    }

    private static String microseconds(@Nullable Time time) {
        if (time == null) {
            return NOTHING;
        }
        double value = time.microseconds();
        String format = value < 0.0995 ? "%.3f" : value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%,.0f";
        return String.format(Locale.ROOT, format, value);
    }

    /** Why cells are empty, a line for each. */
    List<String> reasons() {
        List<String> lines = new ArrayList<>();
        for (Missing missing : measurements.missing()) {
            String where = missing.row() + " on " + missing.engine() + " (" + threads(missing.threads()) + ")";
            lines.add(
                    switch (missing.cause()) {
                        case WRONG -> "WRONG, so without a time: " + where + ": " + missing.reason();
                        case FAILED -> "Failed: " + where + ": " + missing.reason();
                        case ABSENT -> "Not there: " + where + ": " + missing.reason();
                    });
        }
        return lines;
    }
}
