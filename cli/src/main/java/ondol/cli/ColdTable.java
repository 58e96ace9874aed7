package ondol.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Rows of figures of engines, with the first engine's as multiples of the others'. */
final class ColdTable {
    private ColdTable() {}

    static List<String> headings(String corner, List<ColdEngine> engines) {
        String first = engines.getFirst().name();
        List<String> headings = new ArrayList<>(List.of(corner, first));
        for (ColdEngine engine : engines.subList(1, engines.size())) {
            headings.addAll(List.of(engine.name(), first + " / it"));
        }
        return headings;
    }

    /** @param figure NaN where there is none */
    static List<String> row(
            String label, String format, List<ColdEngine> engines, ToDoubleFunction<ColdEngine> figure) {
        List<String> cells = new ArrayList<>(List.of(label));
        double first = figure.applyAsDouble(engines.getFirst());
        for (ColdEngine engine : engines) {
            double value = figure.applyAsDouble(engine);
            cells.add(Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value));
            if (engine != engines.getFirst()) {
                double ratio = first / value;
                cells.add(Double.isFinite(ratio) ? String.format(Locale.ROOT, "%.2f", ratio) : "-");
            }
        }
        return cells;
    }

    /** Of at least one number, in ascending order. */
    static double median(double[] sorted) {
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /**
     * The message for a process that brought no figures.
     *
     * @param reason empty if it ended well
     * @param lines what it printed
     */
    static String failure(String process, String reason, List<String> lines) {
        List<String> words = lines.stream().filter(line -> !line.isBlank()).toList();
        return "Failed: " + process + ": " + (reason.isEmpty() ? "no result" : reason)
                + (words.isEmpty() ? "" : ": " + words.getLast().strip());
    }
}
