package ondol.oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How many cases ran, what came of them, and how many explained differences they showed. */
final class Report {
    /** What came of a row's cases. */
    private static final class Row {
        int cases;
        int answered;
        int gradients;
        int second;

        @Nullable
        Trial sample;
    }

    private static final Map<String, Row> ROWS = new TreeMap<>();
    private static final Map<Difference, Integer> SEEN = new EnumMap<>(Difference.class);

    private Report() {}

    /** A case without the details. */
    static synchronized void ran(String what) {
        Row row = ROWS.computeIfAbsent(what, _ -> new Row());
        row.cases++;
        row.answered++;
    }

    /**
     * A case of an operation.
     *
     * @param answered whether both engines gave a result; otherwise both refused
     * @param gradients how many orders of gradients were compared
     */
    static synchronized void ran(Operation op, Trial trial, boolean answered, int gradients) {
        Row row = ROWS.computeIfAbsent(op.name, _ -> new Row());
        row.cases++;
        row.answered += answered ? 1 : 0;
        row.gradients += gradients > 0 ? 1 : 0;
        row.second += gradients > 1 ? 1 : 0;
        row.sample = trial;
    }

    static synchronized int cases(String what) {
        Row row = ROWS.get(what);
        return row == null ? 0 : row.cases;
    }

    static synchronized int answered(String what) {
        Row row = ROWS.get(what);
        return row == null ? 0 : row.answered;
    }

    static synchronized boolean explained(Operation op, Mismatch m) {
        for (var explanation : op.explanations.entrySet()) {
            if (explanation.getValue().test(m)) {
                saw(explanation.getKey());
                return true;
            }
        }
        return false;
    }

    /** An explained difference showed itself. */
    static synchronized void saw(Difference difference) {
        SEEN.merge(difference, 1, Integer::sum);
    }

    static synchronized Set<Difference> seen() {
        return Set.copyOf(SEEN.keySet());
    }

    /** Writes everything as a table. */
    static synchronized void write(Path file) throws IOException {
        StringBuilder s = new StringBuilder("# Cases compared with PyTorch\n\nSeed ")
                .append(Settings.SEED)
                .append(", devices ")
                .append(Settings.devices())
                .append(".\n\n| what | cases | answered by both | with gradients | of second order | results within "
                        + "| gradients within |\n|---|---|---|---|---|---|---|\n");
        int total = 0;
        for (var entry : ROWS.entrySet()) {
            Row row = entry.getValue();
            total += row.cases;
            String bounds = row.sample == null
                    ? " | "
                    : row.sample.forward() + " | " + (row.gradients == 0 ? "" : row.sample.gradient());
            s.append("| %s | %d | %d | %d | %d | %s |%n"
                    .formatted(entry.getKey(), row.cases, row.answered, row.gradients, row.second, bounds));
        }
        s.append("\n").append(total).append(" cases.\n\n| explained difference | times seen |\n|---|---|\n");
        SEEN.forEach((difference, times) -> s.append("| ")
                .append(difference.what)
                .append(" | ")
                .append(times)
                .append(" |\n"));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, s);
    }
}
